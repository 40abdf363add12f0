"""Whose hours a case has cost: read from its changes of state, compared with the 24 hours the chat route can take.

The clock starts at the incident's first closure. Each span between two changes is charged to whoever's turn it was;
everything stops at the first unblocking. Beside it stands the day by which AliExpress wants an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..moves import CLOSED, TURNS, UNBLOCKED, Turn

TARGET = timedelta(hours=24)
NEAR_TARGET = timedelta(hours=18)
#: What AliExpress gives for an answer, by its own answers to "What should I do after my transaction is cancelled?"
#: (escrow.aliexpress.com, undated; read in November 2026).
BUSINESS_DAYS_TO_ANSWER = 3


@dataclass(frozen=True, slots=True)
class Clock:
    """ours, reviewer, theirs: time spent on each side's turn · since: when the present state began (UTC)."""

    ours: timedelta
    reviewer: timedelta
    theirs: timedelta
    turn: Turn
    since: datetime
    waiting: timedelta
    running: bool

    @property
    def total(self) -> timedelta:
        return self.ours + self.reviewer + self.theirs

    @property
    def left(self) -> timedelta:
        """To the target of 24 hours in all; negative once it is missed."""
        return TARGET - self.total

    @property
    def over(self) -> bool:
        return self.total > TARGET

    @property
    def tone(self) -> str:
        """red past the target, amber near it while it still runs, else green."""
        if self.over:
            return "red"
        return "amber" if self.running and self.total >= NEAR_TARGET else "green"


def answer_due_after(day: date) -> date:
    """The third business day after `day`, on which AliExpress asked. Holidays are not known."""
    left = BUSINESS_DAYS_TO_ANSWER
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def read_clock(
    changes: Iterable[tuple[str, datetime]], *, now: datetime, began: datetime | None = None
) -> Clock:
    """The clock of a case from (state entered, when), in any order of rows but with the first row the opening.

    `began`: the incident's first closure; what passed from then to the opening was ours. Rows are taken in order of
    time. A time ahead of `now` counts as `now`, so no span is ever negative.
    Raises ValueError without a single change.
    """
    steps = sorted(((min(at, now), state) for state, at in changes), key=lambda step: step[0])
    if not steps:
        raise ValueError("A case has at least the change that opened it.")
    spent = dict.fromkeys(Turn, timedelta())
    if began is not None:
        spent[Turn.OURS] += max(timedelta(), steps[0][0] - began)
    running = True
    for position, (at, state) in enumerate(steps):
        if state in {UNBLOCKED, CLOSED}:
            running = False
            break
        until = steps[position + 1][0] if position + 1 < len(steps) else now
        spent[TURNS[state]] += until - at
    since, state = steps[-1]
    return Clock(
        ours=spent[Turn.OURS],
        reviewer=spent[Turn.REVIEWER],
        theirs=spent[Turn.ALIEXPRESS],
        turn=TURNS[state],
        since=since,
        waiting=now - since,
        running=running,
    )
