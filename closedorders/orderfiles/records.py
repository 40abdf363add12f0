"""What a file is read into: store orders, supplier orders and the links between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from .issues import RowIssue


class ParsedLine(NamedTuple):  # A dataclass that cannot change takes three times as long to make.
    """One product of an order. `price` is for one piece, in the order's currency."""

    name: str
    sku: str | None
    vendor: str | None
    quantity: int
    price: Decimal | None


class ParsedStoreOrder(NamedTuple):  # As `ParsedLine`: big files have a million.
    """What a customer bought. `source_lines` are the file lines its rows start at; times are UTC."""

    source_lines: tuple[int, ...]
    number: str
    external_id: str | None
    email: str | None
    phone: str | None
    customer_name: str | None
    country: str | None
    currency: str
    #: Whether the file tells it, by its cell or an amount's sign; else it is what was taken for granted.
    currency_told: bool
    subtotal: Decimal | None
    shipping: Decimal | None
    total: Decimal | None
    refunded: Decimal | None
    placed_at: datetime | None
    paid_at: datetime | None
    cancelled_at: datetime | None
    financial_status: str | None
    fulfillment_status: str | None
    payment_method: str | None
    discount_code: str | None
    #: Which one the customer reads, as two letters.
    language: str | None
    tags: str | None
    note: str | None
    aliexpress_numbers: tuple[str, ...]
    lines: tuple[ParsedLine, ...]


@dataclass(frozen=True, slots=True)
class ParsedSupplierOrder:
    """What was bought at AliExpress. `status` as worded there; `status_code` is one of `SUPPLIER_STATUSES`, "" if new.

    `placed_at` is UTC, and the start of the day in the team's zone where the file gives a date alone (`date_only`).
    `cost` is what the file tells: the order's total, or else its lines added up, without shipping and discounts.
    """

    source_lines: tuple[int, ...]
    number: str
    placed_at: datetime | None
    date_only: bool
    status: str | None
    status_code: str
    supplier_name: str | None
    supplier_url: str | None
    currency: str
    #: Whether the file itself tells it: the store's is taken else.
    currency_told: bool
    cost: Decimal | None
    tracking: str | None
    lines: tuple[ParsedLine, ...]
    #: The order of the shop that it was bought for, "" where the file does not say. With it, the rows themselves.
    store_order_number: str = ""
    cells: tuple[tuple[str, ...], ...] = ()
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedLink:
    """AliExpress order numbers of one store order; several rows may add to one. `cells` is the row."""

    source_lines: tuple[int, ...]
    store_order_number: str
    aliexpress_numbers: tuple[str, ...]
    cells: tuple[str, ...] = ()


ParsedOrder = ParsedStoreOrder | ParsedSupplierOrder | ParsedLink
Item = ParsedOrder | RowIssue
