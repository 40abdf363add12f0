"""Counting business days. No Django.

Saturdays and Sundays are not counted. Holidays are: nobody knows which bank's they would be.
"""

from __future__ import annotations

from datetime import date, timedelta

WEEK, WORKING = 7, 5


def add_business_days(day: date, count: int) -> date:
    """The `count`th business day after `day`; `day` itself for 0."""
    weeks, rest = divmod(count, WORKING)
    found = day + timedelta(days=weeks * WEEK)
    if count and found.weekday() >= WORKING:
        # From a weekend: the Friday before it is where counting begins.
        found -= timedelta(days=found.weekday() - WORKING + 1)
    while rest:
        found += timedelta(days=1)
        rest -= found.weekday() < WORKING
    return found


def last_start_before(day: date, count: int) -> date:
    """The latest day whose `count`th business day lies before `day`."""
    start = day - timedelta(days=1)
    while add_business_days(start, count) >= day:
        start -= timedelta(days=1)
    return start
