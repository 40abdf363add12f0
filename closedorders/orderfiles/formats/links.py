"""A list of which AliExpress orders were bought for which store order."""

from __future__ import annotations

from ..cell_columns import CellColumns
from ..columns import Columns, normalised_header
from ..fields import (
    ALIEXPRESS_NUMBER_TITLES,
    LINK_FIELDS,
    ORDER_NUMBER_TITLES,
    SUPPLIER_ORDER_FIELDS,
)
from ..records import ParsedLink
from .base import Format

#: Titles of a list of orders. "Name" is one where another column is the order's number.
_OF_ORDERS = frozenset(
    {
        "name", "nombre", "customer", "customer name", "client", "buyer", "cliente", "nombre del cliente", "comprador",
        "email", "e mail", "customer email", "correo", "correo electronico",
        "total", "order total", "amount", "price", "importe", "precio", "cost", "coste",
        "product", "product name", "item", "producto", "articulo",
    }
)  # fmt: skip


_TELLING_MORE = _OF_ORDERS.union(*(SUPPLIER_ORDER_FIELDS[name].titles for name in ("status", "tracking")))


class OrderLinks(Format):
    """Two columns: the store's order number, and the AliExpress order numbers bought for it.

    Others are passed over, but not where they say who bought what for how much, or what became of it: that is a list
    of orders.
    """

    registry = LINK_FIELDS
    key = "order_links"
    title = "Store orders and their AliExpress numbers"
    table = {
        "number": ((*ORDER_NUMBER_TITLES, "name"),),
        "aliexpress": (ALIEXPRESS_NUMBER_TITLES,),
    }
    required = ("number", "aliexpress")
    telling = frozenset({"aliexpress"})
    grouped = False

    def score(self, columns: Columns) -> int:
        others = (title for at, title in enumerate(columns.header) if at not in columns.used)
        return 0 if _TELLING_MORE.intersection(map(normalised_header, others)) else super().score(columns)

    def missing(self, columns: Columns) -> str:
        return "order" if "aliexpress" in columns.fields and "number" not in columns.fields else ""

    def links(self, cells: CellColumns) -> list[ParsedLink]:
        numbers = zip(cells.rows, cells.read("number"), cells.read("aliexpress"), strict=True)
        return [ParsedLink((line,), number, bought, tuple(row)) for (line, row), number, bought in numbers]
