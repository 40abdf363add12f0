"""The orders list as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.models import Team
from closedorders.core.files.workbook_export import Cell
from closedorders.core.money import quantize
from closedorders.core.paging import PAGE_SIZE, capped_count

from ..masking import SeenSupplierOrder
from .cells import COLUMNS
from .filters import Listing
from .rows import ListedOrder, OrderRow, for_rows, order_rows

#: Rows of one export; more is a job for the shop's own export. A workbook is there only once it is written whole.
EXPORT_CAPS = {"csv": 100_000, "xlsx": 20_000}
_EXPORT_CHUNK = PAGE_SIZE
_EXPORTED: Mapping[str, tuple[str | Promise, ...]] = {
    "customer": (gettext_lazy("Customer"), gettext_lazy("E-mail")),
    "total": (gettext_lazy("Total"), gettext_lazy("Currency")),
    "aliexpress": (
        gettext_lazy("AliExpress order numbers"),
        gettext_lazy("Status at AliExpress"),
        gettext_lazy("At AliExpress"),
    ),
    "standing": (gettext_lazy("Money"), gettext_lazy("Customer told")),
}


def is_too_long(listing: Listing, most: int) -> bool:
    """Whether more orders are asked for than an export takes: a file that ends early looks complete."""
    orders: QuerySet[Any] = listing.supplier_orders() if listing.of_aliexpress else listing.store_orders()
    return capped_count(orders, most + 1) > most


def export_rows(listing: Listing, columns: list[str]) -> Iterator[list[Cell]]:
    """A title row, then each order as the screen shows it to this person, a page of them in memory at a time."""
    return _bought_rows(listing) if listing.of_aliexpress else _order_rows(listing, columns)


def _bought_rows(listing: Listing) -> Iterator[list[Cell]]:
    yield [
        _("AliExpress order"), _("Order"), _("Product"), _("Supplier"), _("Buyer account"), _("Status at AliExpress"),
        _("Cost"), _("Currency"), _("Placed on"), _("Tracking number"),
    ]  # fmt: skip
    orders = listing.supplier_orders().with_their_own()
    for each in orders.order_by("-pk")[: EXPORT_CAPS["csv"]].iterator(chunk_size=_EXPORT_CHUNK):
        seen = SeenSupplierOrder.of(each, listing.sight)
        yield [
            each.number,
            each.store_order.number if each.store_order else "",
            seen.title,
            seen.supplier,
            str(each.buyer_account or ""),
            seen.status,
            "" if each.cost is None else quantize(each.cost, each.currency),
            each.currency,
            _moment(each.placed_at, listing.team),
            seen.tracking_number,
        ]


def _moment(moment: datetime | None, team: Team) -> Cell:
    return timezone.localtime(moment, team.zone) if moment else ""


def _order_rows(listing: Listing, columns: list[str]) -> Iterator[list[Cell]]:
    titles: list[Cell] = [_("Order"), _("Placed on"), _("Days late")]
    for name in columns:
        titles += map(str, _EXPORTED.get(name, (COLUMNS[name],)))
    yield titles
    orders = listing.store_orders().in_order(listing.sort)[: EXPORT_CAPS["csv"]]
    chunk: list[ListedOrder] = []
    for order in for_rows(orders, columns, found_sorted=listing.found_sorted).iterator(
        chunk_size=_EXPORT_CHUNK
    ):
        chunk.append(order)
        if len(chunk) == _EXPORT_CHUNK:
            yield from _exported(chunk, listing, columns)
            chunk = []
    yield from _exported(chunk, listing, columns)


def _exported(orders: list[ListedOrder], listing: Listing, columns: list[str]) -> Iterator[list[Cell]]:
    for row in order_rows(orders, listing.sight, today=listing.today, columns=columns):
        order = row.order
        cells: list[Cell] = [
            order.number,
            _moment(order.placed_at, listing.team),
            Decimal(row.late) if row.late else "",
        ]
        for name in columns:
            cells += _cells(row, name)
        yield cells


def _cells(row: OrderRow, column: str) -> list[Cell]:
    order = row.order
    match column:
        case "customer":
            return [row.name, row.email]
        case "total":
            return [
                "" if order.total is None else quantize(order.total, order.currency),
                order.currency,
            ]
        case "aliexpress":
            return [
                " ".join(each.number for each in row.bought),
                ", ".join(each.status for each in row.bought if each.status),
                str(row.supplier.label),
            ]
        case "standing":
            return [str(row.money.label), str(row.told.label)]
        case "promised":
            return [order.promised_by or ""]
        case "store":
            return [order.store__name]
        case "account":
            return [", ".join(sorted({each.account for each in row.bought if each.account}))]
        case "tracking":
            return [" ".join(each.tracking_number for each in row.bought if each.tracking_number)]
        case "country":
            return [order.ship_country]
        case _:
            return [row.tags]
