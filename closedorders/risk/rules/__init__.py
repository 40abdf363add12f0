"""The rules behind the checklist, one file a cause: facts in, a signal out. No Django, no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import card, changes, complaints, destinations, networks, spending, trips
from .base import (
    CLOSURES_ACT,
    CLOSURES_SAY_ACT,
    CLOSURES_WATCH,
    STALE,
    TICK_DAYS,
    Facts,
    Reading,
    Rule,
    Signal,
    State,
    Thresholds,
    Tick,
    worst,
)

RULES: Mapping[str, Rule] = {
    "fraud_review": spending.judge,
    "one_location": destinations.judge,
    "card_check": card.judge,
    "account_change": changes.judge,
    "assistant_network": networks.judge,
    "travel": trips.judge,
    "complaints": complaints.judge,
}
"""The article's seven causes in its order; the codes are those of the closure reasons."""

#: What a cause can cost of the score of 100. Ours: the two that close most accounts weigh most.
WEIGHTS: Mapping[str, int] = {
    "fraud_review": 25,
    "one_location": 10,
    "card_check": 20,
    "account_change": 15,
    "assistant_network": 10,
    "travel": 10,
    "complaints": 10,
}
_LOST = {State.OK: 0, State.UNKNOWN: 30, State.WATCH: 50, State.ACT: 100}


def judge(
    code: str, facts: Facts, tick: Tick | None, thresholds: Thresholds | None = None
) -> tuple[State, Signal]:
    """The state of a cause, and what the data alone say.

    Closures for the cause, the figures and the person's answer: the worst counts. Without a valid answer where one is
    asked for, nothing is called ok; with one, nothing that waits for an import.
    """
    found = _without_snoozed(code, RULES[code](facts, thresholds or Thresholds()), facts)
    state = found.state
    if code in TICK_DAYS:
        if tick is None or tick.expired:
            state = worst([state, State.UNKNOWN])
        elif not tick.fine:
            state = State.ACT
        elif state is State.UNKNOWN and not any(each.code in STALE for each in found.readings):
            state = State.OK
    closed = _closed_for(code, facts)
    return (worst([state, closed]) if closed is not State.OK else state), found


def _without_snoozed(code: str, found: Signal, facts: Facts) -> Signal:
    """The signal without what is said of accounts that are quiet in this cause and not worse than they were then."""
    quiet = {account: state for cause, account, state in reversed(facts.snoozed) if cause == code}

    def is_quiet(reading: Reading) -> bool:
        before = quiet.get(reading.numbers.get("pk", -1))
        return (
            before is not None and reading.state is not State.OK and worst([before, reading.state]) is before
        )

    if not quiet or not any(map(is_quiet, found.readings)):
        return found
    readings = tuple(
        replace(each, state=State.OK, code="snoozed") if is_quiet(each) else each for each in found.readings
    )
    return replace(found, state=worst([each.state for each in readings]), readings=readings)


def points_lost(code: str, state: State) -> int:
    """What a cause in this state takes from the score, rounded up."""
    return -(-WEIGHTS[code] * _LOST[state] // 100)


def _closed_for(code: str, facts: Facts) -> State:
    count = facts.closures.get(code, 0)
    if count >= CLOSURES_ACT and code in CLOSURES_SAY_ACT:
        return State.ACT
    return State.WATCH if count >= CLOSURES_WATCH else State.OK


__all__ = [
    "RULES",
    "TICK_DAYS",
    "WEIGHTS",
    "Facts",
    "Rule",
    "Signal",
    "State",
    "Thresholds",
    "Tick",
    "judge",
    "points_lost",
]
