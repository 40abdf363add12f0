"""Closed orders, and the addresses of the pages of orders."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from closedorders.orders.models import Store, StoreOrder
from tests.cast import Cast
from tests.factories import make_customer, make_incident, make_store_order, make_supplier_order, reason


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"orders:{name}", args=[cast.team.slug, *args])


def closed_order(
    cast: Cast, store: Store, number: str, email: str | None = None, **fields: Any
) -> StoreOrder:
    order = make_store_order(store, make_customer(store, email=email), number=number, **fields)
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, order)], reason=reason())
    return order
