"""How far a fire drill is, and how long each step took: facts in, steps out. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

STEPS = ("logged", "case", "submitted", "unblocked", "approved", "told", "outcomes", "ended")
"""In the order of a bad day."""


@dataclass(frozen=True, slots=True)
class DrillStep:
    """`took`: since the step before it was reached; `total`: since the drill began. None while it is to be done."""

    name: str
    at: datetime | None
    took: timedelta | None
    total: timedelta | None
    is_now: bool


def drill_steps(reached: dict[str, datetime | None], *, started: datetime) -> list[DrillStep]:
    """The steps, each with its times. `reached` has the moment of those that were; others are to be done.

    A step reached before the one in front of it took no time of its own.
    """
    found: list[DrillStep] = []
    latest = started
    waiting = False
    for name in STEPS:
        at = reached.get(name)
        if at is None:
            found.append(DrillStep(name, None, None, None, is_now=not waiting))
            waiting = True
            continue
        found.append(
            DrillStep(name, at, max(at - latest, timedelta()), max(at - started, timedelta()), is_now=False)
        )
        latest = max(latest, at)
    return found


def total_time(steps: Sequence[DrillStep]) -> timedelta | None:
    """How long the whole drill took; None where a step is still to be done."""
    times = [step.total for step in steps]
    known = [time for time in times if time is not None]
    return max(known) if len(known) == len(times) else None
