"""When a campaign will be done, as fast as it goes and as many as its store lets leave. No Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_MOST_PAUSES = 10_000


@dataclass(slots=True)
class Limit:
    """A cap: how many may leave in each period, how many are left of the present one, and when that ends."""

    cap: int
    left: int
    ends: datetime
    period: timedelta


def finish_time(
    to_do: int, per_second: float, *, now: datetime, limits: list[Limit], last_begins: datetime | None
) -> datetime | None:
    """When the last of `to_do` mails has left. None where that cannot be told: nothing moves, or it takes years.

    `last_begins`: when the latest of the customers' days begins, before which their mails do not leave.
    """
    if per_second <= 0:
        return None
    moment, left = now, float(to_do)
    limits = [Limit(each.cap, each.left, each.ends, each.period) for each in limits]
    for _pause in range(_MOST_PAUSES):
        for limit in limits:
            while limit.ends <= moment:
                limit.left, limit.ends = limit.cap, limit.ends + limit.period
        until = min((limit.ends for limit in limits), default=None)
        may_leave = min([left, *(float(limit.left) for limit in limits)])
        if until is not None:
            may_leave = min(may_leave, (until - moment).total_seconds() * per_second)
        left -= may_leave
        moment += timedelta(seconds=may_leave / per_second)
        if left < 0.5:
            return max(moment, last_begins) if last_begins else moment
        for limit in limits:
            limit.left -= round(may_leave)
        used_up = [limit.ends for limit in limits if limit.left <= 0]
        moment = max([moment, *used_up]) if used_up else until or moment
    return None
