"""The clock starts at the first closure; beside it stands the day by which AliExpress wants an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases import actions, moves
from closedorders.cases.clock import answer_due_after, read_clock
from closedorders.cases.models import Case
from closedorders.cases.reads import case_summary
from closedorders.core.refusals import Refused
from tests.cases.conftest import open_a_case, walk_to
from tests.cast import Cast
from tests.factories import make_incident, make_supplier_order

SignIn = Callable[[Membership | None], Client]


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-30", "2026-12-03"),  # Monday
        ("2026-12-02", "2026-12-07"),  # Wednesday
        ("2026-12-04", "2026-12-09"),  # Friday
        ("2026-12-05", "2026-12-09"),  # Saturday
    ],
)
def test_an_answer_is_due_three_business_days_after_it_was_asked_for(asked: str, due: str) -> None:
    assert answer_due_after(date.fromisoformat(asked)) == date.fromisoformat(due)


def test_what_passed_before_the_case_was_opened_was_ours() -> None:
    opened = datetime(2026, 3, 2, 8, tzinfo=UTC)
    changes = [("collecting", opened), ("submitted", opened + timedelta(hours=2))]
    clock = read_clock(changes, now=opened + timedelta(hours=5), began=opened - timedelta(hours=7))
    assert (clock.ours, clock.theirs) == (timedelta(hours=9), timedelta(hours=3))


def test_the_clock_runs_since_the_incidents_first_closure(cast: Cast) -> None:
    closed_at = timezone.now() - timedelta(hours=30)
    incident = make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team)], closed_at=closed_at)
    case = actions.open_case(incident=incident, by=cast.merchant)
    assert case.clock_from == closed_at
    clock = case_summary(case).clock
    assert clock.over
    assert clock.ours >= timedelta(hours=30)


def test_a_second_block_has_a_clock_of_its_own(cast: Cast) -> None:
    closed_at = timezone.now() - timedelta(days=9)
    incident = make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team)], closed_at=closed_at)
    first = actions.open_case(incident=incident, by=cast.merchant)
    actions.move_case(case=first, move=moves.UNBLOCKING, by=cast.merchant, note="By itself")
    second = actions.open_case(incident=incident, by=cast.merchant, again=True)
    assert second.clock_from == second.opened_at


def test_the_day_is_changed_by_hand_and_a_new_round_sets_a_new_one(case: Case, cast: Cast) -> None:
    today = timezone.localdate(timezone=cast.team.zone)
    assert case.answer_due == answer_due_after(today)
    actions.set_answer_due(case=case, day=today + timedelta(days=9), by=cast.merchant)
    walk_to(case, "submitted", cast)
    assert case_summary(case).answer_due is None
    with pytest.raises(Refused, match="waits for no answer"):
        actions.set_answer_due(case=case, day=today, by=cast.merchant)
    made = actions.move_case(case=case, move=moves.FURTHER_REQUEST, by=cast.merchant, note="More")
    case.refresh_from_db()
    assert case.answer_due == answer_due_after(today)
    actions.undo_move(transition=made, by=cast.merchant)
    case.refresh_from_db()
    assert case.answer_due == today + timedelta(days=9)


@pytest.mark.parametrize(
    ("days", "tone", "words"),
    [
        (-1, "red", "was due on"),
        (0, "amber", "wants an answer"),
        (1, "amber", "wants an answer"),
        (2, "", ""),
    ],
)
def test_today_says_so_a_day_ahead_and_once_it_is_overdue(
    days: int, tone: str, words: str, case: Case, cast: Cast, client_of: SignIn
) -> None:
    day = timezone.localdate(timezone=cast.team.zone) + timedelta(days=days)
    actions.set_answer_due(case=case, day=day, by=cast.merchant)
    case.refresh_from_db()
    assert case_summary(case).answer_tone == tone
    for person in (cast.merchant, cast.assistant, cast.reviewer):
        page = client_of(person).get(f"/t/{cast.team.slug}/").content.decode()
        for each in ("was due on", "wants an answer"):
            assert (each in page) == (each == words)


def test_the_case_and_the_list_show_the_day(case: Case, cast: Cast, client_of: SignIn) -> None:
    open_a_case(cast)
    merchant = client_of(cast.merchant)
    assert "Answer due" in merchant.get(case.get_absolute_url()).content.decode()
    assert "Answer due" in merchant.get(f"/t/{cast.team.slug}/cases/").content.decode()
    assert "Answer due" in merchant.get(case.incident.get_absolute_url()).content.decode()
    assert "Answer due" in merchant.get(f"/t/{cast.team.slug}/").content.decode()
    merchant.post(f"{case.get_absolute_url()}answer-due/", {"answer_due": "2030-01-04"})
    case.refresh_from_db()
    assert case.answer_due == date(2030, 1, 4)


def test_a_case_that_was_answered_and_rejected_is_not_overdue_until_the_appeal_sets_a_day(
    case: Case, cast: Cast, client_of: SignIn
) -> None:
    today = timezone.localdate(timezone=cast.team.zone)
    actions.set_answer_due(case=case, day=today - timedelta(days=1), by=cast.merchant)
    walk_to(case, "rejected", cast)
    assert case_summary(case).answer_due is None
    assert not Case.objects.answer_due(today).exists()
    assert "Answer due" not in client_of(cast.merchant).get(case.get_absolute_url()).content.decode()
    with pytest.raises(Refused, match="waits for no answer"):
        actions.set_answer_due(case=case, day=today, by=cast.merchant)
    actions.move_case(case=case, move=moves.APPEAL, by=cast.merchant)
    case.refresh_from_db()
    assert case_summary(case).answer_due == answer_due_after(today)
