"""Cause 6: who travels, and whether ordering was handed over before."""

from __future__ import annotations

from .base import Facts, Reading, Signal, State, Thresholds, TripFacts, signal

#: A trip is prepared in the week before it; what is open three days before calls for an act. Ours.
AHEAD_DAYS, ACT_DAYS = 7, 3


def judge(facts: Facts, thresholds: Thresholds) -> Signal:
    readings = [_trip(trip, facts) for trip in facts.trips]
    return signal(*readings if any(readings) else [Reading(State.UNKNOWN, "")])


def _trip(trip: TripFacts, facts: Facts) -> Reading | None:
    days = (trip.starts - facts.today).days
    numbers = {"who": trip.who, "days": days, "until": trip.ends, "left": trip.steps_left}
    if days > AHEAD_DAYS:
        return None
    if days > 0:
        if not trip.steps_left:
            return Reading(State.OK, "trip_ready", numbers)
        return Reading(State.ACT if days <= ACT_DAYS else State.WATCH, "trip_ahead", numbers)
    if facts.today < trip.ends:
        if trip.steps_left:
            return Reading(State.ACT, "trip_open", numbers)
        return Reading(State.OK, "trip_on", numbers)
    return None if trip.is_back else Reading(State.WATCH, "trip_back", numbers)
