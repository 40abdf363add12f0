"""Every kind of file: told by its header, read into exact orders, and taken the whole way into the database."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.orders import workbook_rows
from closedorders.orders.csv_rows import FileRefused
from closedorders.orders.formats import FORMATS, ColumnsUnknown, ParsedLine, ParsedStoreOrder, read_orders
from closedorders.orders.formats.sources import open_rows
from closedorders.orders.formats.woocommerce import shop_states
from closedorders.orders.json_rows import JsonRows
from closedorders.orders.models import (
    Import,
    ImportIssue,
    OrderLine,
    Store,
    StoreOrder,
    SupplierOrder,
)
from closedorders.orders.workbook_rows import WorkbookRows
from tests.cast import Cast
from tests.factories import make_store
from tests.orders import kind_files
from tests.orders.files import everything, preview, save
from tests.orders.kind_files import KINDS, SHOPIFY_ROW, header_of, table
from tests.orders.test_formats import MADRID, NOW, counts, issues, links, read, store_orders, supplier_orders
from tests.orders.workbooks import workbook

EVERY_KIND = pytest.mark.parametrize("name", KINDS)
SHUFFLES = pytest.mark.parametrize("shuffled", [None, 1, 2, 3])


def refusal(content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        list(read_orders(io.BytesIO(content), zone=MADRID, now=NOW))
    return caught.value


# --- Recognition ---


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


# --- Shopify ---


@pytest.mark.parametrize(
    "header",
    [
        "shopify_71col_2021_BE.csv",
        "shopify_73col_2019-2022_US.csv",
        "shopify_75col_2021_ZA.csv",
        "shopify_79col_2022-2026.csv",
        "shopify_docs_published_header.csv",
    ],
)
@SHUFFLES
def test_a_shopify_order_is_the_same_under_every_header_there_was(header: str, shuffled: int | None) -> None:
    reading, items = read(kind_files.shopify_file(header, shuffled=shuffled))
    (order,) = store_orders(items)
    assert reading.format.key == "shopify_orders"
    assert counts(reading) == (2, 2, 0, 0)
    assert (order.number, order.external_id) == ("#AP-516073", "5800000000123")
    assert (order.subtotal, order.shipping, order.total, order.refunded) == (
        Decimal("34.90"),
        Decimal("4.95"),
        Decimal("39.85"),
        Decimal("5.00"),
    )
    assert (order.currency, order.financial_status, order.fulfillment_status) == (
        "EUR",
        "partially_refunded",
        "unfulfilled",
    )
    assert order.placed_at == datetime(2026, 2, 11, 8, 50, 26, tzinfo=UTC)
    assert (order.customer_name, order.email, order.country) == (
        "María García López",
        "maria@example.com",
        "ES",
    )
    assert order.phone == "+34 600 000 000", "without the apostrophe"
    assert order.aliexpress_numbers == ("8201447122035519",)
    assert [(line.name, line.quantity, line.price) for line in order.lines] == [
        ("Wireless earbuds - White", 2, Decimal("12.50")),
        ("Mug", 1, Decimal("9.90")),
    ]


@pytest.mark.parametrize("size", [10, 14, 19, 26, 34])
@pytest.mark.parametrize("seed", range(4))
def test_a_file_cut_down_by_a_merchant_gives_what_it_still_has(size: int, seed: int) -> None:
    """Columns nobody needs go first: those that stay are any, with the ones that make it an order list."""
    header = header_of("shopify_79col_2022-2026.csv")
    needed = [
        "Name",
        "Created at",
        "Total",
        "Currency",
        "Financial Status",
        "Lineitem name",
        "Lineitem quantity",
    ]
    chance = random.Random(seed)
    kept = needed + chance.sample([each for each in header if each not in needed], size - len(needed))
    chance.shuffle(kept)
    rows = [
        {title: value for title, value in row.items() if title in kept}
        for row in (SHOPIFY_ROW, kind_files.SHOPIFY_FURTHER_ROW)
    ]
    reading, items = read(table(kept, *rows))
    (order,) = store_orders(items)
    assert (len(reading.header), reading.format.key, counts(reading)) == (
        size,
        "shopify_orders",
        (2, 2, 0, 0),
    )
    assert (order.number, order.total, order.currency) == ("#AP-516073", Decimal("39.85"), "EUR")
    assert order.placed_at == datetime(2026, 2, 11, 8, 50, 26, tzinfo=UTC)
    assert [line.name for line in order.lines] == ["Wireless earbuds - White", "Mug"]
    if "Email" not in kept:
        assert order.email is None, "not given, so what is known stays"


def saved_by_a_spreadsheet(*days: str) -> bytes:
    """Semicolons, Windows line ends and encoding, days first, decimals after a comma: Excel in Spain."""
    header = header_of("shopify_79col_2022-2026.csv")
    rows = [
        SHOPIFY_ROW
        | {
            "Name": f"#100{at}",
            "Created at": day,
            "Paid at": day,
            "Total": "1.039,85",
            "Subtotal": "1034,90",
            "Shipping": "4,95",
            "Refunded Amount": "0",
            "Lineitem price": "12,5",
        }
        for at, day in enumerate(days)
    ]
    return table(header, *rows, delimiter=";").decode().replace("\n", "\r\n").encode("cp1252")


def test_a_shopify_file_saved_again_by_a_spreadsheet_is_read_and_what_was_assumed_is_said() -> None:
    reading, items = read(saved_by_a_spreadsheet("11/02/2026 09:50", "31/12/2023 22:36"))
    first, second = store_orders(items)
    assert counts(reading) == (2, 2, 0, 0)
    assert first.placed_at == datetime(2026, 2, 11, 8, 50, tzinfo=UTC)
    assert second.placed_at == datetime(2023, 12, 31, 21, 36, tzinfo=UTC)
    assert (first.total, first.subtotal, first.shipping) == (
        Decimal("1039.85"),
        Decimal("1034.90"),
        Decimal("4.95"),
    )
    assert (first.lines[0].price, first.customer_name) == (Decimal("12.5"), "María García López")
    assert {each.code for each in reading.assumptions} >= {"encoding", "delimiter", "date_order", "time_zone"}


def test_days_that_nothing_tells_from_months_are_asked_for() -> None:
    reading, _ = read(saved_by_a_spreadsheet("11/02/2026 09:50", "03/04/2025 22:36"))
    assert [each.code for each in reading.questions] == ["date_order"]
    reading, items = read(saved_by_a_spreadsheet("11/02/2026 09:50", "03/04/2025 22:36"), date_order="dmy")
    assert [order.placed_at for order in store_orders(items)] == [
        datetime(2026, 2, 11, 8, 50, tzinfo=UTC),
        datetime(2025, 4, 3, 20, 36, tzinfo=UTC),
    ]


# --- WooCommerce ---


def test_an_analytics_report_tells_totals_as_text_and_what_refunds_left() -> None:
    reading, items = read(kind_files.analytics_file())
    paid, refunded = store_orders(items)
    assert counts(reading) == (3, 2, 1, 0)
    assert (paid.number, paid.currency, paid.total, paid.refunded) == (
        "3051",
        "EUR",
        Decimal("39.85"),
        Decimal(0),
    )
    assert (refunded.total, refunded.refunded) == (Decimal("20.00"), Decimal("5.00"))
    assert paid.placed_at == datetime(2026, 2, 11, 17, 20, 5, tzinfo=UTC), "the shop's own time"
    assert (paid.financial_status, paid.fulfillment_status) == ("paid", "unfulfilled")
    assert (refunded.financial_status, refunded.fulfillment_status) == ("paid", "fulfilled")
    assert [(line.name, line.quantity) for line in paid.lines] == [("Lamp, white", 2), ("Mug", 1)]
    assert paid.email is None, "the report has none, so no address is overwritten"
    assert issues(items) == [(4, "N. Revenue (formatted)", "€-5.00", "refund_row")]


@pytest.mark.parametrize(
    ("worded", "currency", "total", "refunded"),
    [
        ("৳12,999.00", "BDT", "12999", "0"),
        ("2.999,50 €", "EUR", "2999.50", "0"),
        ("R$1.234,56", "BRL", "1234.56", "0"),
        ("US$20.00 US$0.00", "USD", "20.00", "20.00"),
        ("20,00 € 15,00 €", "EUR", "20.00", "5.00"),
        ("129,46zł", "PLN", "129.46", "0"),
    ],
)
def test_an_analytics_total_is_read_as_the_shop_words_it(
    worded: str, currency: str, total: str, refunded: str
) -> None:
    row = {"Order #": "7", "Date": "2026-02-11", "N. Revenue (formatted)": worded, "Status": "completed"}
    _, items = read(table(header_of("woo_analytics_orders_report.csv"), row), default_currency="EUR")
    (order,) = store_orders(items)
    assert (order.currency, order.total, order.refunded) == (currency, Decimal(total), Decimal(refunded))


def test_a_total_that_may_be_thousands_or_decimals_is_asked_for() -> None:
    row = {"Order #": "7", "Date": "2026-02-11", "N. Revenue (formatted)": "৳2,999", "Status": "completed"}
    content = table(header_of("woo_analytics_orders_report.csv"), row)
    reading, _ = read(content)
    assert [each.code for each in reading.questions] == ["decimal_sign"]
    (order,) = read_orders(io.BytesIO(content), zone=MADRID, decimal_sign=".", now=NOW)
    assert isinstance(order, ParsedStoreOrder)
    assert (order.currency, order.total) == ("BDT", Decimal(2999))


def test_webtoffees_products_are_in_columns_of_the_orders_one_row() -> None:
    reading, items = read(kind_files.webtoffee_file())
    card, at_the_door = store_orders(items)
    assert counts(reading) == (2, 2, 0, 0)
    assert (card.number, card.external_id, card.currency) == ("3051", "3051", "EUR")
    assert (card.subtotal, card.shipping, card.total) == (Decimal("34.90"), Decimal("4.95"), Decimal("39.85"))
    assert (card.email, card.country) == ("maria@example.com", "ES"), "the bill's address, where it is sent"
    assert card.paid_at == datetime(2026, 2, 11, 17, 21, tzinfo=UTC)
    assert card.lines == (
        ParsedLine("Lamp", "L-1", None, 2, Decimal("12.50")),
        ParsedLine("Mug | blue", "M-1", None, 1, Decimal("9.90")),
    )
    assert card.aliexpress_numbers == ("8201447122035519",)
    assert (card.financial_status, at_the_door.financial_status) == ("paid", "pending")
    assert at_the_door.paid_at is None


def test_a_webtoffee_product_that_names_no_quantity_is_a_bad_cell() -> None:
    row = {
        "order_number": "1",
        "order_total": "9.00",
        "order_currency": "EUR",
        "line_item_1": "Mug, one piece",
    }
    reading, items = read(table(header_of("woo_webtoffee_import_export.csv"), row))
    assert counts(reading) == (1, 0, 1, 0)
    assert issues(items) == [(2, "line_item_1", "Mug, one piece", "invalid_line_item")]


def test_totals_blank_on_further_rows_read_like_totals_repeated_on_them() -> None:
    first, items = read(kind_files.advanced_file(repeated=True), default_currency="EUR")
    second, blank_items = read(kind_files.advanced_file(repeated=False), default_currency="EUR")
    assert items == blank_items
    assert counts(first) == counts(second) == (2, 2, 0, 0)
    (order,) = store_orders(items)
    assert (order.subtotal, order.shipping, order.total, order.refunded) == (
        Decimal("34.90"),
        Decimal("4.95"),
        Decimal("39.85"),
        Decimal("5.00"),
    ), "counted once"
    assert (order.financial_status, order.fulfillment_status) == ("paid", "fulfilled")
    assert order.placed_at == datetime(2026, 2, 11, 17, 20, tzinfo=UTC)
    assert order.lines == (
        ParsedLine("Lamp (Colour: White)", "L-1", None, 2, Decimal("12.50")),
        ParsedLine("Mug", "M-1", None, 1, Decimal("9.90")),
    )


def test_a_further_row_with_another_total_is_refused() -> None:
    further = kind_files.ADVANCED_ROW | {"Item #": "2", "Name": "Mug", "Order Total Amount": "12.00"}
    content = table(header_of("woo_advanced_order_export_algolplus.csv"), kind_files.ADVANCED_ROW, further)
    reading, items = read(content, default_currency="EUR")
    assert counts(reading) == (2, 1, 1, 0)
    assert [code for *_, code in issues(items)] == ["order_repeated"]


ADVANCED_HEADER = header_of("woo_advanced_order_export_algolplus.csv")
OTHER_ORDER = kind_files.ADVANCED_ROW | {"Order Number": "1002", "Name": "Cup", "Customer Note": ""}


def product(**cells: str) -> dict[str, str]:
    """A row of a product alone, as the plugin writes it where an order's own columns are on its first row only."""
    return kind_files.ADVANCED_PRODUCT | {name.replace("_", " "): value for name, value in cells.items()}


def test_products_under_an_orders_only_numbered_row_are_its_own() -> None:
    rows = (kind_files.ADVANCED_ROW, product(), product(SKU="C-1", Name="Cap"), OTHER_ORDER, product())
    reading, items = read(table(ADVANCED_HEADER, *rows), default_currency="EUR")
    assert counts(reading) == (5, 5, 0, 0)
    first, second = store_orders(items)
    assert (first.source_lines, second.source_lines) == ((2, 3, 4), (5, 6))
    assert [line.name for line in first.lines] == ["Lamp (Colour: White)", "Mug", "Cap"]
    assert [line.name for line in second.lines] == ["Cup (Colour: White)", "Mug"]
    _, repeated = read(kind_files.advanced_file(), default_currency="EUR")
    _, blank = read(table(ADVANCED_HEADER, kind_files.ADVANCED_ROW, product()), default_currency="EUR")
    assert blank == repeated, "the same order as where each row has its number"


@pytest.mark.parametrize(
    "cells",
    [
        {"Email (Billing)": "maria@example.com"},
        {"Order Total Amount": "9.90"},
        {"City (Shipping)": "Madrid"},
        {"Order Date": "2026-02-11 18:20"},
        {"Name": "", "SKU": ""},
    ],
    ids=["an address", "a total", "a city", "a date", "no product"],
)
def test_a_row_without_a_number_that_says_more_or_less_than_a_product_is_refused(
    cells: dict[str, str],
) -> None:
    content = table(ADVANCED_HEADER, kind_files.ADVANCED_ROW, product() | cells, OTHER_ORDER)
    reading, items = read(content, default_currency="EUR")
    assert counts(reading) == (3, 2, 1, 0)
    assert issues(items) == [(3, "Order Number", "", "missing_value")]
    assert [len(order.lines) for order in store_orders(items)] == [1, 1]


def test_a_product_at_the_top_of_a_file_has_no_order_to_belong_to() -> None:
    content = table(ADVANCED_HEADER, product(), kind_files.ADVANCED_ROW)
    reading, items = read(content, default_currency="EUR")
    assert counts(reading) == (2, 1, 1, 0)
    assert issues(items) == [(2, "Order Number", "", "missing_value")]


def test_products_of_an_order_that_is_refused_are_refused_with_it() -> None:
    bad = OTHER_ORDER | {"Order Total Amount": "NaN"}
    content = table(ADVANCED_HEADER, kind_files.ADVANCED_ROW, bad, product())
    _, items = read(content, default_currency="EUR")
    assert [(line, code) for line, *_, code in issues(items)] == [
        (3, "invalid_amount"),
        (4, "first_row_rejected"),
    ]
    assert [len(order.lines) for order in store_orders(items)] == [1]


@pytest.mark.parametrize("damage", ["cut off", "broken quotes"])
@pytest.mark.parametrize("above", [OTHER_ORDER, product()], ids=["an order", "a product"])
def test_a_product_below_a_row_that_could_not_be_read_goes_to_no_order(
    damage: str, above: dict[str, str]
) -> None:
    text = table(ADVANCED_HEADER, kind_files.ADVANCED_ROW, above, product()).decode().splitlines()
    text[2] = text[2].rsplit(",", 9)[0] if damage == "cut off" else '"1002"x,' + text[2].partition(",")[2]
    _, items = read("\n".join(text) + "\n", default_currency="EUR")
    assert [code for *_, code in issues(items)] == [
        "ragged_row" if damage == "cut off" else "broken_quotes",
        "missing_value",
    ]
    assert [len(order.lines) for order in store_orders(items)] == [1]


def test_a_file_without_numbers_on_further_rows_adds_nothing_when_it_comes_again(cast: Cast) -> None:
    store = make_store(cast.team)
    content = table(ADVANCED_HEADER, kind_files.ADVANCED_ROW, product(), OTHER_ORDER)
    save(preview(content, store=store, by=cast.assistant), by=cast.assistant)
    assert set(OrderLine.objects.values_list("order__number", "name")) == {
        ("3051", "Lamp (Colour: White)"),
        ("3051", "Mug"),
        ("1002", "Cup (Colour: White)"),
    }
    again = preview(content, store=store, by=cast.assistant)
    assert (again.orders_new, again.orders_changed, again.orders_unchanged) == (0, 0, 2)


@pytest.mark.parametrize("refund", ["-5.00", "5.00", "-5"])
def test_a_woocommerce_refund_is_an_amount_whatever_its_sign(refund: str) -> None:
    row = kind_files.ADVANCED_ROW | {"Order Refund Amount": refund, "Order Status": "Refunded"}
    _, items = read(table(header_of("woo_advanced_order_export_algolplus.csv"), row), default_currency="EUR")
    (order,) = store_orders(items)
    assert (order.refunded, order.financial_status) == (Decimal(5), "refunded")


def test_a_product_refunded_whole_is_no_product_where_only_the_rest_is_told() -> None:
    titles = [each for each in header_of("woo_advanced_order_export_algolplus.csv") if each != "Quantity"]
    row = {title: value for title, value in kind_files.ADVANCED_ROW.items() if title != "Quantity"}
    gone = row | {"Item #": "2", "Name": "Mug", "Quantity (- Refund)": "0"}
    reading, items = read(table(titles, row, gone), default_currency="EUR")
    assert counts(reading) == (2, 2, 0, 0)
    assert [line.name for line in store_orders(items)[0].lines] == ["Lamp (Colour: White)"]


@pytest.mark.parametrize(
    ("status", "method", "states"),
    [
        ("pending", "", ("pending", "unfulfilled")),
        ("Pending payment", "", ("pending", "unfulfilled")),
        ("Pendiente de pago", "", ("pending", "unfulfilled")),
        ("on-hold", "", ("pending", "unfulfilled")),
        ("wc-processing", "stripe", ("paid", "unfulfilled")),
        ("Processing", "Cash on delivery", ("pending", "unfulfilled")),
        ("Procesando", "Contra reembolso", ("pending", "unfulfilled")),
        ("wc-completed", "cod", ("paid", "fulfilled")),
        ("refunded", "", ("refunded", "")),
        ("Cancelled", "", ("cancelled", "")),
        ("failed", "", ("failed", "")),
        ("Awaiting pickup", "", ("Awaiting pickup", "")),
    ],
)
def test_woocommerces_statuses_become_ours(status: str, method: str, states: tuple[str, str]) -> None:
    assert shop_states(status, method) == states


# --- DSers ---


def test_a_dsers_template_gives_orders_without_amounts() -> None:
    reading, items = read(kind_files.dsers_file(), default_currency="EUR")
    (order,) = store_orders(items)
    assert counts(reading) == (2, 2, 0, 0)
    assert (order.number, order.email, order.phone, order.country) == (
        "#1001",
        "maria@example.com",
        "+34600000000",
        "ES",
    )
    assert (order.total, order.customer_name) == (None, "María García López")
    assert not reading.fields & {"total", "subtotal", "currency", "financial_status"}, (
        "so nothing is overwritten"
    )
    assert [(line.sku, line.quantity) for line in order.lines] == [("L-1", 2), ("M-1", 1)]
    assert order.aliexpress_numbers == ("8201447122035519",)


@SHUFFLES
@pytest.mark.parametrize("extra", [0, 2, -3])
def test_identity_numbers_are_blank_before_anything_sees_a_row(shuffled: int | None, extra: int) -> None:
    content = kind_files.dsers_file(shuffled=shuffled)
    lines = content.decode().splitlines()
    if extra > 0:
        lines[1] = "a,b," + lines[1]
    elif extra < 0:
        lines[1] = lines[1].split(",", -extra)[-1]
    seen = str([cells for _, cells in open_rows(io.BytesIO("\n".join(lines).encode()))])
    for number in kind_files.IDENTITY_NUMBERS.values():
        assert number not in seen


def test_no_identity_number_gets_into_the_database(cast: Cast) -> None:
    store = make_store(cast.team)
    content = kind_files.dsers_file() + b"#1002,2026-02-12,ES,,,no number," + b"," * 17 + b"\n"
    bad = content.decode().replace("#1002,2026-02-12", "#1002,never").encode()
    source = save(preview(bad, store=store, by=cast.merchant), by=cast.merchant)
    kept = str(
        [
            *everything().values(),
            *ImportIssue.objects.filter(source=source).values_list(),
            *Import.objects.filter(pk=source.pk).values_list(),
            *AuditEvent.objects.values_list(),
        ]
    )
    for number in kind_files.IDENTITY_NUMBERS.values():
        assert number not in kept


# --- AliExpress ---


def test_the_extensions_orders_have_their_numbers_as_text_and_their_days_in_the_teams_zone() -> None:
    reading, items = read(kind_files.extension_file())
    first, second = supplier_orders(items)
    assert counts(reading) == (3, 3, 0, 0)
    assert (first.number, first.currency, first.cost) == ("8201447122035519", "USD", Decimal("22.00"))
    assert (first.placed_at, first.date_only) == (datetime(2026, 2, 20, 23, tzinfo=UTC), True)
    assert (first.status, first.status_code) == ("Closed", "closed")
    assert (first.supplier_name, first.supplier_url) == (
        "Good Night Lamp Store",
        "https://www.aliexpress.com/store/1104567890",
    )
    assert [(line.name, line.quantity, line.price) for line in first.lines] == [
        ("Lamp", 2, Decimal("9.50")),
        ("Mug", 1, Decimal("3.00")),
    ]
    assert (second.number, second.currency, second.cost, second.status_code) == (
        "8201447122035527",
        "PLN",
        Decimal("129.46"),
        "awaiting_payment",
    )
    assert second.placed_at == datetime(2025, 11, 23, 23, tzinfo=UTC), "24 nov, 2025"


def test_a_number_with_a_tab_before_it_is_text_and_a_rounded_one_is_refused() -> None:
    header = header_of("aliexpress_shopper_inventory_extension.csv")
    tabbed = kind_files.EXTENSION_ROW | {"Order ID": "\t8201447122035519 "}
    rounded = kind_files.EXTENSION_ROW | {"Order ID": "8.20145E+15"}
    _, items = read(table(header, tabbed, rounded))
    assert [order.number for order in supplier_orders(items)] == ["8201447122035519"]
    assert issues(items) == [(3, "Order ID", "8.20145E+15", "scientific_notation")]


def test_the_extensions_json_list_reads_like_its_table() -> None:
    reading, items = read(kind_files.extension_json())
    (order,) = supplier_orders(items)
    assert (reading.format.key, counts(reading)) == ("aliexpress_inventory_json", (2, 2, 0, 0))
    assert (order.number, order.cost, order.currency) == ("8201447122035519", Decimal("22.00"), "USD")
    assert (order.placed_at, order.status_code) == (datetime(2026, 2, 20, 23, tzinfo=UTC), "shipped")
    assert [(line.name, line.quantity) for line in order.lines] == [("Lamp", 2), ("Mug", 1)]
    assert order.source_lines == (1, 2), "entries of the list"


@pytest.mark.parametrize(
    "make",
    [kind_files.userscript_file, kind_files.userscript_products_json, kind_files.userscript_orders_json],
)
def test_the_userscript_writes_the_month_first_and_no_currency(make: Callable[[], bytes]) -> None:
    reading, items = read(make(), default_currency="USD")
    (order,) = supplier_orders(items)
    assert (order.number, order.currency, order.cost) == ("8201447122035519", "USD", Decimal("26.90"))
    assert order.placed_at == datetime(2026, 2, 2, 23, tzinfo=UTC), "the third of February"
    assert {"currency"} <= {each.code for each in reading.assumptions}
    assert reading.questions == ()


def test_what_the_userscript_did_not_find_is_blank() -> None:
    _, items = read(kind_files.userscript_file(), default_currency="USD")
    (order,) = supplier_orders(items)
    assert (order.tracking, order.status_code) == ("", "awaiting_shipment")
    assert [(line.name, line.quantity, line.price) for line in order.lines] == [
        ("Lamp", 2, Decimal("9.50")),
        ("Mug", 1, Decimal("3.00")),
    ]
    _, items = read(kind_files.userscript_orders_json(), default_currency="USD")
    (order,) = supplier_orders(items)
    assert (order.tracking, order.status_code, order.lines) == ("LP00123456789012", "cancelled", ())


def test_a_list_of_orders_has_totals_and_no_products() -> None:
    _, items = read(kind_files.order_list_file())
    (order,) = supplier_orders(items)
    assert (order.number, order.cost, order.currency, order.lines) == (
        "8201447122035519",
        Decimal("26.90"),
        "EUR",
        (),
    )
    assert (order.status_code, order.supplier_name) == ("completed", "Good Night Lamp Store")


# --- JSON ---


def entries(content: bytes) -> Any:
    return json.loads(content)


@pytest.mark.parametrize("cut", [1, 40, 300])
def test_a_json_list_that_is_cut_off_is_refused_whole(cut: int) -> None:
    refused = refusal(kind_files.extension_json()[:-cut])
    assert refused.code == "json_damaged"
    assert refused.params["line"] in (2, 3)


@pytest.mark.parametrize(
    "content",
    [b'{"orders": []}', b'[["a"]]', b' {"orderId": "1"}', b"\xef\xbb\xbf{}", b"[[]]"],
)
def test_json_that_is_no_list_of_orders_is_refused_as_such(content: bytes) -> None:
    assert refusal(content).code == "file_is_json"


def test_a_list_followed_by_more_is_damaged() -> None:
    assert refusal(kind_files.extension_json() + b"[]").code == "json_damaged"


def test_an_empty_list_has_no_rows() -> None:
    assert refusal(b"[]").code == "no_rows"


def test_numbers_of_a_list_keep_their_digits_and_rounded_ones_are_refused() -> None:
    made = entries(kind_files.extension_json())[:1] * 3
    made = [
        dict(entry, orderId=number) for entry, number in zip(made, (8201447122035519, 81, 12), strict=True)
    ]
    made[1]["orderId"], made[2]["orderId"] = 9107199254740993999, "8201447122035527"
    _, items = read(json.dumps(made).encode())
    assert [order.number for order in supplier_orders(items)] == ["8201447122035519", "8201447122035527"]
    assert [(line, code) for line, _, _, code in issues(items)] == [(2, "scientific_notation")]


def test_entries_that_lack_keys_or_have_more_of_them_are_rows_all_the_same() -> None:
    first, second = entries(kind_files.extension_json())
    del second["attributes"], second["storeName"]
    second["added"] = {"by": "me", "list": [{"x": 1}]}
    rows = JsonRows(io.BytesIO(json.dumps([first, second]).encode()))
    assert rows.header[-2:] == ["added.by", "added.list"]
    read_rows = [cells for _, cells in rows if cells is not None]
    assert [cells[-2:] for cells in read_rows] == [["", ""], ["me", ""]]
    assert read_rows[0][rows.header.index("attributes")] == "White, EU"


# --- Workbooks ---


def test_the_data_backup_is_found_among_its_sheets_and_counts_in_cents() -> None:
    reading, items = read(kind_files.backup_file(), default_currency="USD")
    (order,) = supplier_orders(items)
    assert (reading.format.key, counts(reading)) == ("aliexpress_backup", (2, 2, 0, 0))
    assert (order.number, order.cost) == ("8201447122035519", Decimal("22.00"))
    assert (order.status, order.status_code) == ("FINISH (risk_reject_closed)", "closed")
    assert order.placed_at == datetime(2026, 2, 21, 8, 50, tzinfo=UTC)
    assert [(line.name, line.price) for line in order.lines] == [
        ("Lamp", Decimal("9.50")),
        ("Mug", Decimal("3.00")),
    ]
    assert order.source_lines == (2, 3), "rows as the spreadsheet numbers them"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"end_reason": "buyer_accept_goods"}, "completed"),
        ({"end_reason": "buyer_pay_timeout"}, "expired"),
        ({"end_reason": "buyer_cancel_order_in_risk"}, "cancelled"),
        ({"end_reason": "seller_send_goods_timeout"}, "closed"),
        ({"end_reason": "something_new"}, ""),
        ({"end_reason": "", "order_status": "WAIT_SELLER_SEND_GOODS"}, "awaiting_shipment"),
        ({"end_reason": "", "order_status": "RISK_CONTROL"}, "verifying_payment"),
        ({"end_reason": "", "order_status": "PLACE_ORDER_SUCCESS"}, "awaiting_payment"),
        ({"end_reason": "", "frozen_status": "IN_FROZEN"}, "frozen"),
    ],
)
def test_the_backups_words_for_an_end_are_told_apart(told: dict[str, str], code: str) -> None:
    rows = kind_files.backup_rows(kind_files.BACKUP_ROW | told)
    _, items = read(workbook({"Order Information": rows}), default_currency="USD")
    (order,) = supplier_orders(items)
    assert order.status_code == code
    if told["end_reason"] == "something_new":
        assert order.status == "FINISH (something_new)", "kept as it is worded"


def test_a_header_below_a_title_is_found() -> None:
    rows: list[list[object]] = [["My AliExpress data"], [], *kind_files.backup_rows(kind_files.BACKUP_ROW)]
    _, items = read(workbook({"Orders": rows}), default_currency="USD")
    assert supplier_orders(items)[0].source_lines == (4,)


def test_dates_that_are_numbers_with_a_date_format_are_dates() -> None:
    dated = kind_files.BACKUP_ROW | {
        "gmt_create_order_time": datetime(2026, 2, 21, 9, 50),  # noqa: DTZ001 - as a sheet has it
        "gmt_pay_order_time": None,
        "gmt_trade_end_time": None,
    }
    _, items = read(workbook({"Order Information": kind_files.backup_rows(dated)}), default_currency="USD")
    (order,) = supplier_orders(items)
    assert order.placed_at == datetime(2026, 2, 21, 8, 50, tzinfo=UTC)


def test_sixteen_digits_are_read_from_text_and_refused_from_a_number_that_lost_its_last() -> None:
    text = kind_files.BACKUP_ROW
    number = text | {"parent_orderid": 8201447122035519}
    rounded = text | {"parent_orderid": 8201447122035520}
    for row, expected in ((text, "8201447122035519"), (number, "8201447122035519"), (rounded, "")):
        _, items = read(workbook({"Order Information": kind_files.backup_rows(row)}), default_currency="USD")
        if expected:
            assert [order.number for order in supplier_orders(items)] == [expected]
        else:
            assert [code for *_, code in issues(items)] == ["scientific_notation"]


def test_a_workbook_of_shop_orders_is_read_too() -> None:
    titles = list(SHOPIFY_ROW)
    rows: list[list[str]] = [titles, [SHOPIFY_ROW[title] for title in titles]]
    reading, items = read(workbook({"Sheet1": rows}))
    assert (reading.format.key, store_orders(items)[0].total) == ("shopify_orders", Decimal("39.85"))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["Ref", "Total"]],
        [["Notes"], ["call Ana"]],
        [["#1001", 25.5], ["#1002", "free"]],
        [[datetime(2026, 10, 3), "Ana"], ["later", "Bo"], ["never", "Cy"]],  # noqa: DTZ001 - as a sheet has it
        [*[["Notes"]] * 25, ["Ref", "Total"], ["#1001", 25.5]],
    ],
    ids=["nothing", "titles alone", "one column", "numbers first", "a date first", "titles too far down"],
)
def test_a_workbook_without_a_row_of_titles_is_refused(rows: list[list[object]]) -> None:
    assert refusal(workbook({"Sheet1": rows})).code == "file_is_xlsx"


HAND_MADE: list[list[object]] = [
    ["Orders of May"],
    ["Shop", "Casa Luna"],
    [],
    ["Ref", "When", "Customer", "Paid"],
    ["#1001", "03/10/2026", "Ana", 25.5],
    ["#1002", None, "Bo", None],
]


def test_columns_nobody_knows_are_asked_for_under_the_first_row_of_titles() -> None:
    asked = refusal(workbook({"Cover": [["Casa Luna"], ["May"]], "Orders": HAND_MADE, "More": HAND_MADE[3:]}))
    assert isinstance(asked, ColumnsUnknown)
    assert (asked.code, asked.header) == ("unknown_format", ("Ref", "When", "Customer", "Paid"))
    assert asked.rows == [["#1001", "03/10/2026", "Ana", "25.5"], ["#1002", "", "Bo", ""]]
    assert asked.layout == {"sheet": "Orders"}


def test_a_hidden_sheet_is_not_taken_for_the_orders() -> None:
    sheets: dict[str, list[list[object]]] = {"Lists": [["Colour", "Size"], ["red", "M"]], "Orders": HAND_MADE}
    asked = refusal(workbook(sheets, hidden={"Lists"}))
    assert isinstance(asked, ColumnsUnknown)
    assert asked.layout == {"sheet": "Orders"}


def test_a_known_header_on_a_later_sheet_comes_before_an_unknown_one() -> None:
    sheets: dict[str, list[list[object]]] = {
        "Mine": HAND_MADE,
        "Order Information": kind_files.backup_rows(kind_files.BACKUP_ROW),
    }
    reading, _ = read(workbook(sheets), default_currency="USD")
    assert reading.format.key == "aliexpress_backup"


def test_the_second_look_at_unknown_columns_begins_below_the_same_titles() -> None:
    file = io.BytesIO(workbook({"Cover": [["Casa Luna"]], "Orders": [["a", "b"], [], [], *HAND_MADE]}))
    rows = open_rows(file)
    again = open_rows(file, layout=rows.layout)
    assert again.header == rows.header
    assert list(again) == list(rows)


def rezipped(content: bytes, **parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, parts.get(name.rpartition("/")[2].removesuffix(".xml"), old.read(name)))
    return buffer.getvalue()


def test_a_workbook_that_unpacks_to_more_than_we_hold_is_refused_before_it_is_read() -> None:
    bomb = rezipped(kind_files.backup_file(), sheet1=b" " * (workbook_rows.MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < 1024 * 1024
    assert refusal(bomb).code == "workbook_too_large"


def test_a_cell_far_out_does_not_make_room_for_all_before_it() -> None:
    far = (
        b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert refusal(rezipped(kind_files.backup_file(), sheet1=far)).code == "workbook_too_large"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2] + b"xl/",
        lambda content: content[:-30],
        lambda content: content.replace(b"xl/worksheets", b"xl/worksheetz"),
        lambda content: rezipped(content, workbook=b"<workbook"),
        lambda content: rezipped(
            content, sheet2=b'<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>7</v>'
        ),
    ],
)
def test_a_damaged_workbook_is_refused(damage: Callable[[bytes], bytes]) -> None:
    assert refusal(damage(kind_files.backup_file())).code in ("workbook_damaged", "file_is_xlsx")


def test_the_second_look_at_a_workbook_opens_the_same_sheet() -> None:
    file = io.BytesIO(kind_files.backup_file())
    rows = open_rows(file)
    again = WorkbookRows(file, is_known=lambda header: True, layout=rows.layout)
    assert rows.layout.sheet == "Order Information"
    assert list(again) == list(open_rows(file))


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


def there_are() -> tuple[int, int, int]:
    return StoreOrder.objects.count(), OrderLine.objects.count(), SupplierOrder.objects.count()


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
    assert set(OrderLine.objects.values_list("name", flat=True)) == {"Wireless earbuds - White", "Mug"}


def test_a_sku_that_is_known_brings_its_new_quantity_and_keeps_its_name(cast: Cast) -> None:
    store = make_store(cast.team)
    export = kind_files.webtoffee_file().decode().replace("3051,3051", "3051,#1001")
    save(preview(export.encode(), store=store, by=cast.assistant), by=cast.assistant)
    more = kind_files.dsers_file().decode().replace("L-1,2,", "L-1,3,")
    save(preview(more.encode(), store=store, by=cast.assistant), by=cast.assistant)
    lines = OrderLine.objects.filter(order__number="#1001")
    assert set(lines.values_list("name", "sku", "quantity")) == {("Lamp", "L-1", 3), ("Mug | blue", "M-1", 1)}


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
    assert {line.sku for line in order.lines.all()} == {"L-1", "M-1"}


def save_if_any(source: Import, cast: Cast) -> Import:
    """Saved where there is something to save; a file that changes nothing has no button either."""
    if source.orders_new + source.orders_changed:
        return save(source, by=cast.assistant)
    return source
