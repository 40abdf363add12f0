"""The risk checklist of two made teams: its page, counting it anew, and trying a threshold on two years."""

from __future__ import annotations

import gc
import statistics
from collections import defaultdict
from time import perf_counter

from django.utils import timezone

from closedorders.risk import totals, window
from closedorders.risk.checklist import checklist
from closedorders.risk.facts import gather
from closedorders.risk.tuning import backtest

from . import databases
from .figures import Figure
from .pages import Site


def figures(sites: tuple[Site, Site], *, times: int = 15) -> list[Figure]:
    """Both teams have their daily totals counted, as a worker has it within minutes of an import."""
    small, large = sites[0].made.orders, sites[1].made.orders
    for site in sites:
        databases.use(site.database)
        totals.settle(site.made.team.pk)
        window.fill(site.made.team.pk)
        site.paths["risk"] = f"/t/{site.made.team.slug}/risk/"
    ms = _milliseconds(sites, times=times)
    database = "PostgreSQL"
    found = [
        Figure("Risk page, against a bare view", ms["risk", large], ms["bare", large], 3, "ms", database),
        Figure(
            "The checklist counted anew, against a bare view",
            ms["recompute", large],
            ms["bare", large],
            3,
            "ms",
            database,
        ),
        Figure(
            "A threshold tried on 24 months, in a second", ms["backtest", large], 1_000, 1, "ms", database
        ),
    ]
    for name, label in (("risk", "Risk page"), ("recompute", "The checklist counted anew")):
        text = f"{label}: {large:,} orders against {small:,}"
        found.append(Figure(text, ms[name, large], ms[name, small], 1.2, "ms", database))
    return found


def _milliseconds(sites: tuple[Site, Site], *, times: int) -> dict[tuple[str, int], float]:
    """Medians by what is done and size of team. Everything takes turns, so that a slow minute meets all of it."""
    taken: dict[tuple[str, int], list[float]] = defaultdict(list)
    rounds = 3 if times >= 6 else 1
    for _ in range(rounds):
        for site in sites:
            databases.use(site.database)
            for name in ("bare", "risk"):
                site.get(name)
            gc.collect()
            for _ in range(times // rounds):
                for name, seconds in (
                    ("bare", site.get("bare")),
                    ("risk", site.get("risk")),
                    ("recompute", _recompute(site)),
                    ("backtest", _backtest(site)),
                ):
                    taken[name, site.made.orders].append(1_000 * seconds)
    return {key: statistics.median(values) for key, values in taken.items()}


def _recompute(site: Site) -> float:
    """Seconds to gather all facts and judge all causes, as for a snapshot."""
    start = perf_counter()
    now = timezone.now()
    checklist(site.made.team, now=now, facts=gather(site.made.team, now=now))
    return perf_counter() - start


def _backtest(site: Site) -> float:
    start = perf_counter()
    backtest(site.made.team, "spend_watch", 7_000, months=24)
    return perf_counter() - start
