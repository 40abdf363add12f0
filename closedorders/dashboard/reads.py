"""What the pages of this app show, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Min, Q, Value
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.models import Team
from closedorders.closures.models import Closure, ClosureReason
from closedorders.imports.models import Import
from closedorders.imports.querysets import FRESH_AT
from closedorders.orders.models import SupplierOrder

# A chart with more kinds of bars than this is not read any more: the rest is summed up as "Other".
SERIES = 5


@dataclass(frozen=True, slots=True)
class OpenClosures:
    count: int
    last_day: int
    oldest_at: datetime | None
    #: Known by their AliExpress number only: no count of sales, customers or money has them.
    unmatched: int = 0


def open_closures(team: Team) -> OpenClosures:
    found = (
        Closure.objects.for_team(team)
        .open()
        .aggregate(
            count=Count("pk"),
            last_day=Count("pk", filter=Q(closed_at__gte=timezone.now() - timedelta(hours=24))),
            oldest=Min("closed_at"),
            unmatched=Count("pk", filter=Q(supplier_order__store_order=None)),
        )
    )
    return OpenClosures(found["count"], found["last_day"], found["oldest"], found["unmatched"])


def oldest_open_closures(team: Team, *, limit: int = 8) -> list[Closure]:
    """With what a line of Today shows, and no more of them."""
    order = "supplier_order__store_order"
    shown = Closure.objects.for_team(team).open().select_related(f"{order}__customer", "reason")
    return list(
        shown.only(
            "closed_at",
            "reason__code",
            "reason__own_name",
            "supplier_order__number",
            "supplier_order__cost",
            "supplier_order__currency",
            f"{order}__number",
            f"{order}__customer__name",
        ).order_by("closed_at", "pk")[:limit]
    )


def orders_in_review(team: Team, *, limit: int = 8) -> list[SupplierOrder]:
    """Those whose risk review at AliExpress ends first, or should have ended."""
    orders = SupplierOrder.objects.for_team(team).in_review().select_related("buyer_account")
    return list(
        orders.only("number", "paid_at", "status_code", "buyer_account__label").order_by("paid_at", "pk")[
            :limit
        ]
    )


@dataclass(frozen=True, slots=True)
class ClosureChart:
    """Closures of the last days: by day and reason for the bars, by reason for the list. Days oldest first."""

    days: list[date]
    series: list[tuple[str, list[int]]]
    reasons: list[tuple[str, int, str]]
    total: int


DAYS = 30
#: Day, reason (its key, its code, the team's own name of it; None, "", "" where it is not known), how many.
ClosedOnDay = tuple[date, int | None, str, str, int]


def closures_by_day(team: Team) -> list[ClosedOnDay]:
    """What was closed on each of the last 30 days, by reason. In the active time zone.

    Reopened closures, too: what happened on those days does not change.
    """
    start = timezone.make_aware(datetime.combine(_span()[0], datetime.min.time()))
    return list(
        Closure.objects.for_team(team)
        .filter(closed_at__gte=start)
        .annotate(day=TruncDate("closed_at"))
        .order_by()
        .values_list(
            "day", "reason", Coalesce("reason__code", Value("")), Coalesce("reason__own_name", Value(""))
        )
        .annotate(count=Count("pk"))
    )


def _span() -> list[date]:
    today = timezone.localdate()
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def closure_chart(team: Team, rows: Iterable[ClosedOnDay] | None = None) -> ClosureChart:
    """Of `rows` as `closures_by_day` counted them; counted now where none are given."""
    span = _span()
    if rows is None:
        rows = closures_by_day(team)
    by_reason: dict[int | None, dict[date, int]] = {}
    reasons: dict[int | None, ClosureReason] = {}
    for day, reason, code, own_name, count in rows:
        by_reason.setdefault(reason, {})[day] = count
        if reason not in reasons:
            reasons[reason] = ClosureReason(pk=reason, code=code, own_name=own_name)
    ordered = sorted(by_reason, key=lambda pk: -sum(by_reason[pk].values()))
    named = [
        (
            reasons[pk].name if pk else _("Not sure yet"),
            [by_reason[pk].get(day, 0) for day in span],
            reasons[pk].code if pk else "",
        )
        for pk in ordered
    ]
    series = [(name, values) for name, values, _code in named[:SERIES]]
    rest = [values for _name, values, _code in named[SERIES:]]
    if rest:
        series.append((_("Other"), [sum(column) for column in zip(*rest, strict=True)]))
    return ClosureChart(
        days=span,
        series=series,
        reasons=[(name, sum(values), code) for name, values, code in named],
        total=sum(sum(values) for _name, values, _code in named),
    )


def last_import(team: Team) -> datetime | None:
    """When what is here was last brought up to date."""
    at: datetime | None = Import.objects.for_team(team).up_to_date_by().aggregate(last=Max(FRESH_AT))["last"]
    return at
