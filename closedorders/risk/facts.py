"""Gathers the numbers the rules judge: six bounded queries, however many orders a team has."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncDate, TruncHour
from django.utils import timezone

from closedorders.accounts.models import Role, Team, WorkSession
from closedorders.closures.models import Closure
from closedorders.imports.models import Import
from closedorders.imports.querysets import FRESH_AT
from closedorders.orders.models import SupplierOrder

from .rules import CLOSURES_DAYS, Facts

WINDOW_DAYS = 30
NETWORK_DAYS = 7
USD = "USD"


def gather(team: Team, *, now: datetime | None = None) -> Facts:
    """The team's facts at `now` (the present by default), by days of the team's time zone."""
    now = now or timezone.now()
    with timezone.override(team.zone):
        spending = _spending(team, now)
        with_country, abroad, countries, nowhere = _destinations(team, now)
        networks, people = _networks(team, now)
        return Facts(
            import_age_days=_import_age(team, now),
            spend_today=spending.today,
            spend_peak=spending.peak,
            spend_peak_on=spending.peak_on,
            other_currencies=spending.other_currencies,
            orders_without_cost=spending.without_cost,
            orders_with_country=with_country,
            orders_abroad=abroad,
            ship_countries=countries,
            accounts_without_place=nowhere,
            largest_hour=_largest_hour(team, now),
            largest_day=spending.largest_day,
            networks=networks,
            people=people,
            closures=_closures(team, now),
        )


def _placed(team: Team, now: datetime) -> Q:
    """Orders of the last 30 whole days and today."""
    first = timezone.localdate(now) - timedelta(days=WINDOW_DAYS)
    start = datetime.combine(first, time.min, tzinfo=team.zone)
    return Q(team=team, placed_at__gte=start, placed_at__lte=now)


def _import_age(team: Team, now: datetime) -> int | None:
    last = Import.objects.for_team(team).up_to_date_by().aggregate(last=Max(FRESH_AT))
    return (now - last["last"]).days if last["last"] else None


@dataclass(slots=True)
class _Spending:
    today: Decimal = Decimal(0)
    peak: Decimal = Decimal(0)
    peak_on: date | None = None
    largest_day: int = 0
    without_cost: int = 0
    other_currencies: tuple[str, ...] = ()


def _spending(team: Team, now: datetime) -> _Spending:
    """AliExpress watches accounts, so a day's sum is that of one buyer account; orders without one count as one."""
    rows = (
        SupplierOrder.objects.filter(_placed(team, now))
        .annotate(day=TruncDate("placed_at", tzinfo=team.zone))
        .order_by()
        .values("day", "buyer_account", "currency")
        .annotate(spent=Sum("cost"), orders=Count("pk"), costed=Count("cost"))
    )
    found, today = _Spending(), timezone.localdate(now)
    others: set[str] = set()
    batches: dict[tuple[date, int | None], int] = defaultdict(int)
    for row in rows:
        day, spent = row["day"], row["spent"] or Decimal(0)
        batches[day, row["buyer_account"]] += row["orders"]
        found.without_cost += row["orders"] - row["costed"]
        if row["currency"] != USD:
            if row["costed"]:
                others.add(row["currency"])
            continue
        if day == today:
            found.today = max(found.today, spent)
        if spent > found.peak:
            found.peak, found.peak_on = spent, day
    found.largest_day = max(batches.values(), default=0)
    found.other_currencies = tuple(sorted(others))
    return found


def _largest_hour(team: Team, now: datetime) -> int | None:
    """Orders of one account within one hour of the clock; None when no file gave a time of day.

    Files that give days only are read as midnight, so midnight itself does not count as a time.
    """
    largest = (
        SupplierOrder.objects.filter(_placed(team, now))
        .exclude(placed_at__time=time.min)
        .annotate(hour=TruncHour("placed_at", tzinfo=team.zone))
        .order_by()
        .values("hour", "buyer_account")
        .annotate(orders=Count("pk"))
        .order_by("-orders")
        .first()
    )
    return largest["orders"] if largest else None


def _destinations(team: Team, now: datetime) -> tuple[int, int, int, tuple[str, ...]]:
    """Orders with a known destination, those abroad, how many countries, accounts with blanks."""
    rows = (
        SupplierOrder.objects.filter(_placed(team, now), buyer_account__isnull=False)
        .order_by()
        .values(
            "buyer_account__label",
            "buyer_account__card_country",
            "buyer_account__ordering_place",
            "store_order__ship_country",
        )
        .annotate(orders=Count("pk"))
    )
    orders = abroad = 0
    countries: set[str] = set()
    blanks: set[str] = set()
    for row in rows:
        home, country = row["buyer_account__card_country"], row["store_order__ship_country"]
        if not home or not row["buyer_account__ordering_place"]:
            blanks.add(row["buyer_account__label"])
        if not country:
            continue
        countries.add(country)
        orders += row["orders"]
        if country.upper() != home.upper():
            abroad += row["orders"]
    return orders, abroad, len(countries), tuple(sorted(blanks))


def _networks(team: Team, now: datetime) -> tuple[int, int]:
    found = WorkSession.objects.filter(
        membership__team=team,
        membership__ended_at=None,
        membership__role__in=[Role.MERCHANT, Role.ASSISTANT],
        last_seen_at__gte=now - timedelta(days=NETWORK_DAYS),
    ).aggregate(networks=Count("network", distinct=True), people=Count("membership", distinct=True))
    return found["networks"], found["people"]


def _closures(team: Team, now: datetime) -> dict[str, int]:
    """Closures of the last days by seeded reason, those included that AliExpress took back: it did close them."""
    rows = (
        Closure.objects.filter(
            team=team,
            closed_at__gte=now - timedelta(days=CLOSURES_DAYS),
            reason__isnull=False,
            reason__team=None,
        )
        .order_by()
        .values_list("reason__code")
        .annotate(orders=Count("pk"))
    )
    return dict(rows)
