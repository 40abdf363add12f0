"""The time that a run still takes is that of its rate and of the limits of its store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from closedorders.outreach.runs.finish_time import Limit, finish_time

NOW = datetime(2026, 12, 1, 13, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _minutes(to_do: int, rate: float, *limits: Limit, last_begins: datetime | None = None) -> float:
    found = finish_time(to_do, rate, now=NOW, limits=list(limits), last_begins=last_begins)
    assert found is not None
    return (found - NOW).total_seconds() / 60


def test_without_limits_it_is_what_is_left_by_the_rate() -> None:
    assert _minutes(1200, 10) == 2


def test_an_hourly_limit_makes_it_wait_for_the_next_hour() -> None:
    # 100 now, 200 from 14:00 on, the last 100 from 15:00 on: ten seconds of them.
    limit = Limit(200, 100, NOW + timedelta(minutes=55), HOUR)
    assert round(_minutes(400, 10, limit), 2) == round(55 + 60 + 10 / 60, 2)


def test_a_rate_below_the_limit_is_not_slowed_by_it() -> None:
    assert round(_minutes(3600, 1, Limit(100_000, 100_000, NOW + HOUR, HOUR)), 1) == 60


def test_the_days_limit_comes_after_the_hours() -> None:
    hourly = Limit(100, 100, NOW + HOUR, HOUR)
    daily = Limit(150, 150, NOW + DAY, DAY)
    # 100 now, 50 after an hour, 50 after a day.
    assert round(_minutes(200, 10, hourly, daily) / 60, 1) == 24


def test_no_mail_leaves_before_it_is_day_for_its_customer() -> None:
    assert _minutes(10, 10, last_begins=NOW + HOUR) == 60


def test_nothing_is_said_where_nothing_moves() -> None:
    assert finish_time(10, 0, now=NOW, limits=[], last_begins=None) is None
