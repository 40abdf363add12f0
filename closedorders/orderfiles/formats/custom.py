"""A file of no known kind, read as a person named its columns.

A mapping is field -> column, and a column is named by its key (`column_keys`): the normalised header title, so that a
file whose columns were moved about is still read. Rows become orders as in the format whose kind they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..columns import Columns, normalised_header
from .aliexpress import AliExpressOrders
from .base import Format
from .links import OrderLinks
from .shopify import ShopifyOrders
from .woocommerce import payment_state


def column_keys(header: Sequence[str]) -> tuple[str, ...]:
    """One key per column, each different: the normalised title, numbered where a title comes again."""
    keys: list[str] = []
    for title in header:
        bare = normalised_header(title) or title.strip().casefold()
        key, again = bare, 1
        while key in keys or not key:
            again += 1
            key = f"{bare} ({again})"
        keys.append(key)
    return tuple(keys)


def header_key(header: Sequence[str]) -> str:
    """What a profile is found by: equal for headers of the same titles in any order, case and accents."""
    return hashlib.sha256("\n".join(sorted(column_keys(header))).encode()).hexdigest()


class MappedColumns(Format):
    """What the kinds share: a table made by hand in place of known spellings."""

    telling = frozenset()

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.table = {name: ((key,),) for name, key in mapping.items()}

    def columns(self, header: Sequence[str]) -> Columns:
        return Columns(self.table, header, keys=column_keys(header))


class MappedStoreOrders(MappedColumns, ShopifyOrders):
    key = "mapped_store_orders"
    title = "Store orders, columns named by hand"
    telling = frozenset()
    sign_in = ("total",)
    # Nor is what is blank in it known to be gone.
    erasable = Format.erasable
    # In a file of unknown making a blank status is no sign of a further row: the first one leads.
    always_marked = False
    signed_in_refunds = ("total", "line_quantity")

    def statuses(self, values: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[str | None]]:
        return {"financial_status": list(map(payment_state, values["financial_status"]))}


class MappedAliExpressOrders(MappedColumns, AliExpressOrders):
    key = "mapped_aliexpress_orders"
    title = "AliExpress orders, columns named by hand"
    required = ("number",)
    telling = frozenset()


class MappedOrderLinks(MappedColumns, OrderLinks):
    key = "mapped_order_links"
    title = "Store orders and their AliExpress numbers, columns named by hand"
    telling = frozenset()


#: Kind of rows -> the format that reads them.
MAPPED: Mapping[str, type[MappedColumns]] = {
    "store_orders": MappedStoreOrders,
    "aliexpress_orders": MappedAliExpressOrders,
    "order_links": MappedOrderLinks,
}

#: Kind of rows -> the fields a column can be named, in the order a person is offered them.
MAPPED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "store_orders": (
        "number", "placed_at", "customer_name", "customer_last_name", "email", "phone", "country", "total", "currency",
        "subtotal", "shipping", "refunded", "financial_status", "fulfillment_status", "paid_at", "cancelled_at",
        "payment_method", "aliexpress", "line_name", "line_quantity", "line_price", "line_sku", "line_vendor", "note",
        "tags", "external_id", "discount_code", "language",
    ),
    "aliexpress_orders": (
        "number", "placed_at", "status", "tracking", "cost", "currency", "supplier_name", "supplier_url", "line_name",
        "line_quantity", "price", "line_sku", "store_order",
    ),
    "order_links": ("number", "aliexpress"),
}  # fmt: skip


def required_fields(kind: str) -> tuple[str, ...]:
    return MAPPED[kind].required


def mapped_format(kind: str, mapping: Mapping[str, str]) -> Format:
    """The format for a mapping of columns that are there, the required fields among them."""
    return MAPPED[kind](mapping)


def fits(mapping: Mapping[str, str], header: Sequence[str]) -> bool:
    """Whether a file with this header has every column the mapping names."""
    return set(mapping.values()) <= set(column_keys(header))
