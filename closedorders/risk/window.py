"""What the rules ask of the orders of the last 30 days besides their totals: hours, destinations, ways of paying.

Days that are over are counted by a worker and stored, so that a reader counts today's orders only. As with the daily
totals, a day whose orders changed is read from the orders until it is counted again. What changes elsewhere (a store
order's country, the order that it belongs to) is counted within a day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncDate, TruncHour
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.accounts.turns import lock_team
from closedorders.closures.models import Closure
from closedorders.core.paging import capped_count
from closedorders.orders.models import SupplierOrder

from .models import TotalsState, WindowDay
from .rules.base import DISPUTE_DAYS, WINDOW_DAYS
from .totals import between

#: A stored day is counted again after this while.
RENEWED_AFTER = timedelta(hours=20)
#: Ways of paying, as files word them, that are told apart on one day.
MOST_METHODS = 200


@dataclass(slots=True)
class Counts:
    """`hour`: orders of one account within one hour of the clock, at most; None where no file gave a time of day.

    `countries`: by account, its orders by destination ("" where that is not known). `methods`: by way of paying, as it
    is worded, the orders, those with a moment of payment, and the different moments.
    """

    hour: int | None = None
    countries: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    methods: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))

    def add(self, stored: dict[str, Any]) -> None:
        """Add a day as `_count` counts it: keys are text there."""
        if stored["hour"] is not None:
            self.hour = max(self.hour or 0, stored["hour"])
        for account, countries in stored["countries"].items():
            self.countries[int(account)].update(countries)
        for method, counts in stored["methods"].items():
            self.methods[method] = [old + new for old, new in zip(self.methods[method], counts, strict=True)]


def window(team: Team, now: datetime, changed: set[date] | None) -> Counts:
    """Of the last 30 whole days and today up to `now`. In the team's time zone, which must be the active one.

    `changed` is what `totals.days_to_read` says of these days, or of more.
    """
    today = timezone.localdate(now)
    days = {today - timedelta(days=ago) for ago in range(WINDOW_DAYS + 1)}
    stored: dict[date, dict[str, Any]] = {}
    found = Counts()
    if changed is not None and changed.isdisjoint(days - {today}):
        sums = TotalsState.objects.filter(team=team, window__isnull=False).values_list("window", flat=True)
        added = sums.first()
        if added is not None and added["first"] == min(days).isoformat():
            found.add(added)
            days = {today}
    if changed is not None and len(days) > 1:
        rows = WindowDay.objects.filter(team=team, day__gte=min(days), day__lt=today)
        stored = {day: counts for day, counts in rows.values_list("day", "counts") if day not in changed}
    for counts in (*stored.values(), *_count(team, days - stored.keys(), now).values()):
        found.add(counts)
    return found


@transaction.atomic
def fill(team_id: int) -> int:
    """Count and store the days that are over and are missing or were counted long ago. Returns how many."""
    team, now = lock_team(team_id), timezone.now()
    if not TotalsState.objects.filter(team=team, zone=team.time_zone).exists():
        return 0
    with timezone.override(team.zone):
        today = timezone.localdate(now)
        days = {today - timedelta(days=ago) for ago in range(1, WINDOW_DAYS + 1)}
        WindowDay.objects.filter(team=team).exclude(day__in=days, counted_at__gt=now - RENEWED_AFTER).delete()
        due = days - set(WindowDay.objects.filter(team=team).values_list("day", flat=True))
        # A changed day is not lost to a settling that comes later: it deletes the row again.
        counted = _count(team, due, now)
        suppliers = [list(each) for each in disputes(team, now)] if _is_large(team, now) else None
    WindowDay.objects.bulk_create(
        WindowDay(team=team, day=day, counts=counts, counted_at=now) for day, counts in counted.items()
    )
    added = Counts()
    for counts in WindowDay.objects.filter(team=team).values_list("counts", flat=True):
        added.add(counts)
    sums = {
        "first": min(days).isoformat(),
        "hour": added.hour,
        "countries": added.countries,
        "methods": added.methods,
    }
    TotalsState.objects.filter(team=team).update(suppliers=suppliers, suppliers_at=now, window=sums)
    return len(counted)


#: Fewer orders of the last 30 days are counted by supplier at every look.
MANY_ORDERS = 1_000
#: Suppliers by orders are counted again after this while.
SUPPLIERS_FOR = timedelta(hours=2)
MOST_SUPPLIERS = 20
#: Orders whose parcel is still to come.
NOT_ARRIVED = ("verifying_payment", "awaiting_shipment", "shipped")


class Disputes(NamedTuple):
    """A supplier, how many of its orders ended in a dispute lately, how many it had, how many are still to come."""

    pk: int
    name: str
    disputes: int
    orders: int
    on_its_way: int


def suppliers(team: Team, now: datetime) -> list[Disputes]:
    """As a worker counted it within two hours, of a team with many orders; counted now for the others."""
    stored = (
        TotalsState.objects.filter(team=team, suppliers_at__gt=now - SUPPLIERS_FOR, suppliers_at__lte=now)
        .values_list("suppliers", flat=True)
        .first()
    )
    return [Disputes(*each) for each in stored] if stored is not None else disputes(team, now)


def _is_large(team: Team, now: datetime) -> bool:
    placed = SupplierOrder.objects.filter(team=team, placed_at__gte=now - timedelta(days=WINDOW_DAYS))
    return capped_count(placed, MANY_ORDERS) >= MANY_ORDERS


def disputes(team: Team, now: datetime) -> list[Disputes]:
    """Suppliers whose orders of the last days ended in a dispute or were closed for complaints, most disputes first.

    Two queries.
    """
    since = now - timedelta(days=DISPUTE_DAYS)
    disputed = (
        Closure.objects.filter(
            Q(origin=Closure.Origin.DISPUTE) | Q(reason__code="complaints", reason__team=None),
            team=team,
            supplier_order__supplier__isnull=False,
            supplier_order__placed_at__gte=since,
            closed_at__gte=since,
            closed_at__lte=now,
        )
        .order_by()
        .values_list("supplier_order__supplier", "supplier_order__supplier__name")
        .annotate(disputes=Count("supplier_order", distinct=True))
        .order_by("-disputes", "supplier_order__supplier")[:MOST_SUPPLIERS]
    )
    found = list(disputed)
    if not found:
        return []
    ordered = (
        SupplierOrder.objects.filter(
            team=team, supplier__in=[pk for pk, *_ in found], placed_at__gte=since, placed_at__lte=now
        )
        .order_by()
        .values_list("supplier")
        .annotate(
            orders=Count("pk"),
            on_its_way=Count("pk", filter=Q(status_code__in=NOT_ARRIVED, closure_logged=False)),
        )
    )
    orders = {pk: (count, on_its_way) for pk, count, on_its_way in ordered}
    return [Disputes(pk, name, count, *orders.get(pk, (count, 0))) for pk, name, count in found]


def _count(team: Team, days: Collection[date], now: datetime) -> dict[date, dict[str, Any]]:
    """From the orders themselves, by day. Three queries, none for no days."""
    if not days:
        return {}
    found: dict[date, dict[str, Any]] = {
        day: {"hour": None, "countries": defaultdict(Counter), "methods": {}} for day in days
    }
    placed = SupplierOrder.objects.filter(_in_runs(team, days), team=team, placed_at__lte=now).order_by()
    # Files that give days only are read as midnight, so midnight itself does not count as a time.
    hours = placed.exclude(placed_at__time=time.min).annotate(hour=TruncHour("placed_at", tzinfo=team.zone))
    for hour, _account, orders in hours.values_list("hour", "buyer_account").annotate(orders=Count("pk")):
        of_day = found[timezone.localdate(hour)]
        of_day["hour"] = max(of_day["hour"] or 0, orders)
    by_day = placed.annotate(day=TruncDate("placed_at", tzinfo=team.zone))
    destinations = by_day.filter(buyer_account__isnull=False).values_list(
        "day", "buyer_account", "store_order__ship_country"
    )
    for day, account, country, orders in destinations.annotate(orders=Count("pk")):
        found[day]["countries"][account][country or ""] += orders
    methods = by_day.exclude(payment_method="").values_list("day", "payment_method")
    paid = methods.annotate(
        orders=Count("pk"), paid=Count("paid_at"), moments=Count("paid_at", distinct=True)
    ).order_by("-orders", "payment_method")[: MOST_METHODS * len(days)]
    for day, method, *counts in paid:
        found[day]["methods"][method] = counts
    return found


def _in_runs(team: Team, days: Iterable[date]) -> Q:
    """The days as few spans of time."""
    condition, ordered = Q(pk__in=()), sorted(days)
    start = ordered[0]
    for day, following in zip(ordered, [*ordered[1:], None], strict=True):
        if following is None or (following - day).days > 1:
            condition |= between(team, start, day)
            start = following or day
    return condition
