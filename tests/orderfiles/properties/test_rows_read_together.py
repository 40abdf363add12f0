"""Rows that are read together are read as one by one."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closedorders.orderfiles.cell_columns import CellColumns
from closedorders.orderfiles.formats.custom import column_keys
from closedorders.orderfiles.formats.shopify import ShopifyOrders
from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.reader import FIRST_ROWS, FormatOf
from closedorders.orderfiles.records import ParsedStoreOrder
from closedorders.orderfiles.samples import shopify_csv
from tests.orderfiles.properties.kinds import OTHER_KINDS, named_by_hand, tables_of
from tests.orderfiles.properties.readings import assert_the_same, few, read, read_together
from tests.orderfiles.properties.shopify_tables import Table, tables


@few
@given(table=tables(), rows_at_once=st.sampled_from((4, 256)))
def test_orders_read_together_are_those_read_one_by_one(table: Table, rows_at_once: int) -> None:
    content = table.file()
    assert_the_same(read_together(content, rows_at_once), read_together(content, 1))


@pytest.mark.parametrize("name", OTHER_KINDS)
@settings(few, max_examples=10)
@given(data=st.data())
def test_orders_of_any_kind_read_together_are_those_read_one_by_one(name: str, data: st.DataObject) -> None:
    kind = OTHER_KINDS[name]
    content = kind.write(data.draw(tables_of(kind)))
    assert_the_same(read_together(content, 256, kind.own_format), read_together(content, 1, kind.own_format))


#: Fields of orders, and the columns of Shopify's file that a person could name so.
BY_HAND = {
    "placed_at": "Created at", "customer_name": "Billing Name", "email": "Email", "phone": "Phone", "total": "Total",
    "country": "Shipping Country", "currency": "Currency", "financial_status": "Financial Status", "note": "Notes",
    "paid_at": "Paid at", "tags": "Tags", "line_name": "Lineitem name", "line_quantity": "Lineitem quantity",
    "line_price": "Lineitem price",
}  # fmt: skip
PAYMENT_WORDS = ("Paid", "pagado", "Bezahlt", "Refunded", "en espera", "cancelled", "???")


@st.composite
def named_tables(draw: st.DrawFn) -> tuple[Table, FormatOf]:
    """Rows as above in which a person named the number's column and some of the others."""
    table = draw(tables())
    keys = dict(zip(table.header, column_keys(table.header), strict=True))
    names = {field: keys[title] for field, title in BY_HAND.items() if title in keys}
    away = draw(st.sets(st.sampled_from(sorted(names)), max_size=4))
    mapping = {"number": keys["Name"], **{name: key for name, key in names.items() if name not in away}}
    if "Financial Status" in table.header:
        at = table.header.index("Financial Status")
        for row in table.rows:
            if len(row) > at and draw(st.booleans()):
                row[at] = draw(st.sampled_from(PAYMENT_WORDS))
    return table, named_by_hand("store_orders", mapping)


@few
@given(named=named_tables(), rows_at_once=st.sampled_from((4, 256)))
def test_columns_named_by_hand_are_read_together_as_one_by_one(
    named: tuple[Table, FormatOf], rows_at_once: int
) -> None:
    table, own_format = named
    content = table.file()
    together = read_together(content, rows_at_once, own_format)
    assert together[0].format.key == "mapped_store_orders"
    assert_the_same(together, read_together(content, 1, own_format))


def test_a_bad_order_leaves_those_it_is_read_with_alone() -> None:
    header, *rows = csv.reader(io.StringIO(shopify_csv(orders=300, start=date(2025, 2, 1)).decode()))
    whole = {
        item.number: item
        for item in read(Table(header, rows).file())[1]
        if isinstance(item, ParsedStoreOrder)
    }
    numbers = list(dict.fromkeys(row[0] for row in rows))
    bad = [
        (50, "Total", "x", "invalid_amount"),
        (120, "Currency", "EURO", "unknown_currency"),
        (200, "Lineitem price", "-1", "negative_amount"),
        (250, "Email", "a@b", "invalid_email"),
    ]
    for at, title, cell, _ in bad:
        next(row for row in rows if row[0] == numbers[at])[header.index(title)] = cell
    next(row for row in rows if row[0] == numbers[270]).append("one too many")
    reading, items = read(Table(header, rows).file())
    refused = [numbers[at] for at in (50, 120, 200, 250, 270)]
    orders = {item.number: item for item in items if isinstance(item, ParsedStoreOrder)}
    assert orders == {number: order for number, order in whole.items() if number not in refused}
    assert reading.rows_rejected == sum(1 for row in rows if row[0] in refused)
    found = [item for item in items if isinstance(item, RowIssue) and item.code != "first_row_rejected"]
    assert [(item.cells[0], item.column, item.value, item.code) for item in found[:4]] == [
        (numbers[at], title, cell, code) for at, title, cell, code in bad
    ]
    assert [(item.cells[0], item.code) for item in found[4:]] == [(numbers[270], "ragged_row")]


def test_orders_of_long_cells_are_not_held_in_memory_together() -> None:
    header, *rows = csv.reader(io.StringIO(shopify_csv(orders=100, start=date(2025, 2, 1)).decode()))
    rows = [row for row in rows if row[header.index("Total")]]
    for row in rows:
        row[header.index("Note Attributes")] = "x" * 60_000
    together: list[int] = []
    orders = ShopifyOrders.orders

    def watched(format: ShopifyOrders, cells: CellColumns) -> list[ParsedStoreOrder]:
        together.append(len(cells.rows))
        return orders(format, cells)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ShopifyOrders, "orders", watched)
        patch.setattr("closedorders.orderfiles.reader._BYTES_AT_ONCE", 150_000)
        read(Table(header, rows).file())
    assert sum(together) == len(rows)
    assert max(together) <= FIRST_ROWS + 5, "the first rows are read before all others"
