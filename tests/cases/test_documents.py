from __future__ import annotations

import pytest

from closedorders.cases import actions, moves
from closedorders.cases.actions.reviews import Asked
from closedorders.cases.models import Case, Decision
from closedorders.core.refusals import Refused
from tests.cast import Cast
from tests.factories import make_member

from .conftest import tick_all, walk_to


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


@pytest.mark.parametrize("label", ["", "   ", "driving licence", "DRIVING LICENCE "])
def test_another_document_needs_a_name_that_is_not_on_the_list(label: str, case: Case, cast: Cast) -> None:
    with pytest.raises(Refused):
        actions.add_slot(case=case, label=label, by=cast.merchant)


def test_a_case_has_at_most_twenty_documents(case: Case, cast: Cast) -> None:
    for number in range(13):
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
    with pytest.raises(Refused, match=rf"Already decided by {cast.reviewer.user} at .*, \d\d:\d\d: Approved"):
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


def test_a_cards_number_in_a_decisions_note_keeps_its_last_four_digits(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    slots = list(case.slots.all())
    note = "I can read 4242 4242 4242 4242"
    said = actions.decide(slot=slots[0], verdict="asked_again", reason="other", note=note, by=cast.reviewer)
    assert said.note == "I can read •••• 4242"
    asked = [Asked(slot, "ready", "numbers_visible", note) for slot in slots[1:]]
    returned = actions.ask_again(case=case, asked=asked, note=note, by=cast.reviewer)
    stored = {returned.note, *Decision.objects.filter(slot__case=case).values_list("note", flat=True)}
    assert stored == {"I can read •••• 4242"}
