"""Cause 5: from how many networks those who order worked here, in a week, and whether these are the declared office."""

from __future__ import annotations

from .base import Facts, Reading, Signal, State, Thresholds, signal

#: The article: several assistants work from one office. Sign-ins here say little about sign-ins to AliExpress, so they
#: never say more than "watch".
NETWORKS_WATCH = 2
#: One person behind so many networks on one day is a VPN rather than a walk home. Ours.
NETWORKS_A_DAY = 3


def judge(facts: Facts, thresholds: Thresholds) -> Signal:
    numbers = {"networks": facts.networks, "people": facts.people}
    if not facts.networks:
        return signal(Reading(State.UNKNOWN, "no_sign_ins", numbers))
    seen = facts.sign_ins
    if seen.offices:
        # Declared networks are expected, however many: whoever is elsewhere is not.
        where = (
            Reading(State.WATCH, "outside_office", {"people": seen.outside})
            if seen.outside
            else Reading(State.OK, "at_office", numbers)
        )
    elif facts.networks >= NETWORKS_WATCH:
        where = Reading(State.WATCH, "several_networks", numbers)
    else:
        where = Reading(State.OK, "one_network", numbers)
    roaming = [(who, networks) for who, networks in seen.a_day if networks >= NETWORKS_A_DAY]
    shared = [people for _network, office, people in seen.networks if people > 1 and not office]
    return signal(
        where,
        *(
            Reading(State.WATCH, "many_in_a_day", {"who": who, "networks": networks})
            for who, networks in roaming
        ),
        Reading(State.WATCH, "through_proxy", {"people": seen.proxied}) if seen.proxied else None,
        Reading(State.OK, "shared_network", {"people": max(shared)}) if shared else None,
        value=facts.networks,
        threshold=NETWORKS_WATCH,
    )
