from __future__ import annotations

from datetime import date, timedelta

import pytest

from closedorders.incidents.limbo.business_days import add_business_days, last_start_before

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("start", "count", "found"),
    [
        (MONDAY, 0, MONDAY),
        (MONDAY, 1, date(2026, 11, 24)),
        (MONDAY, 5, date(2026, 11, 30)),
        (MONDAY, 20, date(2026, 12, 21)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 11, 29), 5, date(2026, 12, 4)),
        (date(2026, 11, 28), 6, date(2026, 12, 7)),
    ],
)
def test_business_days_leave_out_weekends(start: date, count: int, found: date) -> None:
    assert add_business_days(start, count) == found


def test_it_counts_as_one_would_on_the_fingers() -> None:
    for offset in range(14):
        start = MONDAY + timedelta(days=offset)
        for count in range(1, 45):
            day, left = start, count
            while left:
                day += timedelta(days=1)
                left -= day.weekday() < 5
            assert add_business_days(start, count) == day


def test_the_last_start_is_the_latest_whose_end_lies_before_the_day() -> None:
    for offset in range(14):
        today = MONDAY + timedelta(days=offset)
        for count in (0, 1, 3, 5, 20):
            start = last_start_before(today, count)
            assert add_business_days(start, count) < today
            assert add_business_days(start + timedelta(days=1), count) >= today
