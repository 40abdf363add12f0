from __future__ import annotations

import pytest
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Transition
from closedorders.core.refusals import Refused
from tests.cases.states import STATES, account_state
from tests.cast import Cast

from .conftest import approve_all, tick_all, walk_to


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
    for kind in ("card_front", "card_back", "identity", "driving_licence", "statement"):
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
