"""Approved campaigns with as many customers as wanted, and what became of them."""

from __future__ import annotations

import time
from decimal import Decimal

from django.utils import timezone

from closedorders.closures.models import Closure
from closedorders.orders.models import Customer, StoreOrder, SupplierOrder
from closedorders.orders.status import changed_statuses, refresh_status
from closedorders.outreach import actions
from closedorders.outreach.approving import running
from closedorders.outreach.models import Approval, Campaign, Kind, Message
from tests.chaos.ledger import Row
from tests.factories import make_incident, make_member, make_store, make_team, reason

#: One campaign is sent by four workers at most (`sending.SENDERS`).
CAMPAIGNS = 4


def approve_campaigns(people: int) -> list[str]:
    """Approve notes to `people` customers, each with one closed order; their addresses."""
    share, rest = divmod(people, CAMPAIGNS)
    addresses: list[str] = []
    for number in range(CAMPAIGNS):
        addresses += _approve(number, share + (rest if number == 0 else 0))
    return addresses


def _approve(number: int, people: int) -> list[str]:
    team = make_team()
    by = make_member(team)
    store = make_store(team)
    now = timezone.now()
    customers = Customer.objects.bulk_create(
        Customer(store=store, name=f"Ana Ruiz {n}", email=address, key=f"email:{address}")
        for n in range(people)
        for address in [f"customer{n}.{number}@example.com"]
    )
    money = {"subtotal": Decimal(40), "shipping": Decimal(5), "total": Decimal(45)}
    orders = StoreOrder.objects.bulk_create(
        StoreOrder(
            team=team, store=store, customer=customer, number=f"#{n}", currency="EUR", placed_at=now, **money
        )
        for n, customer in enumerate(customers)
    )
    bought = SupplierOrder.objects.bulk_create(
        SupplierOrder(
            team=team,
            store_order=order,
            number=str(8_200_000_000_000_000 + n),
            currency="USD",
            cost=Decimal("12.90"),
            placed_at=now,
            closure_logged=True,
        )
        for n, order in enumerate(orders)
    )
    incident = make_incident(team, by, reason=reason())
    Closure.objects.bulk_create(
        Closure(
            team=team,
            supplier_order=each,
            incident=incident,
            reason=incident.cause,
            closed_at=now,
            logged_by=by,
        )
        for each in bought
    )
    refresh_status(order.pk for order in orders)
    campaign = actions.create_campaign(incident=incident, kind=Kind.HOLDING, store=store, by=by)
    actions.approve_campaign(campaign=campaign, typed_count=people, by=by)
    for job in Approval.objects.due():
        running.run(job.pk)
    return [customer.email for customer in customers]


def states() -> dict[str, int]:
    """State -> how many messages are in it."""
    counted = Message.objects.order_by().values_list("state", flat=True)
    found = dict.fromkeys(Message.State.values, 0)
    for state in counted:
        found[state] += 1
    return {state: number for state, number in found.items() if number}


def try_again_now() -> None:
    """As if the minutes were over that are waited before another try."""
    Message.objects.filter(state=Message.State.DEFERRED).update(not_before=timezone.now())
    Campaign.objects.filter(next_try_at__isnull=False).update(next_try_at=timezone.now())


def rows() -> list[Row]:
    return [Row(*each) for each in Message.objects.values_list("recipient", "state", "reason")]


def stale_orders(patience: float = 90.0) -> int:
    """How many orders do not say what became of their mails, once the sweep had time to bring them up to date."""
    ends = time.monotonic() + patience
    while Message.objects.filter(status_due=True).exists() and time.monotonic() < ends:
        time.sleep(0.5)
    keys = list(StoreOrder.objects.order_by("pk").values_list("pk", flat=True))
    return sum(len(changed_statuses(keys[start : start + 500])) for start in range(0, len(keys), 500))
