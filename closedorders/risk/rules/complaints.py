"""Cause 7: only a person knows of complaints, apart from closures that came of them."""

from __future__ import annotations

from .base import Facts, Reading, Signal, State, Thresholds, signal


def judge(facts: Facts, thresholds: Thresholds) -> Signal:
    return signal(Reading(State.UNKNOWN, ""))
