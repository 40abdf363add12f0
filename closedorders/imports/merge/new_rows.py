"""New store orders and customers of a batch, and their rows column by column, as COPY takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import repeat
from typing import Any

from closedorders.orderfiles.records import ParsedStoreOrder
from closedorders.orders.models import Customer, StoreOrder
from closedorders.orders.order_lines import lines_to_insert
from closedorders.orders.status import money_state, supplier_state

from .base import Target
from .bulk_insert import Column, next_keys
from .compare import (
    CUSTOMER_TEXTS,
    TEXTS,
    VALUES,
)


@dataclass(slots=True, eq=False)
class NewCustomer:
    """A customer to be: a model's instance costs ten times as much, and a first import makes nothing else."""

    key: str
    name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    language: str = ""
    #: Once it is saved.
    pk: Any = None


@dataclass(slots=True, eq=False)
class NewOrder:
    """A store order to be. `linked` stands for it where AliExpress orders are joined to it."""

    parsed: ParsedStoreOrder
    owner: Customer | NewCustomer
    pk: Any = None
    linked: StoreOrder | None = None


def give_keys(customers: Sequence[NewCustomer], orders: Sequence[NewOrder]) -> None:
    """Set the keys that the rows will have once they are inserted."""
    keys = next_keys(Customer, len(customers))
    for customer, pk in zip(customers, keys, strict=True):
        customer.pk = pk
    keys = next_keys(StoreOrder, len(orders))
    for new, pk in zip(orders, keys, strict=True):
        new.pk = pk
        if new.linked is not None:
            new.linked.pk = pk


def columns_of_customers(new: Sequence[NewCustomer], target: Target, now: str) -> dict[str, Column]:
    return {
        "id": [each.pk for each in new],
        "store_id": repeat(target.store.pk),
        "key": [each.key for each in new],
        **{name: [getattr(each, name) for each in new] for _, name, _ in CUSTOMER_TEXTS},
        "edited_fields": repeat("[]"),
        "created_at": repeat(now),
    }


def columns_of_orders(new_orders: Sequence[NewOrder], target: Target, now: str) -> dict[str, Column]:
    parsed = [new.parsed for new in new_orders]
    # Column by column: asked for one by one, the fields of an order take three times as long.
    of_all = zip(*parsed, strict=True) if parsed else repeat(())
    told: dict[str, Sequence[Any]] = dict(zip(ParsedStoreOrder._fields, of_all, strict=False))
    paid, sent = told["financial_status"], told["fulfillment_status"]
    # As `status` has them for orders of which nothing else is known; linked ones are computed anew afterwards.
    money = {status: money_state(status or "", (), ()) for status in set(paid)}
    supplier = {status: supplier_state((), (), status or "") for status in set(sent)}
    return {
        "id": [new.pk for new in new_orders],
        "store_id": repeat(target.store.pk),
        "team_id": repeat(target.team.pk),
        "came_with_id": repeat(target.source.pk if target.source else None),
        "came_on_line": [lines[0] for lines in told["source_lines"]],
        "number": told["number"],
        "customer_id": [new.owner.pk for new in new_orders],
        "currency": told["currency"],
        **{name: told[name] for name in VALUES},
        **{name: [(text or "")[:length] for text in told[source]] for source, name, length in TEXTS},
        "promised_by": [_promised_by(order, target) for order in parsed],
        "lines": list(map(lines_to_insert, told["lines"])),
        "money_state": [money[status] for status in paid],
        "supplier_state": [supplier[status] for status in sent],
        "told_state": repeat(""),
        "lacks_reason": repeat(False),
        "untold": repeat(False),
        "edited_fields": repeat("[]"),
        "created_at": repeat(now),
        "updated_at": repeat(now),
    }


def _promised_by(parsed: ParsedStoreOrder, target: Target) -> date | None:
    """The day a new order is promised by, where its store promises one."""
    days = target.store.delivery_days
    if days is None or parsed.placed_at is None:
        return None
    return parsed.placed_at.astimezone(target.zone).date() + timedelta(days=days)
