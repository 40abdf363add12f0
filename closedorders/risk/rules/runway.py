"""When an account's day will reach a limit, at the pace of the last two weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

#: The days that make the pace: two whole weeks, so that no weekday counts more than another.
PACE_DAYS = 14
#: So many of them must have orders: fewer are chance.
LEAST_DAYS = 5
#: Further ahead a line through two weeks means nothing.
HORIZON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Runway:
    """A straight line (least squares) through the days before today. `now`: where it stands today; `pace`: what it
    gains a day. Both in the unit of the values.
    """

    now: float
    pace: float

    def on(self, days_ahead: int) -> float:
        return max(self.now + self.pace * days_ahead, 0.0)

    def days_to(self, limit: Decimal | int) -> int | None:
        """In how many days the line reaches the limit: 0 for today, None for not within `HORIZON_DAYS`."""
        if self.now >= limit:
            return 0
        if self.pace <= 0:
            return None
        days = ceil((float(limit) - self.now) / self.pace)
        return days if days <= HORIZON_DAYS else None


def find_runway(values: Sequence[Decimal]) -> Runway | None:
    """The runway of daily values, oldest first, today last: today is not over and makes no pace. None for too few."""
    days = [float(value) for value in values[-PACE_DAYS - 1 : -1]]
    if sum(value > 0 for value in days) < LEAST_DAYS:
        return None
    middle, mean = (len(days) - 1) / 2, sum(days) / len(days)
    spread = sum((place - middle) ** 2 for place in range(len(days)))
    pace = sum((place - middle) * (value - mean) for place, value in enumerate(days)) / spread
    return Runway(now=mean + pace * (len(days) - middle), pace=pace)
