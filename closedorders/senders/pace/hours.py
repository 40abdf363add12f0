"""When it is day where a customer lives: the hours in which a store's mails may leave. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Span(NamedTuple):
    """A time in which mails may leave: from `begins` on, before `ends`."""

    begins: datetime
    ends: datetime


def next_span(moment: datetime, *, opens: time, closes: time, zones: Sequence[ZoneInfo]) -> Span:
    """The first time from `moment` on at which it is between `opens` and `closes` in every one of these zones.

    A country of several zones does not say in which of them somebody lives: mails leave when it is day in all of them.
    Where that is never so (the hours are few, the country wide), when it is day in as many as possible.
    """
    changes: list[tuple[datetime, int]] = []
    for zone in zones:
        today = moment.astimezone(zone).date()
        for day in (today + timedelta(days=number) for number in range(-1, 3)):
            changes.append((datetime.combine(day, opens, zone).astimezone(UTC), 1))
            changes.append((datetime.combine(day, closes, zone).astimezone(UTC), -1))
    # Of two at one moment the end comes first: the next one's hours may begin as these end.
    changes.sort()
    spans: list[tuple[int, Span]] = []
    is_day = 0
    for (begins, change), (ends, _next) in pairwise(changes):
        is_day += change
        if ends > moment and ends > begins:
            spans.append((is_day, Span(max(begins, moment), ends)))
    most = max(number for number, _span in spans)
    found = next(index for index, (number, _span) in enumerate(spans) if number == most)
    begins, ends = spans[found][1]
    for number, span in spans[found + 1 :]:
        if number != most or span.begins != ends:
            break
        ends = span.ends
    return Span(begins, ends)
