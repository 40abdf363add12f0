"""Cause 5: from how many networks those who order worked here, in a week."""

from __future__ import annotations

from .base import Facts, Reading, Signal, State, Thresholds, signal

#: The article: several assistants work from one office. Sign-ins here say little about sign-ins to AliExpress, so they
#: never say more than "watch".
NETWORKS_WATCH = 2


def judge(facts: Facts, thresholds: Thresholds) -> Signal:
    numbers = {"networks": facts.networks, "people": facts.people}
    if not facts.networks:
        return signal(Reading(State.UNKNOWN, "no_sign_ins", numbers))
    several = facts.networks >= NETWORKS_WATCH
    reading = (
        Reading(State.WATCH, "several_networks", numbers)
        if several
        else Reading(State.OK, "one_network", numbers)
    )
    return signal(reading, value=facts.networks, threshold=NETWORKS_WATCH)
