"""How long AliExpress's verifications took: medians of the team's cases that are over their block."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.models import Team

from ..models import Case, Transition
from ..moves import UNBLOCKED
from . import Clock, read_clock

#: The newest ones that are counted.
MOST_CASES = 500
#: Rows of a table: more months or reasons than anybody compares.
MOST_ROWS = 24

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Row:
    """Medians of some cases. `ours` has the reviewer's time too. `month`: its first day, of a row of a month."""

    label: str
    cases: int
    total: timedelta
    ours: timedelta
    theirs: timedelta
    month: date | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """`all_cases` is None without a case. Months newest first, reasons with the most cases first."""

    all_cases: Row | None
    months: list[Row]
    reasons: list[Row]
    cut: bool


@dataclass(frozen=True, slots=True)
class _Unblocked:
    at: datetime
    reason: str
    clock: Clock


def read_statistics(team: Team, *, now: datetime | None = None) -> Statistics:
    """Of the newest `MOST_CASES` cases whose account works again. Two queries."""
    now = now or timezone.now()
    newest = Case.objects.filter(team=team).unblocked().select_related("incident__cause").order_by("-pk")
    cases = list(newest[: MOST_CASES + 1])
    cut = len(cases) > MOST_CASES
    cases = cases[:MOST_CASES]
    changes: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    standing = Transition.objects.standing().filter(case__in=[case.pk for case in cases])
    for case_id, after, at in standing.values_list("case_id", "after", "at"):
        changes[case_id].append((after, at))
    found = [
        _Unblocked(
            at=min(at for after, at in changes[case.pk] if after == UNBLOCKED).astimezone(team.zone),
            reason=case.incident.cause.name if case.incident.cause else _("Not sure yet"),
            clock=read_clock(changes[case.pk], now=now, began=case.clock_from),
        )
        for case in cases
        if any(after == UNBLOCKED for after, _at in changes[case.pk])
    ]
    months = _grouped(found, lambda each: each.at.date().replace(day=1))
    reasons = _grouped(found, lambda each: each.reason)
    return Statistics(
        all_cases=_row(_("All cases"), found) if found else None,
        months=[_row("", months[day], month=day) for day in sorted(months, reverse=True)[:MOST_ROWS]],
        reasons=[
            _row(reason, reasons[reason])
            for reason in sorted(reasons, key=lambda each: (-len(reasons[each]), each))[:MOST_ROWS]
        ],
        cut=cut,
    )


def _grouped(found: Iterable[_Unblocked], key: Callable[[_Unblocked], Key]) -> dict[Key, list[_Unblocked]]:
    groups: dict[Key, list[_Unblocked]] = defaultdict(list)
    for each in found:
        groups[key(each)].append(each)
    return groups


def _row(label: str, found: list[_Unblocked], *, month: date | None = None) -> Row:
    clocks = [each.clock for each in found]
    return Row(
        label,
        len(clocks),
        total=_median(clock.total for clock in clocks),
        ours=_median(clock.ours + clock.reviewer for clock in clocks),
        theirs=_median(clock.theirs for clock in clocks),
        month=month,
    )


def _median(spans: Iterable[timedelta]) -> timedelta:
    return timedelta(seconds=median(span.total_seconds() for span in spans))
