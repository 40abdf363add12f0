"""What tells of purchases on AliExpress: an extension's and a userscript's files, lists of orders, the data backup."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from closedorders.orderfiles.formats.aliexpress import supplier_status_code
from tests.imports.files import counts, issues, read, supplier_orders
from tests.orderfiles import kind_files
from tests.orderfiles.kind_files import header_of, table
from tests.orderfiles.workbooks import workbook


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
    header = header_of("aliexpress/shopper_inventory_extension.csv")
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


def userscript(*rows: dict[str, str]) -> bytes:
    row = {
        "Order Number": "8201447122035519",
        "Order Date": "02/03/2026",
        "Total Order Amount": "$26.90",
        "Store Name": "Good Night Lamp Store",
        "Order Status": "Awaiting delivery",
        "Product Title": "Lamp",
        "Price": "$9.50",
        "Quantity": "x2",
    }
    header = header_of("aliexpress/bulk_order_exporter_userscript.tsv")
    return table(header, *[row | each for each in rows], delimiter="\t")


def test_an_order_that_travels_in_several_parcels_has_all_their_numbers() -> None:
    parcels = ["LP00123456789012", "undefined", "UA123456789YP", "LP00123456789012"]
    rows = [{"Tracking Number": each, "Product Title": f"Lamp {at}"} for at, each in enumerate(parcels)]
    _, items = read(userscript(*rows), default_currency="USD")
    (order,) = supplier_orders(items)
    assert order.tracking == "LP00123456789012, UA123456789YP"
    assert len(order.lines) == 4
    rows = [{"Tracking Number": each, "Product Title": each} for each in ("LP1, UA2", "LP1, UA2", "UA2;RR3")]
    _, items = read(userscript(*rows), default_currency="USD")
    assert supplier_orders(items)[0].tracking == "LP1, UA2, RR3", "each once, though a cell may have several"
    _, items = read(userscript({"Tracking Number": "LP1;UA2"}), default_currency="USD")
    assert supplier_orders(items)[0].tracking == "LP1, UA2", "as the search looks for them"


def test_of_an_order_of_which_one_part_was_closed_that_is_seen_whatever_the_others_say() -> None:
    rows = [{}, {"Order Status": "Closed", "Product Title": "Mug"}, {"Product Title": "Tray"}]
    _, items = read(userscript(*rows), default_currency="USD")
    (order,) = supplier_orders(items)
    assert (order.status, order.status_code) == ("Closed", "closed")


@pytest.mark.parametrize(
    ("shop", "price", "total", "currency"),
    [
        ("EUR", "$9.50", "$26.90", "USD"),
        ("EUR", "US $9.50", "US $26.90", "USD"),
        ("EUR", "undefined", "US $26.90", "USD"),
        ("EUR", "undefined", "26.90 €", "EUR"),
        ("MXN", "$9.50", "$26.90", "MXN"),
        ("EUR", "AU $9.50", "AU $26.90", "AUD"),
    ],
)
def test_dollars_are_never_counted_as_a_shops_euros(shop: str, price: str, total: str, currency: str) -> None:
    reading, items = read(userscript({"Price": price, "Total Order Amount": total}), default_currency=shop)
    assert issues(items) == []
    (order,) = supplier_orders(items)
    assert (order.currency, order.cost) == (currency, Decimal("26.90"))
    told = "dollars" in {each.code for each in reading.assumptions}
    assert told == (price == "$9.50" and currency == "USD")


def test_amounts_in_several_currencies_are_not_added_up() -> None:
    rows = [
        {
            "Total Order Amount": "undefined",
            "Price": "undefined",
            "Product Title": "undefined",
            "Quantity": "undefined",
        },
        {"Total Order Amount": "", "Price": "$9.50", "Product Title": "Lamp"},
        {"Total Order Amount": "", "Price": "$3.00", "Product Title": "Mug", "Quantity": "x1"},
    ]
    _, items = read(userscript(*rows), default_currency="EUR")
    (order,) = supplier_orders(items)
    assert (order.currency, order.cost) == ("USD", Decimal("22.00")), "whichever row tells"
    _, items = read(userscript(*rows, rows[1] | {"Price": "£9.50"}), default_currency="EUR")
    assert supplier_orders(items)[0].cost is None


def test_a_sign_of_other_currencies_is_a_bad_row_and_no_amount_of_the_shops() -> None:
    _, items = read(userscript({"Price": "￥950", "Total Order Amount": "￥2690"}), default_currency="EUR")
    assert {code for _, _, _, code in issues(items)} == {"sign_of_other_currencies"}


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


@pytest.mark.parametrize(
    "worded",
    [
        "Payment being verified", "Payment verification", "Payment under verification", "Verificación del pago",
        "VERIFICACIÓN DEL PAGO ", "Verificación de pago", "Verificando el pago", "Pago en verificación",
        "Verificação do pagamento", "Verificando o pagamento", "Pagamento em verificação ",
        "Vérification du paiement", "Paiement en cours de vérification", "Zahlung wird überprüft",
        "Zahlungsüberprüfung", "RISK_CONTROL", "RISK_CONTROL_HOLD", "Risk control hold",
    ],
)  # fmt: skip
def test_a_payment_under_verification_is_known_in_every_language(worded: str) -> None:
    assert supplier_status_code(worded) == "verifying_payment"


@pytest.mark.parametrize(
    "worded", ["Pago", "Verificación", "Pago verificado", "Payment verified", "Pago rechazado"]
)
def test_words_that_only_sound_like_it_stay_as_they_are(worded: str) -> None:
    assert supplier_status_code(worded) == ""
