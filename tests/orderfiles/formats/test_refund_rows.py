"""A row that is a refund is its order's, wherever it stands, and never its date, total or product."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import permutations

import pytest

from closedorders.orderfiles.formats.custom import column_keys, mapped_format
from closedorders.orderfiles.records import ParsedStoreOrder
from tests.imports.files import counts, issues, read, store_orders

ANALYTICS = 'Date,"Order #","N. Revenue (formatted)","N. Revenue",Status,Customer,"Product(s)","Items sold",Coupon(s)\n'
ANALYTICS_ROWS = (
    '"2026-02-07 12:30:00",3101,"57,00 € 42,00 €",\'-15.00,completed,Ana,"-1× Mug",-1,\n',
    '"2026-02-03 10:14:00",3101,"57,00 € 42,00 €",52.00,completed,Ana,"2× Mug, 1× Lamp",3,WELCOME\n',
    '"2026-02-02 09:00:00",3100,"27,00 €",22.00,processing,Luis,"1× Lamp",1,\n',
)
ADVANCED = (
    "Order Number,Order Status,Order Date,First Name (Billing),Email (Billing),Name,SKU,Quantity,Item Cost,"
    "Order Line Total,Order Total Amount,Currency\n"
)
ADVANCED_ROWS = (
    "41,Completed,2026-02-03 10:00,Ana,ana@example.com,Mug,M,2,10.00,20.00,50.00,EUR\n",
    "41,Completed,2026-02-03 10:00,Ana,ana@example.com,Lamp,L,1,30.00,30.00,50.00,EUR\n",
    "42,Completed,2026-02-04 10:00,Eva,eva@example.com,Mug,M,1,10.00,10.00,10.00,EUR\n",
    # One refund of two products, whose total each of its rows repeats, and another one.
    "41,Refunded,2026-02-05 10:00,Ana,ana@example.com,Mug,M,-1,10.00,-10.00,-40.00,EUR\n",
    "41,Refunded,2026-02-05 10:00,Ana,ana@example.com,Lamp,L,-1,30.00,-30.00,-40.00,EUR\n",
    "41,Refunded,2026-02-06 10:00,Ana,ana@example.com,,,,,,-5.00,EUR\n",
)


def told(orders: Iterable[ParsedStoreOrder]) -> dict[str, tuple[object, ...]]:
    return {
        order.number: (
            order.total,
            order.refunded,
            order.placed_at and order.placed_at.day,
            [(line.quantity, line.name) for line in order.lines],
        )
        for order in orders
    }


@pytest.mark.parametrize("rows", list(permutations(ANALYTICS_ROWS)))
def test_a_refund_of_woocommerces_report_is_its_orders_however_the_file_is_sorted(rows: tuple[str]) -> None:
    reading, items = read(ANALYTICS + "".join(rows))
    assert counts(reading) == (3, 3, 0, 0)
    assert told(store_orders(items)) == {
        "3101": (Decimal("57.00"), Decimal("15.00"), 3, [(2, "Mug"), (1, "Lamp")]),
        "3100": (Decimal("27.00"), Decimal(0), 2, [(1, "Lamp")]),
    }


def test_the_refund_counts_where_the_orders_own_row_says_nothing_of_it() -> None:
    rows = "".join(ANALYTICS_ROWS).replace(" 42,00 €", "")
    _, items = read(ANALYTICS + rows)
    assert told(store_orders(items))["3101"][:2] == (Decimal("57.00"), Decimal("15.00"))


@pytest.mark.parametrize("refunds_first", [False, True])
def test_refunds_of_the_advanced_export_are_added_up_and_counted_once_each(refunds_first: bool) -> None:
    rows = (*ADVANCED_ROWS[3:], *ADVANCED_ROWS[:3]) if refunds_first else ADVANCED_ROWS
    reading, items = read(ADVANCED + "".join(rows))
    assert counts(reading) == (6, 6, 0, 0)
    assert told(store_orders(items)) == {
        "41": (Decimal("50.00"), Decimal("45.00"), 3, [(2, "Mug"), (1, "Lamp")]),
        "42": (Decimal("10.00"), None, 4, [(1, "Mug")]),
    }


def test_a_refund_without_a_minus_is_told_by_its_mark_and_a_refunded_order_is_none() -> None:
    rows = (
        "41,Refunded,2026-02-05 10:00,Ana,ana@example.com,,,,,,15.00,EUR\n",
        ADVANCED_ROWS[0],
        "42,Refunded,2026-02-04 10:00,Eva,eva@example.com,Mug,M,1,10.00,10.00,10.00,EUR\n",
    )
    _, items = read(ADVANCED + "".join(rows))
    orders = told(store_orders(items))
    assert orders["41"][:3] == (Decimal("50.00"), Decimal("15.00"), 3)
    assert orders["42"][:3] == (Decimal("10.00"), None, 4), "refunded whole, and the order itself"


def test_webtoffees_refund_items_are_what_was_refunded() -> None:
    header = (
        "order_number,order_date,status,order_total,order_currency,billing_email,customer_note,refund_items"
    )
    row = "9,2026-02-03 10:00:00,completed,50.00,EUR,a@example.com,,{}"
    items = "amount:10.00|reason:Broken; again|date:2026-02-05 10:00:00;amount:-2.50|reason:|date:2026-02-06 10:00:00"
    _, found = read(f"{header}\n{row.format(items)}\n")
    assert store_orders(found)[0].refunded == Decimal("12.50")
    _, found = read(f"{header}\n{row.format('')}\n")
    assert store_orders(found)[0].refunded is None


def test_a_refund_line_of_a_file_named_by_hand_is_worth_its_pieces() -> None:
    header = ["Name", "Total", "Title", "Pieces", "Each"]
    names = dict(
        zip(("number", "total", "line_name", "line_quantity", "line_price"), column_keys(header), strict=True)
    )
    content = "Name,Total,Title,Pieces,Each\n#1,45.00,Mouse,2,20.00\n#1,,Mouse,-1,20.00\n"
    reading, items = read(
        content, own_format=lambda _: mapped_format("store_orders", names), default_currency="EUR"
    )
    assert told(store_orders(items)) == {"#1": (Decimal("45.00"), Decimal("20.00"), None, [(2, "Mouse")])}
    assert "refunded" in reading.fields


def test_a_refund_without_its_order_or_of_a_bad_one_is_a_bad_row() -> None:
    reading, items = read(ADVANCED + ADVANCED_ROWS[2] + ADVANCED_ROWS[5])
    assert issues(items) == [(3, "", "", "refund_row")]
    assert counts(reading) == (2, 1, 1, 0)
    reading, items = read(ADVANCED + ADVANCED_ROWS[5] + ADVANCED_ROWS[0].replace("2026-02-03 10:00", "soon"))
    assert {code for *_, code in issues(items)} == {"first_row_rejected", "invalid_date"}
    assert counts(reading) == (2, 0, 2, 0)
