"""The lines of an order: as they are kept, and what the migration makes of those that had a table of their own."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.core import serializers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.accounts.models import Membership
from closedorders.orders.models import StoreOrder
from closedorders.orders.order_lines import OrderLine
from closedorders.outreach.models import Kind
from tests.cast import Cast
from tests.factories import make_store, make_store_order
from tests.imports.files import csv_file, import_file, preview, shopify_row
from tests.outreach.scenes import draft, make_ready, make_scene, sending

LINES = [
    OrderLine('10" stand, "white" \\ grün 灯', "S-1", "Casa Luna", 2, Decimal("12.500")),
    OrderLine("Bulb\n(warm)", price=Decimal("99999999999.999")),
    OrderLine("Gift"),
]


def test_lines_come_back_as_they_were_given(cast: Cast) -> None:
    order = make_store_order(make_store(cast.team), lines=LINES)
    assert StoreOrder.objects.get(pk=order.pk).lines == LINES
    assert StoreOrder.objects.values_list("lines", flat=True).get() == LINES


def test_lines_come_back_from_a_written_copy_of_the_database(cast: Cast) -> None:
    order = make_store_order(make_store(cast.team), lines=LINES)
    (copy,) = serializers.deserialize("json", serializers.serialize("json", [order]))
    assert isinstance(copy.object, StoreOrder)
    assert copy.object.lines == LINES


def test_lines_are_kept_as_the_file_has_them(cast: Cast) -> None:
    rows = [
        shopify_row(
            **{
                "Lineitem name": line.name,
                "Lineitem sku": line.sku,
                "Vendor": line.vendor,
                "Lineitem quantity": str(line.quantity),
                "Lineitem price": "" if line.price is None else str(line.price),
                "Currency": "KWD",
            }
        )
        for line in LINES
    ]
    for row in rows[1:]:
        row |= dict.fromkeys(("Financial Status", "Currency", "Total", "Subtotal"), "")
    import_file(csv_file(rows), store=make_store(cast.team), by=cast.assistant)
    assert StoreOrder.objects.get().lines == LINES


def test_what_is_longer_than_a_line_keeps_is_no_change_when_it_comes_again(cast: Cast) -> None:
    store = make_store(cast.team)
    row = shopify_row(Lineitem_name="Lamp " * 150, Lineitem_sku="S" * 250) | {"Vendor": "Casa " * 50}
    import_file(csv_file([row]), store=store, by=cast.assistant)
    (line,) = StoreOrder.objects.get().lines
    assert (len(line.name), len(line.sku), len(line.vendor)) == (500, 200, 200)
    again = preview(csv_file([row]), store=store, by=cast.assistant)
    assert (again.orders_changed, again.orders_unchanged) == (0, 1)


def test_lines_are_not_read_where_nobody_sees_them(
    cast: Cast, client_of: Callable[[Membership | None], Client]
) -> None:
    scene, other = make_scene(cast.merchant), make_scene(cast.merchant)
    drafted, started = make_ready(draft(scene), cast.merchant), sending(other, Kind.RESOLUTION)
    pages: list[tuple[str, list[int]]] = [
        ("orders:orders", []),
        ("closures:closures", []),
        ("dashboard:today", []),
        ("incidents:incident", [scene.incident.number]),
        ("outreach:campaign", [drafted.pk]),
        ("outreach:campaign", [started.pk]),
        ("outreach:refunds", []),
        ("outreach:refunds_file", []),
    ]
    browser = client_of(cast.merchant)
    reading = []
    for name, arguments in pages:
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(reverse(name, args=[cast.team.slug, *arguments]))
            assert answer.status_code == 200
            if answer.streaming:
                assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # A streaming answer has it.
        reading += [name for each in queries if '"lines"' in each["sql"]]
    assert reading == []
