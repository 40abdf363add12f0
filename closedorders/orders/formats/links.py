"""A list of which AliExpress orders were bought for which store order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from closedorders.orders.values import parse_aliexpress_numbers, parse_order_number

from .base import Format, Outcome, Row
from .columns import ALIEXPRESS_NUMBER_HEADERS, Columns
from .issues import RowIssue
from .parsed import ParsedLink
from .row_reader import RowReader

if TYPE_CHECKING:
    from .reading import Reading


class OrderLinks(Format):
    """Two columns: the store's order number, and the AliExpress order numbers bought for it."""

    key = "order_links"
    title = "Store orders and their AliExpress numbers"
    table = {
        "number": (
            (
                "store order number", "store order", "shop order", "shopify order", "shopify order number",
                "woocommerce order", "order number", "order name", "order", "order no", "name",
                "numero de pedido", "pedido", "pedido tienda", "pedido de la tienda", "n pedido", "no pedido",
            ),
        ),
        "aliexpress": (ALIEXPRESS_NUMBER_HEADERS,),
    }  # fmt: skip
    required = ("number", "aliexpress")
    telling = frozenset({"aliexpress"})
    grouped = False

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
