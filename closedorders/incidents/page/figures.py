"""What an incident's page counts: now, or for an incident with many closures within the last minute.

Counting 10,000 closures takes longer than all the rest of the page. Of such an incident the figures are stored, as
those of Today are (`dashboard/counts.py`): made anew as soon as a person has done anything in the team, and once a
minute for what workers do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Team
from closedorders.closures.models import Closure, Incident
from closedorders.core.money import Total, totals
from closedorders.orders.models import Store, StoreOrder
from closedorders.outreach.message_states import TOLD
from closedorders.outreach.models import DiscountCode, Message, Refund

from ..limbo.reads import Window, expected, overdue, sums
from ..models import StoredFigures
from ..reads import IncidentCounts, count_incidents, value_at_risk

MAX_AGE = timedelta(minutes=1)
#: An incident with fewer closures is counted at every look.
MANY_CLOSURES = 200
MOST_STORES = 20


@dataclass(frozen=True, slots=True)
class Money:
    """What an incident costs, in amounts by currency.

    `value` is what customers paid for orders still open. `due` is what AliExpress announced and has not paid, `overdue`
    of it past the window. `refunds` are those of its campaigns, dropped ones left out; `codes` what its discount codes
    come to where each customer uses theirs for as much again. `gifts` were promised to so many people.
    """

    value: list[Total]
    sales: int
    countries: int
    due: list[Total]
    overdue: int
    refunds: list[Total]
    codes: list[Total]
    code_count: int
    gifts: int
    # How many of the codes an order was bought with.
    codes_used: int = 0


@dataclass(frozen=True, slots=True)
class StoreName:
    pk: int
    name: str


@dataclass(frozen=True, slots=True)
class IncidentFigures:
    """`counted_at` is None where it was counted just now."""

    counts: IncidentCounts
    money: Money
    #: Key and name of each store whose orders were hit.
    stores: list[StoreName]
    counted_at: datetime | None = None


def incident_figures(incident: Incident) -> IncidentFigures:
    """Of one incident. One query where they are stored, eleven otherwise."""
    team = incident.team
    newest = AuditEvent.objects.filter(team=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    stored = StoredFigures.objects.filter(incident=incident)
    event, stored_event, counted_at, figures = (
        Team.objects.filter(pk=team.pk)
        .values_list(
            Subquery(newest),
            Subquery(stored.values("event")),
            Subquery(stored.values("counted_at")),
            Subquery(stored.values("figures")),
        )
        .get()
    )
    now = timezone.now()
    if figures and stored_event == (event or 0) and now - counted_at < MAX_AGE:
        return _from_json(json.loads(figures) if isinstance(figures, str) else figures, counted_at)
    found = _count(incident)
    if found.counts.not_reopened >= MANY_CLOSURES:
        fields = {
            "event": event or 0,
            "counted_at": now,
            "figures": json.loads(json.dumps(asdict(found), default=str)),
        }
        StoredFigures.objects.update_or_create(incident=incident, defaults=fields)
    elif figures:
        stored.delete()
    return found


def _count(incident: Incident) -> IncidentFigures:
    stores = Store.objects.filter(
        pk__in=Closure.objects.filter(incident=incident).values("supplier_order__store_order__store")
    )
    return IncidentFigures(
        counts=count_incidents(incident.team, [incident]).get(incident.pk, IncidentCounts()),
        money=_money(incident),
        stores=[
            StoreName(pk, name) for pk, name in stores.order_by("pk").values_list("pk", "name")[:MOST_STORES]
        ],
    )


def _money(incident: Incident) -> Money:
    value, sales, countries = value_at_risk(incident.team, incident)
    due = expected(incident.team).filter(incident=incident)
    late = overdue(incident.team, Window.of(incident.team)).filter(incident=incident)
    refunds: Iterable[Any] = (
        Refund.objects.filter(incident=incident)
        .exclude(state=Refund.State.DROPPED)
        .order_by()
        .values_list("currency")
        .annotate(amount=Sum("amount"), count=Count("pk"))
    )
    gifts = Message.objects.filter(incident=incident, state__in=TOLD).exclude(campaign__gift="")
    codes, code_count = _codes(incident)
    return Money(
        value=value,
        sales=sales,
        countries=countries,
        due=sums(due),
        overdue=late.count(),
        refunds=[Total(amount, currency, count) for currency, amount, count in refunds],
        codes=codes,
        code_count=code_count,
        gifts=gifts.count(),
        codes_used=DiscountCode.objects.filter(incident=incident).used().count() if code_count else 0,
    )


def _codes(incident: Incident) -> tuple[list[Total], int]:
    """What the codes come to where each customer buys as much again as what was closed; and how many there are."""
    codes = DiscountCode.objects.filter(incident=incident)
    percents = dict(codes.order_by().values_list("customer_id", "percent"))
    if not percents:
        return [], 0
    orders: Iterable[Any] = (
        StoreOrder.objects.for_team(incident.team)
        .filter(
            pk__in=Closure.objects.filter(incident=incident).values("supplier_order__store_order"),
            customer__in=codes.values("customer"),
            total__isnull=False,
        )
        .order_by()
        .values_list("customer_id", "currency")
        .annotate(paid=Sum(F("total")))
    )
    amounts = [(paid * percents[customer] / 100, currency) for customer, currency, paid in orders]
    return totals(amounts), len(percents)


def _from_json(stored: dict[str, Any], counted_at: datetime) -> IncidentFigures:
    """`asdict` and JSON turned back: moments and amounts are text there."""
    counts, money = stored["counts"], stored["money"]
    first = counts["first_closed_at"]
    amounts = {
        name: [Total(**total | {"amount": Decimal(total["amount"])}) for total in money[name]]
        for name in ("value", "due", "refunds", "codes")
    }
    return IncidentFigures(
        counts=IncidentCounts(
            **counts | {"first_closed_at": datetime.fromisoformat(first) if first else None}
        ),
        money=Money(**money | amounts),
        stores=[StoreName(**store) for store in stored["stores"]],
        counted_at=counted_at,
    )
