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
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncDate, TruncHour
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.accounts.turns import lock_team
from closedorders.orders.models import SupplierOrder

from .models import ChangedDay, TotalsState, WindowDay
from .rules.base import WINDOW_DAYS
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


def window(team: Team, now: datetime) -> Counts:
    """Of the last 30 whole days and today up to `now`. In the team's time zone, which must be the active one."""
    today = timezone.localdate(now)
    days = {today - timedelta(days=ago) for ago in range(WINDOW_DAYS + 1)}
    stored: dict[date, dict[str, Any]] = {}
    if TotalsState.objects.filter(team=team, zone=team.time_zone).exists():
        span = Q(team=team, day__gte=min(days), day__lt=today)
        changed = set(ChangedDay.objects.filter(span).values_list("day", flat=True).distinct())
        rows = WindowDay.objects.filter(span).values_list("day", "counts")
        stored = {day: counts for day, counts in rows if day not in changed}
    found = Counts()
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
    WindowDay.objects.bulk_create(
        WindowDay(team=team, day=day, counts=counts, counted_at=now) for day, counts in counted.items()
    )
    return len(counted)


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
