"""Cause 4: changes of a buyer account, as people note them."""

from __future__ import annotations

from collections import defaultdict

from .base import ChangeFacts, Facts, Reading, Signal, State, Thresholds, signal

#: AliExpress reviews an account after a change (the article: from VIP Gold to Platinum). For how long: ours.
CHANGE_DAYS = 14
#: Several at once look like a stolen account. Ours.
CHANGES_ACT = 2


def judge(facts: Facts, thresholds: Thresholds) -> Signal:
    recent: dict[str, list[ChangeFacts]] = defaultdict(list)
    for change in facts.changes:
        if 0 <= (facts.today - change.day).days < CHANGE_DAYS:
            recent[change.account].append(change)
    readings = [
        Reading(
            State.ACT if len(changes) >= CHANGES_ACT else State.WATCH,
            "account_changed",
            {"account": account, "kinds": tuple(change.kind for change in changes), "day": changes[0].day},
        )
        for account, changes in recent.items()
    ]
    most = max((len(changes) for changes in recent.values()), default=0)
    return signal(*readings or [Reading(State.UNKNOWN, "")], value=most, threshold=1)
