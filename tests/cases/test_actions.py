from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Cleanup, Contact, Decision, Slot, Transition
from closedorders.cases.reads import case_summary
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount
from tests.cast import Cast
from tests.factories import make_incident, make_member, make_team

from .conftest import approve_all, open_a_case, tick_all, walk_to

STATES = list(moves.TURNS)


def due(cast: Cast, now: datetime | None = None) -> QuerySet[Contact]:
    return Contact.objects.for_team(cast.team).due(now or timezone.now())


def account_state(case: Case) -> str:
    return BuyerAccount.objects.get(pk=case.buyer_account_id).state


# Opening ----------------------------------------------------------------------------------------------------------


def test_opening_makes_slots_places_a_running_clock_and_puts_the_account_under_review(case: Case) -> None:
    assert list(case.slots.values_list("kind", "state")) == [
        (kind, "missing")
        for kind in ("credit_card", "passport", "driving_licence", "proof_of_business", "contact_details")
    ]
    assert set(case.cleanups.values_list("place", flat=True)) == {"phone", "bin", "mailbox", "cloud"}
    assert list(case.transitions.values_list("before", "after", "at")) == [("", "collecting", case.opened_at)]
    assert account_state(case) == "under_review"
    event = AuditEvent.objects.get(verb="case_opened")
    assert event.after == {"incident": case.incident.number, "account_state": "under_review"}


def test_opening_twice_gives_the_same_case(case: Case, cast: Cast) -> None:
    assert actions.open_case(incident=case.incident, by=cast.merchant) == case
    assert Case.objects.count() == 1
    assert Slot.objects.count() == 5
    assert AuditEvent.objects.filter(verb="case_opened").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_open_one_case(cast: Cast) -> None:
    incident = make_incident(cast.team, cast.merchant)
    opened: list[int] = []
    barrier = threading.Barrier(4)

    def click() -> None:
        try:
            barrier.wait()
            opened.append(actions.open_case(incident=incident, by=cast.merchant).pk)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(opened) == 4
    assert len(set(opened)) == 1
    assert Slot.objects.count() == 5


def test_an_ended_incident_opens_no_case(cast: Cast) -> None:
    incident = make_incident(cast.team, cast.merchant)
    incident.ended_at = timezone.now()
    incident.save()
    with pytest.raises(Refused, match="ended"):
        actions.open_case(incident=incident, by=cast.merchant)


def test_an_assistant_opens_no_case(cast: Cast) -> None:
    with pytest.raises(Refused):
        actions.open_case(incident=make_incident(cast.team, cast.merchant), by=cast.assistant)


# Moves ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", sorted({move.name for move in moves.MOVES}))
def test_every_move_from_every_state_by_every_role_follows_the_table(
    name: str, state: str, case: Case, cast: Cast
) -> None:
    walk_to(case, state, cast)
    move = moves.find_move(name, state)
    if name == "return" and state == "in_review":
        for slot in case.slots.all():
            actions.decide(slot=slot, verdict="asked_again", reason="cut_off", by=cast.reviewer)
    elif name == "approval" and state == "in_review":
        approve_all(case, cast.reviewer)
    elif name == "review" and state == "collecting":
        tick_all(case, cast.merchant)
    elif name == "closing" and state == "unblocked":
        for cleanup in case.cleanups.all():
            actions.tick_cleanup(cleanup=cleanup, by=cast.merchant)
        actions.log_contact(case=case, by=cast.assistant, summary="Thanked", purpose="thanks")
    for person in (cast.assistant, cast.merchant, cast.reviewer):
        if move and person.role == move.role:
            continue
        with pytest.raises(Refused):
            actions.move_case(move=name, case=case, by=person, note="A note")
        assert Case.objects.get(pk=case.pk).state == state
    if move is None:
        return
    actions.move_case(
        move=name, case=case, by=cast.merchant if move.role == "merchant" else cast.reviewer, note="A note"
    )
    after = Case.objects.get(pk=case.pk)
    assert after.state == move.after
    assert after.round == 1 + move.starts_round
    assert after.transitions.last().note == "A note"  # type: ignore[union-attr]  # there is one, or the test fails
    assert AuditEvent.objects.filter(verb="case_moved").latest("pk").after["state"] == move.after


@pytest.mark.parametrize("state", ["collecting", "in_review", "ready", "rejected"])
def test_unblocking_before_submission_needs_a_note(state: str, case: Case, cast: Cast) -> None:
    walk_to(case, state, cast)
    with pytest.raises(Refused, match="without documents"):
        actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant, note="  ")
    actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant, note="Lifted in the chat")
    assert account_state(case) == "ok"


def test_unblocking_after_submission_needs_no_note_and_the_account_works_again(
    case: Case, cast: Cast
) -> None:
    walk_to(case, "submitted", cast)
    actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant)
    assert account_state(case) == "ok"


def test_a_rejection_blocks_the_account_and_an_appeal_puts_it_under_review_again(
    case: Case, cast: Cast
) -> None:
    walk_to(case, "rejected", cast)
    assert account_state(case) == "blocked"
    actions.move_case(case=case, move=moves.APPEAL, by=cast.merchant)
    assert account_state(case) == "under_review"
    assert case.round == 2


def test_of_two_tabs_the_second_is_told_and_changes_nothing(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    first, second = Case.objects.get(pk=case.pk), Case.objects.get(pk=case.pk)
    actions.move_case(case=first, move=moves.UNBLOCKING, by=cast.merchant)
    with pytest.raises(Refused, match="meanwhile: it is now “Unblocked”"):
        actions.move_case(case=second, move=moves.REJECTION, by=cast.merchant, note="No")
    assert Case.objects.get(pk=case.pk).state == "unblocked"
    assert account_state(case) == "ok"


def test_a_tab_of_the_round_before_is_told(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    old_tab = Case.objects.get(pk=case.pk)
    actions.move_case(case=case, move=moves.FURTHER_REQUEST, by=cast.merchant, note="A bank statement")
    slot = actions.add_slot(case=case, label="Bank statement", by=cast.merchant)
    actions.set_slot(slot=slot, state="ready", by=cast.merchant)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    approve_all(case, cast.reviewer)
    actions.move_case(case=case, move=moves.APPROVAL, by=cast.reviewer)
    actions.move_case(case=case, move=moves.SUBMISSION, by=cast.merchant)
    with pytest.raises(Refused, match="meanwhile"):
        actions.move_case(case=old_tab, move=moves.UNBLOCKING, by=cast.merchant)


def test_nothing_goes_to_review_while_a_document_is_missing(case: Case, cast: Cast) -> None:
    slots = {slot.kind: slot for slot in case.slots.all()}
    for kind in ("credit_card", "passport", "driving_licence"):
        actions.set_slot(slot=slots[kind], state="ready", by=cast.merchant)
    with pytest.raises(Refused, match=r"Still missing: Proof of business, Contact details\."):
        actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    # The UPDATE that came before the guard is taken back with it.
    assert Case.objects.get(pk=case.pk).state == "collecting"
    assert Transition.objects.filter(case=case).count() == 1


def test_a_second_round_keeps_the_approved_and_asks_for_something_new(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    actions.move_case(case=case, move=moves.FURTHER_REQUEST, by=cast.merchant, note="A bank statement")
    assert set(case.slots.values_list("state", flat=True)) == {"approved"}
    with pytest.raises(Refused, match="Nothing new"):
        actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    slot = actions.add_slot(case=case, label="Bank statement", by=cast.merchant)
    with pytest.raises(Refused, match="Still missing: Bank statement"):
        actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    actions.set_slot(slot=slot, state="ready", by=cast.merchant)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    decision = actions.decide(slot=slot, verdict="approved", by=cast.reviewer)
    assert decision.round == 2


def test_closing_says_what_is_left_to_do(case: Case, cast: Cast) -> None:
    walk_to(case, "unblocked", cast)
    for cleanup in case.cleanups.exclude(place="cloud"):
        actions.tick_cleanup(cleanup=cleanup, by=cast.merchant)
    with pytest.raises(Refused, match=r"from: Cloud backup\. Say thank you"):
        actions.move_case(case=case, move=moves.CLOSING, by=cast.merchant)


def test_a_merchant_decides_alone_where_the_team_has_no_reviewer(case: Case, cast: Cast) -> None:
    cast.reviewer.ended_at = timezone.now()
    cast.reviewer.save()
    walk_to(case, "in_review", cast)
    approve_all(case, cast.merchant)
    actions.move_case(case=case, move=moves.APPROVAL, by=cast.merchant)
    assert case.state == "ready"


def test_a_merchant_cannot_approve_their_own_papers_where_there_is_a_reviewer(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    slot = case.slots.all()[0]
    with pytest.raises(Refused, match="reviewer decides"):
        actions.decide(slot=slot, verdict="approved", by=cast.merchant)
    approve_all(case, cast.reviewer)
    with pytest.raises(Refused, match="reviewer decides"):
        actions.move_case(case=case, move=moves.APPROVAL, by=cast.merchant)


# Documents --------------------------------------------------------------------------------------------------------


def test_documents_change_only_while_collecting(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    with pytest.raises(Refused, match="With the reviewer"):
        actions.set_slot(slot=case.slots.all()[0], state="missing", by=cast.merchant)
    with pytest.raises(Refused, match="With the reviewer"):
        actions.add_slot(case=case, label="Bank statement", by=cast.merchant)


@pytest.mark.parametrize("state", ["approved", "asked_again", "nonsense"])
def test_a_merchant_cannot_tick_a_document_approved(state: str, case: Case, cast: Cast) -> None:
    with pytest.raises(Refused):
        actions.set_slot(slot=case.slots.all()[0], state=state, by=cast.merchant)


@pytest.mark.parametrize("label", ["", "   ", "passport", "PASSPORT "])
def test_another_document_needs_a_name_that_is_not_on_the_list(label: str, case: Case, cast: Cast) -> None:
    with pytest.raises(Refused):
        actions.add_slot(case=case, label=label, by=cast.merchant)


def test_a_case_has_at_most_twenty_documents(case: Case, cast: Cast) -> None:
    for number in range(15):
        actions.add_slot(case=case, label=f"Paper {number}", by=cast.merchant)
    with pytest.raises(Refused, match="at most 20"):
        actions.add_slot(case=case, label="One more", by=cast.merchant)


def test_asking_again_needs_a_reason_and_other_needs_a_note(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    slot = case.slots.all()[0]
    with pytest.raises(Refused, match="why"):
        actions.decide(slot=slot, verdict="asked_again", by=cast.reviewer)
    with pytest.raises(Refused, match="what is wrong"):
        actions.decide(slot=slot, verdict="asked_again", reason="other", note=" ", by=cast.reviewer)
    decision = actions.decide(
        slot=slot, verdict="asked_again", reason="not_readable", note="Too dark", by=cast.reviewer
    )
    assert (decision.reason, decision.note, decision.round) == ("not_readable", "Too dark", 1)
    slot.refresh_from_db()
    assert slot.state == "asked_again"


def test_the_second_reviewer_is_told_who_decided_already(case: Case, cast: Cast) -> None:
    other = make_member(cast.team, "reviewer")
    walk_to(case, "in_review", cast)
    first, second = case.slots.all()[0], case.slots.all()[0]
    actions.decide(slot=first, verdict="approved", by=cast.reviewer)
    with pytest.raises(Refused, match=f"Already decided by {cast.reviewer.user}: Approved"):
        actions.decide(slot=second, verdict="asked_again", reason="expired", by=other)
    assert Decision.objects.count() == 1


def test_a_reviewer_may_think_again_and_both_decisions_stay(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    slot = case.slots.all()[0]
    actions.decide(slot=slot, verdict="approved", by=cast.reviewer)
    actions.decide(slot=slot, verdict="asked_again", reason="expired", by=cast.reviewer)
    assert [d.verdict for d in slot.decisions.all()] == ["asked_again", "approved"]


def test_what_is_not_asked_for_is_not_decided(case: Case, cast: Cast) -> None:
    tick_all(case, cast.merchant)
    slot = case.slots.all()[0]
    actions.set_slot(slot=slot, state="not_needed", by=cast.merchant)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    with pytest.raises(Refused, match="not up for a decision"):
        actions.decide(slot=slot, verdict="approved", by=cast.reviewer)


def test_asked_again_and_ticked_anew_goes_round_to_the_reviewer(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    slots = list(case.slots.all())
    actions.decide(slot=slots[0], verdict="asked_again", reason="cut_off", by=cast.reviewer)
    with pytest.raises(Refused, match="Not decided yet"):
        actions.move_case(case=case, move=moves.RETURN, by=cast.reviewer)
    for slot in slots[1:]:
        actions.decide(slot=slot, verdict="approved", by=cast.reviewer)
    with pytest.raises(Refused, match="You asked again for"):
        actions.move_case(case=case, move=moves.APPROVAL, by=cast.reviewer)
    actions.move_case(case=case, move=moves.RETURN, by=cast.reviewer)
    assert (case.state, case.round) == ("collecting", 1)
    with pytest.raises(Refused, match="Asked again by the reviewer"):
        actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    actions.set_slot(slot=slots[0], state="ready", by=cast.merchant)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)


# Talks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["merchant", "assistant"])
def test_a_talk_is_logged_with_its_reminder(role: str, case: Case, cast: Cast) -> None:
    by: Membership = getattr(cast, role)
    when = timezone.now() + timedelta(hours=3)
    contact = actions.log_contact(
        case=case, by=by, summary="They look into it", agent="Lina", promise="By noon", follow_up_at=when
    )
    assert (contact.channel, contact.purpose, contact.by) == ("chat", "ask", by)
    summary = case_summary(case)
    assert (summary.follow_up_at, summary.follow_up_due) == (when, False)
    assert list(due(cast, when)) == [contact]
    assert list(due(cast)) == []


def test_a_reviewer_logs_no_talk(case: Case, cast: Cast) -> None:
    with pytest.raises(Refused):
        actions.log_contact(case=case, by=cast.reviewer, summary="Hello")


def test_a_new_talk_settles_the_reminders_that_were_due_and_no_others(case: Case, cast: Cast) -> None:
    now = timezone.now()
    due = Contact.objects.create(
        case=case, by=cast.merchant, summary="a", follow_up_at=now - timedelta(hours=1)
    )
    later = Contact.objects.create(
        case=case, by=cast.merchant, summary="b", follow_up_at=now + timedelta(hours=5)
    )
    assert case_summary(case).follow_up_due
    actions.log_contact(case=case, by=cast.merchant, summary="Asked again")
    assert list(Contact.objects.to_follow_up()) == [later]
    assert not case_summary(case).follow_up_due
    due.refresh_from_db()
    assert due.followed_up_at is not None


def test_a_reminder_is_snoozed_and_then_marked_done_once(case: Case, cast: Cast) -> None:
    now = timezone.now()
    contact = Contact.objects.create(
        case=case, by=cast.merchant, summary="a", follow_up_at=now - timedelta(hours=1)
    )
    with pytest.raises(Refused, match="still to come"):
        actions.snooze_follow_up(contact=contact, until=now - timedelta(minutes=1), by=cast.assistant)
    actions.snooze_follow_up(contact=contact, until=now + timedelta(hours=2), by=cast.assistant)
    assert list(due(cast)) == []
    assert list(due(cast, now + timedelta(hours=2))) == [contact]
    actions.mark_followed_up(contact=contact, by=cast.assistant)
    with pytest.raises(Refused, match="already"):
        actions.mark_followed_up(contact=contact, by=cast.merchant)
    assert list(due(cast, now + timedelta(days=9))) == []


def test_unblocking_settles_every_reminder(case: Case, cast: Cast) -> None:
    actions.log_contact(
        case=case, by=cast.merchant, summary="a", follow_up_at=timezone.now() + timedelta(hours=1)
    )
    actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant, note="Lifted in the chat")
    assert not Contact.objects.to_follow_up().exists()


# After the block --------------------------------------------------------------------------------------------------


def test_a_place_is_ticked_with_time_and_person_and_can_be_unticked(case: Case, cast: Cast) -> None:
    cleanup = Cleanup.objects.get(case=case, place="phone")
    actions.tick_cleanup(cleanup=cleanup, by=cast.merchant)
    cleanup.refresh_from_db()
    assert cleanup.done_at is not None
    assert cleanup.done_by == cast.merchant
    actions.tick_cleanup(cleanup=cleanup, by=cast.merchant)
    assert AuditEvent.objects.filter(verb="cleanup_ticked").count() == 1
    actions.tick_cleanup(cleanup=cleanup, by=cast.merchant, done=False)
    cleanup.refresh_from_db()
    assert cleanup.done_at is None


def test_a_closed_case_takes_no_more_talks_or_ticks(case: Case, cast: Cast) -> None:
    walk_to(case, "closed", cast)
    with pytest.raises(Refused, match="closed"):
        actions.log_contact(case=case, by=cast.merchant, summary="Hello")
    with pytest.raises(Refused, match="closed"):
        actions.tick_cleanup(cleanup=case.cleanups.all()[0], by=cast.merchant, done=False)


def test_the_alipay_verification_is_kept_with_the_account(case: Case, cast: Cast) -> None:
    today = timezone.localdate()
    with pytest.raises(Refused, match="future"):
        actions.record_alipay_verification(case=case, verified_on=today + timedelta(days=1), by=cast.merchant)
    actions.record_alipay_verification(case=case, verified_on=today, by=cast.merchant)
    assert BuyerAccount.objects.get(pk=case.buyer_account_id).alipay_verified_on == today


def test_every_write_leaves_one_line_of_the_person_and_the_team(case: Case, cast: Cast) -> None:
    walk_to(case, "closed", cast)
    lines = AuditEvent.objects.filter(team=cast.team)
    assert lines.count() == AuditEvent.objects.count()
    assert set(lines.values_list("actor", flat=True)) == {cast.merchant.user_id, cast.reviewer.user_id}
    counts = {verb: lines.filter(verb=verb).count() for verb in lines.values_list("verb", flat=True)}
    assert counts == {
        "case_opened": 1,
        "slot_set": 5,
        "slot_decided": 5,
        "case_moved": 5,
        "cleanup_ticked": 4,
        "contact_logged": 1,
    }


# Reads ------------------------------------------------------------------------------------------------------------


def test_a_summary_says_state_turn_clock_documents_and_what_comes_next(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    Transition.objects.filter(case=case, after="submitted").update(at=timezone.now() - timedelta(hours=6))
    Transition.objects.filter(case=case).exclude(after="submitted").update(
        at=timezone.now() - timedelta(hours=8)
    )
    summary = case_summary(case)
    assert summary.waiting_label == "Waiting on AliExpress, 6\N{NO-BREAK SPACE}h"
    assert summary.turn_label == "AliExpress's turn"
    assert (summary.slots_done, summary.slots_total) == (5, 5)
    assert summary.next_label == "Ask in the live chat whether the block can go"


def test_an_assistants_summary_tells_nothing_of_the_documents(case: Case, cast: Cast) -> None:
    summary = case_summary(case, role="assistant")
    assert (summary.slots_done, summary.slots_total) == (None, None)
    assert summary.next is not None
    assert summary.next.lacks == ()


def test_what_is_not_asked_for_counts_neither_as_done_nor_as_due(case: Case, cast: Cast) -> None:
    slots = list(case.slots.all())
    actions.set_slot(slot=slots[0], state="not_needed", by=cast.merchant)
    actions.set_slot(slot=slots[1], state="ready", by=cast.merchant)
    summary = case_summary(case)
    assert (summary.slots_done, summary.slots_total) == (1, 4)


def test_another_team_has_its_own_reminders(case: Case, cast: Cast, other_cast: Cast) -> None:
    theirs = open_a_case(other_cast)
    Contact.objects.create(case=theirs, by=other_cast.merchant, summary="a", follow_up_at=timezone.now())
    assert list(due(cast)) == []
    assert due(other_cast).count() == 1
    assert make_team().slug  # a team without anything has nothing due either
