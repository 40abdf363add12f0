"""What is known of an incident once it is over, or so far: facts for the report, and what they lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from closedorders.cases.clock import Clock, read_clock
from closedorders.cases.models import Case
from closedorders.closures.models import Closure, Incident
from closedorders.core.money import Total
from closedorders.orders.models import StoreOrder
from closedorders.outreach.audience import untold_by_incident
from closedorders.outreach.message_states import TOLD
from closedorders.outreach.models import Campaign, DiscountCode, Kind, Message, Refund
from closedorders.risk.models import Confirmation, RiskSnapshot

EARLIER = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The closures of the incident that AliExpress has not undone, in counts. `orders`: of the store, each once."""

    count: int
    reopened: int
    orders: int
    customers: int
    open: int
    without_reason: int
    not_joined: int
    replaced: int
    refunded: int
    written_off: int
    without_supplier_refund: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Sums per currency. `value_unknown` and the like count orders whose amount no file has said."""

    value: list[Total]
    value_unknown: int
    refunds_paid: list[Total]
    refunds_approved: list[Total]
    refunded_in_shop: list[Total]
    supplier_expected: list[Total]
    supplier_received: list[Total]
    written_off: list[Total]
    codes: list[tuple[int, int]]
    """How many discount codes of each percentage."""
    gifts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Customers, and when mails about the incident had left. `resolution` and `holding` count mails that reached."""

    resolution: int
    holding: int
    waiting: int
    not_reached: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the report of one incident says. `warned`: the newest answers of people before the first closure.
    `stood`: how the checklist stood on the last day before it, None where it was not looked at in the week before.
    """

    incident: Incident
    now: datetime
    closed: Closed
    money: Money
    told: Told
    case: Case | None
    clock: Clock | None
    warned: dict[str, Confirmation]
    stood: RiskSnapshot | None
    closed_before: int
    steps_total: int
    steps_done: int

    @property
    def until(self) -> datetime:
        return self.incident.ended_at or self.now


def read_facts(incident: Incident, *, now: datetime | None = None) -> Facts:
    """A fixed number of queries, however many closures there are."""
    now = now or timezone.now()
    case = Case.objects.filter(incident=incident).first()
    changes = list(case.transitions.standing().values_list("after", "at")) if case else []
    closed = _closed(incident)
    earlier = Closure.objects.filter(
        team=incident.team,
        incident__buyer_account=incident.buyer_account,
        closed_at__gte=closed.first_at - EARLIER,
        closed_at__lt=closed.first_at,
        logged_at__lt=closed.first_at,
    ).exclude(incident=incident)
    steps = incident.steps.aggregate(total=Count("pk"), done=Count("done_at"))
    return Facts(
        incident=incident,
        now=now,
        closed=closed,
        money=_money(incident),
        told=_told(incident),
        case=case,
        clock=read_clock(changes, now=now, began=case.clock_from) if case and changes else None,
        warned={
            answer.check_code: answer
            for answer in Confirmation.objects.newest_at(incident.team, closed.first_at)
        },
        stood=_stood(incident, closed.first_at),
        closed_before=earlier.count(),
        steps_total=steps["total"],
        steps_done=steps["done"],
    )


def _stood(incident: Incident, first_at: datetime) -> RiskSnapshot | None:
    day = timezone.localdate(first_at, incident.team.zone)
    week = day - timedelta(days=7)
    return RiskSnapshot.objects.filter(team=incident.team, day__gte=week, day__lt=day).first()


def _closed(incident: Incident) -> Closed:
    here = Q(reopened_at=None)
    order = "supplier_order__store_order"
    found = Closure.objects.filter(incident=incident).aggregate(
        count=Count("pk", filter=here),
        reopened=Count("pk", filter=~here),
        orders=Count(order, filter=here, distinct=True),
        customers=Count(f"{order}__customer", filter=here, distinct=True),
        open=Count("pk", filter=here & Q(outcome="open")),
        without_reason=Count("pk", filter=here & Q(reason=None)),
        not_joined=Count("pk", filter=here & Q(**{order: None})),
        replaced=Count("pk", filter=here & Q(outcome="replaced")),
        refunded=Count("pk", filter=here & Q(outcome="refunded")),
        written_off=Count("pk", filter=here & Q(outcome="written_off")),
        without_supplier_refund=Count("pk", filter=here & Q(supplier_refund_expected=None)),
        first_at=Min("closed_at"),
        last_at=Max("closed_at"),
    )
    first = found["first_at"] or incident.opened_at
    return Closed(**found | {"first_at": first, "last_at": found["last_at"] or first})


def _sums(rows: QuerySet[Any], amount: str, currency: str) -> list[Total]:
    """One total per currency; rows without an amount are left out. One query."""
    groups: Iterable[tuple[str, Decimal | None, int]] = (
        rows.order_by().values_list(currency).annotate(sum=Sum(amount), known=Count(amount))
    )
    found = [Total(amount, currency, known) for currency, amount, known in groups if amount is not None]
    return sorted(found, key=lambda total: (-total.count, total.currency))


def _money(incident: Incident) -> Money:
    closures = Closure.objects.filter(incident=incident, reopened_at=None)
    orders = StoreOrder.objects.filter(pk__in=closures.values("supplier_order__store_order"))
    refunds = Refund.objects.filter(incident=incident)
    campaigns = Campaign.objects.filter(incident=incident, approved_at__isnull=False).exclude(gift="")
    codes = DiscountCode.objects.filter(incident=incident, loaded_at__isnull=False)
    return Money(
        value=_sums(orders, "total", "currency"),
        value_unknown=orders.filter(total=None).count(),
        refunds_paid=_sums(refunds.filter(state="issued"), "amount", "currency"),
        refunds_approved=_sums(refunds.filter(state="approved"), "amount", "currency"),
        refunded_in_shop=_sums(orders.filter(refunded__gt=0), "refunded", "currency"),
        supplier_expected=_sums(closures, "supplier_refund_expected", "supplier_refund_currency"),
        supplier_received=_sums(
            closures.filter(supplier_refund_received_on__isnull=False),
            "supplier_refund_expected",
            "supplier_refund_currency",
        ),
        written_off=_sums(
            closures.filter(outcome="written_off"), "supplier_order__cost", "supplier_order__currency"
        ),
        codes=list(
            codes.order_by("percent").values_list("percent").annotate(count=Count("pk")).order_by("percent")
        ),
        gifts=list(campaigns.order_by("gift").values_list("gift", flat=True).distinct()[:10]),
    )


def _told(incident: Incident) -> Told:
    found = Message.objects.filter(incident=incident).aggregate(
        resolution=Count("customer", filter=Q(kind=Kind.RESOLUTION, state__in=TOLD), distinct=True),
        holding=Count("customer", filter=Q(kind=Kind.HOLDING, state__in=TOLD), distinct=True),
        not_reached=Count(
            "customer",
            filter=Q(kind=Kind.RESOLUTION, state__in=["skipped", "failed", "bounced", "uncertain"]),
            distinct=True,
        ),
        first_at=Min("settled_at", filter=Q(state__in=TOLD)),
        last_at=Max("settled_at", filter=Q(state__in=TOLD)),
    )
    waiting = untold_by_incident(incident.team, [incident]).get(incident.pk, Counter()).total()
    return Told(**found, waiting=waiting)
