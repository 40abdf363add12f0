from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from closedorders.cases import actions
from closedorders.cases.models import Case, Contact, Transition
from closedorders.cases.reads import case_summary
from tests.cases.states import due
from tests.cast import Cast
from tests.factories import make_team

from .conftest import open_a_case, walk_to


def test_a_summary_says_state_turn_clock_documents_and_what_comes_next(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    Transition.objects.filter(case=case, after="submitted").update(at=timezone.now() - timedelta(hours=6))
    Transition.objects.filter(case=case).exclude(after="submitted").update(
        at=timezone.now() - timedelta(hours=8)
    )
    summary = case_summary(case)
    assert summary.waiting_label == "Waiting on AliExpress, 6\N{NO-BREAK SPACE}h"
    assert summary.turn_label == "AliExpress's turn"
    assert (summary.slots_done, summary.slots_total) == (7, 7)
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
    assert (summary.slots_done, summary.slots_total) == (1, 6)


def test_another_team_has_its_own_reminders(case: Case, cast: Cast, other_cast: Cast) -> None:
    theirs = open_a_case(other_cast)
    Contact.objects.create(case=theirs, by=other_cast.merchant, summary="a", follow_up_at=timezone.now())
    assert list(due(cast)) == []
    assert due(other_cast).count() == 1
    assert make_team().slug  # a team without anything has nothing due either
