from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from closedorders.cases.clock import read_clock
from closedorders.cases.moves import Turn

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def at(*changes: tuple[str, float]) -> list[tuple[str, datetime]]:
    return [(state, START + hours(when)) for state, when in changes]


@pytest.mark.parametrize(
    ("changes", "now", "ours", "reviewer", "theirs"),
    [
        (at(("collecting", 0)), 2, 2, 0, 0),
        (at(("collecting", 0), ("in_review", 2)), 5, 2, 3, 0),
        (at(("collecting", 0), ("in_review", 2), ("ready", 3), ("submitted", 4)), 10, 3, 1, 6),
        # A second round runs our clock again and stops theirs.
        (
            at(
                ("collecting", 0),
                ("in_review", 1),
                ("ready", 2),
                ("submitted", 3),
                ("collecting", 8),
                ("in_review", 10),
            ),
            11,
            4,
            2,
            5,
        ),
        # A rejection is on our turn until the appeal.
        (
            at(("collecting", 0), ("in_review", 1), ("ready", 1), ("submitted", 2), ("rejected", 4)),
            7,
            2 + 3,
            0,
            2,
        ),
        # Everything stops at the unblocking.
        (at(("collecting", 0), ("unblocked", 3)), 50, 3, 0, 0),
        (at(("collecting", 0), ("unblocked", 3), ("closed", 40)), 90, 3, 0, 0),
    ],
)
def test_each_hour_is_charged_to_whoevers_turn_it_was(
    changes: list[tuple[str, datetime]], now: float, ours: float, reviewer: float, theirs: float
) -> None:
    clock = read_clock(changes, now=START + hours(now))
    assert (clock.ours, clock.reviewer, clock.theirs) == (hours(ours), hours(reviewer), hours(theirs))
    assert clock.total == hours(ours + reviewer + theirs)


def test_waiting_counts_from_the_last_change() -> None:
    clock = read_clock(at(("collecting", 0), ("submitted", 4)), now=START + hours(10))
    assert clock.turn == Turn.ALIEXPRESS
    assert clock.since == START + hours(4)
    assert clock.waiting == hours(6)
    assert clock.running


def test_the_target_is_24_hours_in_all() -> None:
    changes = at(("collecting", 0), ("submitted", 4))
    assert read_clock(changes, now=START + hours(10)).tone == "green"
    assert read_clock(changes, now=START + hours(20)).tone == "amber"
    late = read_clock(changes, now=START + hours(25))
    assert late.over
    assert late.tone == "red"
    assert late.left == hours(-1)


def test_unblocked_in_time_stays_in_time() -> None:
    clock = read_clock(at(("collecting", 0), ("unblocked", 23)), now=START + hours(500))
    assert not clock.running
    assert not clock.over
    assert clock.tone == "green"


def test_rows_in_any_order_and_a_clock_ahead_give_no_negative_time() -> None:
    changes = [*reversed(at(("collecting", 0), ("in_review", 2))), ("ready", START + hours(9))]
    clock = read_clock(changes, now=START + hours(4))
    assert (clock.ours, clock.reviewer, clock.waiting) == (hours(2), hours(2), hours(0))


def test_a_case_without_its_opening_is_an_error() -> None:
    with pytest.raises(ValueError, match="opened"):
        read_clock([], now=START)
