"""WooCommerce's own report and its plugins' exports, read into exact orders."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from closedorders.orderfiles.formats.woo_cells import analytics_products
from closedorders.orderfiles.formats.woocommerce import shop_states
from closedorders.orderfiles.reader import read_orders
from closedorders.orderfiles.records import ParsedLine, ParsedStoreOrder
from closedorders.orders.models import StoreOrder
from tests.cast import Cast
from tests.factories import make_store
from tests.imports.files import MADRID, NOW, counts, issues, preview, read, save, store_orders
from tests.orderfiles import kind_files
from tests.orderfiles.kind_files import header_of, table

# --- WooCommerce's own report ---


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
    assert issues(items) == [(4, "", "", "refund_row")], "its order is not in the file"


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("1× Canvas - Black, 30x40 cm", [("Canvas - Black, 30x40 cm", 1)]),
        ("2× Cable, 3x USB, 1× Mug", [("Cable, 3x USB", 2), ("Mug", 1)]),
        ("2x Cable, 1x Mug", [("Cable", 2), ("Mug", 1)]),
        ("Mug", [("Mug", 1)]),
        ("", []),
    ],
)
def test_a_size_in_a_products_name_is_no_product(text: str, products: list[tuple[str, int]]) -> None:
    assert [(line.name, line.quantity) for line in analytics_products(text)] == products


@pytest.mark.parametrize(
    ("worded", "currency", "total", "refunded"),
    [
        ("৳12,999.00", "BDT", "12999", "0"),
        ("2.999,50 €", "EUR", "2999.50", "0"),
        ("R$1.234,56", "BRL", "1234.56", "0"),
        ("US$20.00 US$0.00", "USD", "20.00", "20.00"),
        ("20,00 € 15,00 €", "EUR", "20.00", "5.00"),
        ("129,46zł", "PLN", "129.46", "0"),
        ("20.00 лв. 15.00 лв.", "BGN", "20.00", "5.00"),
        ("د.إ20.00 د.إ15.00", "AED", "20.00", "5.00"),
        ("CHF 1’234.50 CHF 1’000.00", "CHF", "1234.50", "234.50"),
        ("S/ 20.00 S/ 15.00", "PEN", "20.00", "5.00"),
    ],
)
def test_an_analytics_total_is_read_as_the_shop_words_it(
    worded: str, currency: str, total: str, refunded: str
) -> None:
    row = {"Order #": "7", "Date": "2026-02-11", "N. Revenue (formatted)": worded, "Status": "completed"}
    _, items = read(table(header_of("woocommerce/analytics_orders_report.csv"), row), default_currency="EUR")
    (order,) = store_orders(items)
    assert (order.currency, order.total, order.refunded) == (currency, Decimal(total), Decimal(refunded))


def test_a_total_that_may_be_thousands_or_decimals_is_asked_for() -> None:
    row = {"Order #": "7", "Date": "2026-02-11", "N. Revenue (formatted)": "৳2,999", "Status": "completed"}
    content = table(header_of("woocommerce/analytics_orders_report.csv"), row)
    reading, _ = read(content)
    assert [each.code for each in reading.questions] == ["decimal_sign"]
    (order,) = read_orders(io.BytesIO(content), zone=MADRID, decimal_sign=".", now=NOW)
    assert isinstance(order, ParsedStoreOrder)
    assert (order.currency, order.total) == ("BDT", Decimal(2999))


SPANISH_REPORT = (
    "Fecha,Pedido #,{total},Estado,Cliente,Tipo de cliente,Producto(s),Artículos vendidos,Cupón(es),Ventas netas,"
    'Atribución\n2026-02-11 18:20:05,3051,"39,85 €",completed,María García,new,"2× Lamp, 1× Mug",3,,29.85,Directo\n'
)


def test_a_spanish_report_reads_like_the_english_one() -> None:
    reading, items = read(SPANISH_REPORT.format(total="Ingresos netos (con formato)"))
    (order,) = store_orders(items)
    assert reading.format.key == "woo_analytics"
    assert (order.number, order.total, order.currency) == ("3051", Decimal("39.85"), "EUR")
    assert (order.customer_name, order.financial_status) == ("María García", "paid")
    assert [(line.name, line.quantity) for line in order.lines] == [("Lamp", 2), ("Mug", 1)]
    assert "no_total" not in reading.how()


def test_a_report_whose_total_has_a_title_we_do_not_know_says_that_none_is_read() -> None:
    reading, items = read(SPANISH_REPORT.format(total="Facturación (con formato)"), default_currency="EUR")
    (order,) = store_orders(items)
    assert (order.number, order.total, order.refunded) == ("3051", None, None)
    assert "no_total" in {each.code for each in reading.assumptions}
    assert not reading.fields & {"total", "refunded"}, (
        "so what is known stays; net sales lack taxes and shipping"
    )


# --- WebToffee ---


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
    reading, items = read(table(header_of("woocommerce/webtoffee_import_export.csv"), row))
    assert counts(reading) == (1, 0, 1, 0)
    assert issues(items) == [(2, "line_item_1", "Mug, one piece", "invalid_line_item")]


# --- Advanced Order Export ---


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
    content = table(
        header_of("woocommerce/advanced_order_export_algolplus.csv"), kind_files.ADVANCED_ROW, further
    )
    reading, items = read(content, default_currency="EUR")
    assert counts(reading) == (2, 1, 1, 0)
    assert [code for *_, code in issues(items)] == ["order_repeated"]


ADVANCED_HEADER = header_of("woocommerce/advanced_order_export_algolplus.csv")
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
    assert {order.number: [line.name for line in order.lines] for order in StoreOrder.objects.all()} == {
        "3051": ["Lamp (Colour: White)", "Mug"],
        "1002": ["Cup (Colour: White)"],
    }
    again = preview(content, store=store, by=cast.assistant)
    assert (again.orders_new, again.orders_changed, again.orders_unchanged) == (0, 0, 2)


@pytest.mark.parametrize("refund", ["-5.00", "5.00", "-5"])
def test_a_woocommerce_refund_is_an_amount_whatever_its_sign(refund: str) -> None:
    row = kind_files.ADVANCED_ROW | {"Order Refund Amount": refund, "Order Status": "Refunded"}
    _, items = read(
        table(header_of("woocommerce/advanced_order_export_algolplus.csv"), row), default_currency="EUR"
    )
    (order,) = store_orders(items)
    assert (order.refunded, order.financial_status) == (Decimal(5), "refunded")


def test_a_product_refunded_whole_is_no_product_where_only_the_rest_is_told() -> None:
    titles = [
        each for each in header_of("woocommerce/advanced_order_export_algolplus.csv") if each != "Quantity"
    ]
    row = {title: value for title, value in kind_files.ADVANCED_ROW.items() if title != "Quantity"}
    gone = row | {"Item #": "2", "Name": "Mug", "Quantity (- Refund)": "0"}
    reading, items = read(table(titles, row, gone), default_currency="EUR")
    assert counts(reading) == (2, 2, 0, 0)
    assert [line.name for line in store_orders(items)[0].lines] == ["Lamp (Colour: White)"]


# --- Statuses ---


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
