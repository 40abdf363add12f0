"""Daily totals of what each buyer account ordered: exact at every moment, and cheap to read for two years.

Totals are counted by a worker and stored. Whatever changes AliExpress orders marks their days as changed, in its own
transaction (`order_extension.py`); a changed day is read from the orders themselves until the worker has counted it
again. So a reader never sees a total that a recount would contradict, also if no worker runs for a week.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.accounts.turns import lock_team
from closedorders.orders.models import SupplierOrder

from .models import ChangedDay, DailyTotal, TotalsState, WindowDay

#: Changed days that are counted at once, and in one query.
AT_ONCE, IN_QUERY = 2_000, 60


class DayTotal(NamedTuple):
    """Of one account (None: not known), day and currency: the orders, those of a known cost, and what these cost."""

    account: int | None
    day: date
    currency: str
    orders: int
    costed: int
    spent: Decimal


def days_to_read(team: Team, first: date, last: date) -> set[date] | None:
    """Days whose orders changed since they were counted; None: nothing is, in the team's time zone. Two queries."""
    if not TotalsState.objects.filter(team=team, zone=team.time_zone).exists():
        return None
    changed = ChangedDay.objects.filter(team=team, day__gte=first, day__lte=last)
    return set(changed.order_by().values_list("day", flat=True).distinct())


_NOT_ASKED: set[date] = set()


def daily_totals(
    team: Team, first: date, last: date, *, changed: set[date] | None = _NOT_ASKED
) -> list[DayTotal]:
    """The totals of these days, by day. Three queries, and one more for each 60 days that wait to be counted.

    `changed` is what `days_to_read` says of these days, for whoever asked it already.
    """
    if changed is _NOT_ASKED:
        changed = days_to_read(team, first, last)
    if changed is None:
        return sorted(_count(team, between(team, first, last)), key=lambda total: total.day)
    span = Q(team=team, day__gte=first, day__lte=last)
    stored = DailyTotal.objects.filter(span).values_list(
        "buyer_account", "day", "currency", "orders", "costed", "spent"
    )
    found = [total for total in map(DayTotal._make, stored) if total.day not in changed]
    found += _count_days(team, changed)
    return sorted(found, key=lambda total: total.day)


def mark_changed(team: Team, placed: Iterable[datetime]) -> None:
    """Note that orders placed at these moments changed. Call it inside the transaction that changes them."""
    days = {timezone.localdate(moment, team.zone) for moment in placed}
    ChangedDay.objects.bulk_create([ChangedDay(team=team, day=day) for day in sorted(days)])


@transaction.atomic
def settle(team_id: int) -> int:
    """Count the changed days of a team: all days where they never were, or its time zone changed. How many rows."""
    team = lock_team(team_id)
    state = TotalsState.objects.filter(team=team).first()
    marks = dict(ChangedDay.objects.filter(team=team).order_by("pk").values_list("pk", "day")[:AT_ONCE])
    days = set(marks.values())
    if state is None or state.zone != team.time_zone:
        DailyTotal.objects.filter(team=team).delete()
        WindowDay.objects.filter(team=team).delete()
        totals = _count(team, Q())
        TotalsState.objects.update_or_create(
            team=team, defaults={"zone": team.time_zone, "counted_at": timezone.now(), "window": None}
        )
    else:
        DailyTotal.objects.filter(team=team, day__in=days).delete()
        WindowDay.objects.filter(team=team, day__in=days).delete()
        totals = _count_days(team, days)
        TotalsState.objects.filter(pk=state.pk).update(counted_at=timezone.now(), window=None)
    DailyTotal.objects.bulk_create(
        (DailyTotal(team=team, buyer_account_id=total.account, **_figures(total)) for total in totals),
        batch_size=1_000,
    )
    ChangedDay.objects.filter(pk__in=marks).delete()
    return len(totals)


def due_teams() -> QuerySet[Team]:
    """Teams with changed days, and those whose totals were never counted or are in another time zone's days."""
    changed = ChangedDay.objects.order_by().values("team").distinct()
    stale = Q(totals_state=None) | ~Q(totals_state__zone=F("time_zone"))
    return Team.objects.filter(drill_of=None).filter(Q(pk__in=changed) | stale)


def _figures(total: DayTotal) -> dict[str, Any]:
    figures = total._asdict()
    del figures["account"]
    return figures


def between(team: Team, first: date, last: date) -> Q:
    """A condition on orders: placed on these days of the team's time zone."""
    return Q(
        placed_at__gte=datetime.combine(first, time.min, tzinfo=team.zone),
        placed_at__lt=datetime.combine(last + timedelta(days=1), time.min, tzinfo=team.zone),
    )


def _count_days(team: Team, days: Collection[date]) -> list[DayTotal]:
    found: list[DayTotal] = []
    for part in _parts(sorted(days)):
        condition = Q()
        for day in part:
            condition |= between(team, day, day)
        found += _count(team, condition)
    return found


def _parts(days: Sequence[date]) -> Iterator[Sequence[date]]:
    for start in range(0, len(days), IN_QUERY):
        yield days[start : start + IN_QUERY]


def _count(team: Team, condition: Q) -> list[DayTotal]:
    """From the orders themselves. One query."""
    rows = (
        SupplierOrder.objects.filter(condition, team=team, placed_at__isnull=False)
        .annotate(day=TruncDate("placed_at", tzinfo=team.zone))
        .order_by()
        .values_list("buyer_account", "day", "currency")
        .annotate(orders=Count("pk"), costed=Count("cost"), spent=Coalesce(Sum("cost"), Decimal(0)))
    )
    return [DayTotal(*row) for row in rows]
