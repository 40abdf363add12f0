"""Every kind of file: told by its header in any order of columns, and taken the whole way into the database."""

from __future__ import annotations

from decimal import Decimal

import pytest

from closedorders.imports.models import Import
from closedorders.orderfiles.formats.recognition import FORMATS
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from closedorders.orders.order_lines import OrderLine
from tests.cast import Cast
from tests.factories import make_store
from tests.imports.files import (
    counts,
    everything,
    issues,
    links,
    preview,
    read,
    save,
    store_orders,
    supplier_orders,
)
from tests.orderfiles import kind_files
from tests.orderfiles.kind_files import KINDS

EVERY_KIND = pytest.mark.parametrize("name", KINDS)


def test_every_format_has_a_file_here() -> None:
    assert {key for key, _ in KINDS.values()} == {each.key for each in FORMATS}


@EVERY_KIND
def test_a_file_reads_the_same_in_any_order_of_columns(name: str) -> None:
    key, make = KINDS[name]
    reading, items = read(make(), default_currency="EUR")
    assert reading.format.key == key
    for seed in range(5):
        shuffled, its_items = read(make(shuffled=seed), default_currency="EUR")
        assert shuffled.format.key == key
        assert counts(shuffled) == counts(reading)
        for known in (store_orders, supplier_orders):
            assert known(its_items) == known(items)
        assert [each.aliexpress_numbers for each in links(its_items)] == [
            each.aliexpress_numbers for each in links(items)
        ]


@EVERY_KIND
def test_nothing_but_the_refunds_row_is_refused(name: str) -> None:
    _, make = KINDS[name]
    _, items = read(make(), default_currency="EUR")
    assert [code for *_, code in issues(items)] == (["refund_row"] if name == "Analytics" else [])


# --- The whole way ---

#: Kind -> what it leaves behind: store orders, their lines, supplier orders.
LEFT_BEHIND = {
    "Shopify": (1, 2, 1),
    "Analytics": (2, 3, 0),
    "WebToffee": (2, 3, 1),
    "Advanced Order Export": (1, 2, 1),
    "DSers": (1, 2, 1),
    "extension": (0, 0, 2),
    "extension, JSON": (0, 0, 1),
    "userscript": (0, 0, 1),
    "userscript, products as JSON": (0, 0, 1),
    "userscript, orders as JSON": (0, 0, 1),
    "list of orders": (0, 0, 1),
    "data backup": (0, 0, 1),
}


def lines() -> list[OrderLine]:
    return [line for order in StoreOrder.objects.order_by("number") for line in order.lines]


def there_are() -> tuple[int, int, int]:
    return StoreOrder.objects.count(), len(lines()), SupplierOrder.objects.count()


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_a_file_of_each_kind_is_uploaded_read_saved_and_adds_nothing_twice(cast: Cast, name: str) -> None:
    key, make = KINDS[name]
    store = make_store(cast.team)
    source = preview(make(), store=store, by=cast.assistant)
    refunds = 1 if name == "Analytics" else 0
    assert (source.state, source.format) == (Import.State.PREVIEWED, key)
    assert there_are() == (0, 0, 0), "nothing before it is saved"
    new = source.orders_new
    saved = save(source, by=cast.assistant)
    assert (saved.state, saved.orders_new, saved.orders_changed) == (Import.State.COMMITTED, new, 0)
    assert saved.rows_rejected == refunds
    assert there_are() == LEFT_BEHIND[name]
    before = everything()
    again = save_if_any(preview(make(shuffled=4), store=store, by=cast.assistant), cast)
    assert (again.orders_new, again.orders_changed, again.rows_rejected) == (0, 0, refunds)
    assert everything() == before


def test_links_join_what_other_files_brought(cast: Cast) -> None:
    store = make_store(cast.team)
    for content in (kind_files.shopify_file(), kind_files.extension_file(), kind_files.links_file()):
        save(preview(content, store=store, by=cast.assistant), by=cast.assistant)
    assert there_are() == (1, 2, 2)
    assert set(SupplierOrder.objects.values_list("number", "store_order__number")) == {
        ("8201447122035519", "#AP-516073"),
        ("8201447122035527", "#AP-516073"),
    }
    again = preview(kind_files.links_file(), store=store, by=cast.assistant)
    assert (again.orders_new, again.orders_changed) == (0, 0)


def test_a_product_number_never_takes_the_place_of_a_products_name(cast: Cast) -> None:
    """DSers's template names products by SKU, or by their number where they have none."""
    store = make_store(cast.team)
    shop = kind_files.shopify_file().decode().replace("#AP-516073", "#1001")
    save(preview(shop.encode(), store=store, by=cast.assistant), by=cast.assistant)
    save_if_any(preview(kind_files.dsers_file(), store=store, by=cast.assistant), cast)
    assert {line.name for line in lines()} == {"Wireless earbuds - White", "Mug"}


def test_a_sku_that_is_known_brings_its_new_quantity_and_keeps_its_name(cast: Cast) -> None:
    store = make_store(cast.team)
    export = kind_files.webtoffee_file().decode().replace("3051,3051", "3051,#1001")
    save(preview(export.encode(), store=store, by=cast.assistant), by=cast.assistant)
    more = kind_files.dsers_file().decode().replace("L-1,2,", "L-1,3,")
    save(preview(more.encode(), store=store, by=cast.assistant), by=cast.assistant)
    assert [
        (line.name, line.sku, line.quantity) for line in StoreOrder.objects.get(number="#1001").lines
    ] == [
        ("Lamp", "L-1", 3),
        ("Mug | blue", "M-1", 1),
    ]


def test_what_a_kind_does_not_tell_stays_as_another_told_it(cast: Cast) -> None:
    """The same order from an export, then from a report without e-mail, SKUs and prices."""
    store: Store = make_store(cast.team)
    report = (
        kind_files.analytics_file().decode().replace("Lamp, white", "Lamp").replace("1× Mug", "1× Mug | blue")
    )
    for content in (kind_files.webtoffee_file(), report.encode()):
        save(preview(content, store=store, by=cast.assistant), by=cast.assistant)
    order = StoreOrder.objects.get(number="3051")
    assert (order.total, order.subtotal, order.customer and order.customer.email) == (
        Decimal("39.85"),
        Decimal("34.90"),
        "maria@example.com",
    )
    assert {line.sku for line in order.lines} == {"L-1", "M-1"}


def save_if_any(source: Import, cast: Cast) -> Import:
    """Saved where there is something to save; a file that changes nothing has no button either."""
    if source.orders_new + source.orders_changed:
        return save(source, by=cast.assistant)
    return source
