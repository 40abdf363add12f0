"""Rows for tests, made directly and with defaults; each call makes a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from closedorders.accounts.models import Membership, Role, Team, User
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.orders.models import BuyerAccount, Customer, Store, StoreOrder, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

PASSWORD = "calm-on-a-bad-day"
_numbers = count(1)


def make_user(email: str = "", **fields: Any) -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@example.com", PASSWORD, **fields)


def make_team(name: str = "", **fields: Any) -> Team:
    number = next(_numbers)
    return Team.objects.create(name=name or f"Team {number}", slug=f"team-{number}", **fields)


def make_member(team: Team, role: str = Role.MERCHANT, user: User | None = None) -> Membership:
    return Membership.objects.create(team=team, user=user or make_user(), role=role)


def make_store(team: Team, **fields: Any) -> Store:
    defaults = {
        "name": f"Store {next(_numbers)}",
        "currency": "EUR",
        "sender_name": "Casa Luna",
        "sender_email": "hello@casaluna.example",
    }
    return Store.objects.create(team=team, **(defaults | fields))


def make_buyer_account(team: Team, label: str = "", **fields: Any) -> BuyerAccount:
    return BuyerAccount.objects.create(team=team, label=label or f"Account {next(_numbers)}", **fields)


def make_customer(
    store: Store, name: str = "María García", email: str | None = None, **fields: Any
) -> Customer:
    if email is None:
        email = f"customer{next(_numbers)}@example.com"
    key = f"email:{email}" if email else f"order:{next(_numbers)}"
    # As if the file said it, so that no country decides it.
    fields.setdefault("language", store.language)
    return Customer.objects.create(store=store, name=name, email=email, key=key, **fields)


def make_store_order(store: Store, customer: Customer | None = None, **fields: Any) -> StoreOrder:
    defaults: dict[str, Any] = {
        "number": f"#{1000 + next(_numbers)}",
        "currency": "EUR",
        "subtotal": Decimal("40.00"),
        "shipping": Decimal("5.00"),
        "total": Decimal("45.00"),
        "placed_at": timezone.now(),
        "ship_country": "ES",
    }
    return StoreOrder.objects.create(
        store=store, team=store.team, customer=customer or make_customer(store), **(defaults | fields)
    )


def make_supplier_order(team: Team, store_order: StoreOrder | None = None, **fields: Any) -> SupplierOrder:
    defaults: dict[str, Any] = {
        "number": f"{8_201_000_000_000_000 + next(_numbers)}",
        "currency": "USD",
        "cost": Decimal("12.90"),
        "placed_at": timezone.now(),
    }
    return SupplierOrder.objects.create(team=team, store_order=store_order, **(defaults | fields))


def reason(code: str = "fraud_review") -> ClosureReason:
    return ClosureReason.objects.get(team=None, code=code)


def make_incident(
    team: Team,
    by: Membership,
    supplier_orders: Sequence[SupplierOrder] = (),
    *,
    reason: ClosureReason | None = None,
    buyer_account: BuyerAccount | None = None,
    closed_at: datetime | None = None,
) -> Incident:
    """An open incident with one open closure for each of `supplier_orders`."""
    incident = Incident.objects.create(
        team=team,
        number=next(_numbers),
        buyer_account=buyer_account or make_buyer_account(team),
        cause=reason,
        opened_by=by,
    )
    for order in supplier_orders:
        Closure.objects.create(
            team=team,
            supplier_order=order,
            incident=incident,
            reason=reason,
            closed_at=closed_at or timezone.now(),
            logged_by=by,
        )
    SupplierOrder.objects.filter(pk__in=[order.pk for order in supplier_orders]).update(closure_logged=True)
    refresh_status(order.store_order_id for order in supplier_orders)
    return incident
