"""A list of which AliExpress orders were bought for which store order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from closedorders.orderfiles.cells import parse_aliexpress_numbers, parse_order_number

from ..columns import (
    ALIEXPRESS_NUMBER_HEADERS,
    ORDER_NUMBER_HEADERS,
    STATUS_HEADERS,
    TRACKING_HEADERS,
    Columns,
    normalised_header,
)
from ..issues import RowIssue
from ..records import ParsedLink
from ..row_reader import RowReader
from .base import Format, Outcome, Row

if TYPE_CHECKING:
    from ..reader import Reading

#: Titles of a list of orders. "Name" is one where another column is the order's number.
_OF_ORDERS = frozenset(
    {
        "name", "nombre", "customer", "customer name", "client", "buyer", "cliente", "nombre del cliente", "comprador",
        "email", "e mail", "customer email", "correo", "correo electronico",
        "total", "order total", "amount", "price", "importe", "precio", "cost", "coste",
        "product", "product name", "item", "producto", "articulo",
    }
)  # fmt: skip


_TELLING_MORE = _OF_ORDERS.union(STATUS_HEADERS, TRACKING_HEADERS)


class OrderLinks(Format):
    """Two columns: the store's order number, and the AliExpress order numbers bought for it.

    Others are passed over, but not where they say who bought what for how much, or what became of it: that is a list
    of orders.
    """

    key = "order_links"
    title = "Store orders and their AliExpress numbers"
    table = {
        "number": ((*ORDER_NUMBER_HEADERS, "name"),),
        "aliexpress": (ALIEXPRESS_NUMBER_HEADERS,),
    }
    required = ("number", "aliexpress")
    telling = frozenset({"aliexpress"})
    grouped = False

    def score(self, columns: Columns) -> int:
        others = (title for at, title in enumerate(columns.header) if at not in columns.used)
        return 0 if _TELLING_MORE.intersection(map(normalised_header, others)) else super().score(columns)

    def missing(self, columns: Columns) -> str:
        return "order" if "aliexpress" in columns.fields and "number" not in columns.fields else ""

    def build(self, block: list[Row], ragged: Mapping[int, RowIssue], reading: Reading) -> Outcome:
        outcome = Outcome()
        for line, row in block:
            if line in ragged:
                outcome.reject([ragged[line]])
                continue
            reader = RowReader(reading, line, row)
            number = reader.value("number", parse_order_number, required=True)
            numbers = reader.value("aliexpress", parse_aliexpress_numbers, required=True)
            if reader.issues or number is None or numbers is None:
                outcome.reject(reader.issues)
            elif reading.seen_at("\n".join((number, *sorted(numbers))), [], line) != line:
                outcome.duplicate += 1
            else:
                outcome.accepted += 1
                outcome.items.append(ParsedLink((line,), number, numbers, tuple(row)))
        return outcome
