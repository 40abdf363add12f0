"""A step that was a mistake is taken back with a reason, whenever that is seen; a new round shows what is new in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Transition
from closedorders.cases.reads import case_summary
from closedorders.core.refusals import Refused
from closedorders.incidents.actions import end_incident
from tests.cases.conftest import tick_all, walk_to
from tests.cases.states import account_state
from tests.cast import Cast
from tests.documents.scenes import make_document

SignIn = Callable[[Membership | None], Client]


def newest(case: Case) -> Transition:
    found = case.transitions.standing().select_related("case__incident", "case__team").order_by("pk").last()
    assert found is not None
    return found


@pytest.mark.parametrize("state", ["in_review", "ready", "submitted", "rejected", "unblocked", "closed"])
def test_each_step_is_taken_back_days_later_and_stays_in_the_history(
    state: str, case: Case, cast: Cast
) -> None:
    walk_to(case, state, cast)
    Transition.objects.filter(case=case).update(at=timezone.now() - timedelta(days=2))
    made = newest(case)
    by = cast.reviewer if state == "ready" else cast.merchant
    actions.step_back(transition=made, why="The wrong button", by=by)
    case.refresh_from_db()
    made.refresh_from_db()
    assert case.state == made.before
    assert (made.taken_back_by, made.taken_back_why) == (by, "The wrong button")
    assert account_state(case) == ("ok" if state == "closed" else "under_review")
    event = AuditEvent.objects.filter(verb="case_move_undone").latest("pk")
    assert event.after["why"] == "The wrong button"


def test_step_by_step_back_to_the_beginning_and_no_further(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    for by in (cast.merchant, cast.reviewer, cast.merchant):
        actions.step_back(transition=newest(case), why="A slip", by=by)
    case.refresh_from_db()
    assert case.state == "collecting"
    with pytest.raises(Refused):
        actions.step_back(transition=newest(case), why="A slip", by=cast.merchant)


def test_the_clock_leaves_out_what_was_taken_back(case: Case, cast: Cast) -> None:
    walk_to(case, "unblocked", cast)
    assert not case_summary(case).clock.running
    actions.step_back(transition=newest(case), why="Still blocked", by=cast.merchant)
    case.refresh_from_db()
    clock = case_summary(case).clock
    assert clock.running
    assert clock.turn == "aliexpress"


def test_a_contact_since_does_not_keep_the_step_but_what_rests_on_it_does(case: Case, cast: Cast) -> None:
    walk_to(case, "unblocked", cast)
    actions.log_contact(case=case, by=cast.assistant, summary="It is blocked after all")
    with pytest.raises(Refused, match="Write why"):
        actions.step_back(transition=newest(case), why="  ", by=cast.merchant)
    with pytest.raises(Refused, match="Only who"):
        actions.step_back(transition=newest(case), why="Still blocked", by=cast.assistant)
    made = newest(case)
    actions.step_back(transition=made, why="Still blocked", by=cast.merchant)
    with pytest.raises(Refused, match="moved this case on"):
        actions.step_back(transition=made, why="Again", by=cast.merchant)
    case.refresh_from_db()
    actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant)
    end_incident(incident=case.incident, by=cast.merchant)
    with pytest.raises(Refused, match="ended since"):
        actions.step_back(transition=newest(case), why="Still blocked", by=cast.merchant)


def test_a_step_back_into_a_block_is_refused_where_another_case_has_it(case: Case, cast: Cast) -> None:
    walk_to(case, "unblocked", cast)
    actions.open_case(incident=case.incident, by=cast.merchant, again=True)
    with pytest.raises(Refused, match="another case"):
        actions.step_back(transition=newest(case), why="Still blocked", by=cast.merchant)


def test_a_new_round_asks_for_documents_anew_and_shows_which(
    case: Case, cast: Cast, client_of: SignIn
) -> None:
    actions.set_verification(case=case, verification="card", by=cast.merchant)
    walk_to(case, "submitted", cast)
    made = actions.move_case(
        case=case,
        move=moves.FURTHER_REQUEST,
        by=cast.merchant,
        note="A sharper picture, and the licence",
        asked_for=["card_back", "driving_licence", "other"],
    )
    slots = {slot.kind: (slot.state, slot.asked_in_round) for slot in case.slots.all()}
    assert slots == {
        "card_front": ("approved", 1),
        "card_back": ("missing", 2),
        "identity": ("approved", 1),
        "statement": ("approved", 1),
        "driving_licence": ("missing", 2),
    }
    page = client_of(cast.merchant).get(case.get_absolute_url()).content.decode()
    assert page.count("Asked for in round 2") == 2
    assert "A sharper picture" in page
    actions.step_back(transition=made, why="They only asked how it goes", by=cast.merchant)
    case.refresh_from_db()
    assert case.round == 1
    assert dict(case.slots.values_list("kind", "state")) == dict.fromkeys(
        ("card_front", "card_back", "identity", "statement"), "approved"
    )


def test_an_approved_document_is_asked_for_anew_by_a_tick(case: Case, cast: Cast) -> None:
    walk_to(case, "rejected", cast)
    actions.move_case(case=case, move=moves.APPEAL, by=cast.merchant)
    slot = case.slots.all()[0]
    actions.set_slot(slot=slot, state="missing", by=cast.merchant)
    slot.refresh_from_db()
    assert slot.asked_in_round == 2
    tick_all(case, cast.merchant)


def test_the_page_takes_the_step_back_and_an_old_tab_does_not(
    case: Case, cast: Cast, client_of: SignIn
) -> None:
    walk_to(case, "submitted", cast)
    merchant, url = client_of(cast.merchant), f"{case.get_absolute_url()}step-back/"
    assert "Take the step back" in merchant.get(case.get_absolute_url()).content.decode()
    stale = merchant.post(url + "?seen=ready.1", {"why": "A slip"}, follow=True).content.decode()
    assert "moved on since" in stale
    done = merchant.post(url + "?seen=submitted.1", {"why": "A slip"}, follow=True).content.decode()
    assert "Taken back: Waiting on AliExpress" in done
    assert "A slip" in done
    case.refresh_from_db()
    assert case.state == "ready"
    # The newest step is the reviewer's now.
    assert "Take the step back" not in merchant.get(case.get_absolute_url()).content.decode()
    assert "Take the step back" in client_of(cast.reviewer).get(case.get_absolute_url()).content.decode()


def test_what_was_ticked_or_chosen_since_a_round_began_stays_when_it_is_taken_back(
    case: Case, cast: Cast
) -> None:
    walk_to(case, "submitted", cast)
    kinds = ["card_front", "card_back", "identity"]
    made = actions.move_case(
        case=case, move=moves.FURTHER_REQUEST, by=cast.merchant, note="All again", asked_for=kinds
    )
    slots = {slot.kind: slot for slot in case.slots.filter(kind__in=kinds)}
    for state in ("ready", "missing"):
        actions.set_slot(slot=slots["card_front"], state=state, by=cast.merchant)
    case.slots.filter(kind="card_back").update(document=make_document(cast.merchant, kind="card_back"))
    actions.step_back(transition=made, why="They asked for nothing", by=cast.merchant)
    states = dict(case.slots.filter(kind__in=kinds).values_list("kind", "state"))
    assert states == {"card_front": "missing", "card_back": "missing", "identity": "approved"}
