"""One measured figure of `make bench`, as the table shows it and `results.json` keeps it."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Figure:
    """`ours` and `reference` are medians in `unit`, measured in one run.

    `ratio` is ours divided by the reference, and must not be above `goal`; where `at_least`, it is the reference
    divided by ours, and must not be below it. For rates (`unit` "requests/s") more is better: they are `at_least`, and
    the ratio is ours divided by the reference.
    """

    name: str
    ours: float
    reference: float
    goal: float
    unit: str
    database: str
    at_least: bool = False

    @property
    def ratio(self) -> float:
        if self.at_least and self.unit != "requests/s":
            return self.reference / self.ours
        return self.ours / self.reference

    @property
    def met(self) -> bool:
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal


def median_seconds(
    work: Callable[[], object], *, times: int = 5, before: Callable[[], object] | None = None
) -> float:
    """The median time of `times` runs of `work`; `before` puts things back and is not measured."""
    taken = []
    for _ in range(times):
        if before is not None:
            before()
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return statistics.median(taken)
