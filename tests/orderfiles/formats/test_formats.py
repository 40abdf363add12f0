"""From whole files to orders: recognition, grouping, quirks, issues, and the sum of all rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closedorders.orderfiles.formats.aliexpress import supplier_status_code
from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.reader import ColumnsUnknown, read_orders
from closedorders.orderfiles.samples import (
    aliexpress_extension_csv,
    link_csv,
    sample_orders,
    shopify_csv,
    shopify_header,
)
from closedorders.orderfiles.tables.csv_table import REFUSALS, FileRefused
from tests.imports.files import MADRID, NOW, counts, issues, links, read, store_orders, supplier_orders

START = date(2026, 2, 1)

#: Shopify's help page, whose spellings and order differ from every real export.
HELP_PAGE_HEADER = (
    "Name,Phone,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare-at price,Lineitem SKU,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Province Name,Billing Country,Billing Phone,Shipping Name,"
    "Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Province Name,Shipping Country,Shipping Phone,Notes,Note Attributes,Canceled at,"
    "Payment Method,Payment Reference (deprecated),Payment References,Refunded Amount,Vendor,Outstanding Balance,"
    "Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Payment ID,"
    "Payment terms,Next payment due at"
)
USERSCRIPT_HEADER = (
    "Order Number\tOrder Date\tSubtotal\tShipping and Tax\tTotal Order Amount\tStore Name\tOrder Status\t"
    "Tracking Number\tTracking Status\tTracking Status Last Updated\tTracking Link\tProduct Title\tOption\tPrice\t"
    "Quantity\tPieces Per Pack\tTotal Quantity\tLanded Cost\tProduct URL\tImage URL\t"
)
EXTENSION_HEADER = (
    "Order Date,Order ID,Title,Qty,Price,Store,Product ID,SKU ID,Attributes,Price Info,Currency,Status,Product Url,"
    "Product Image Url,Store Url,Tags"
)
SHORT = "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price"
FIRST = "#1001,ana@example.com,paid,EUR,30.00,2026-02-01 10:00:00 +0100,1,Lamp,20.00"
SECOND = "#1001,ana@example.com,,,,2026-02-01 10:00:00 +0100,2,Mat,5.00"
OTHER = "#1002,bo@example.com,paid,EUR,9.00,2026-02-02 10:00:00 +0100,1,Mat,9.00"


def csv_text(header: list[str], *rows: dict[str, str]) -> str:
    output = io.StringIO()
    writer = csv.DictWriter(output, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue()


# Recognition


@pytest.mark.parametrize("columns", [71, 73, 75, 79])
def test_every_shopify_export_since_2019_reads_the_same(columns: int) -> None:
    content = shopify_csv(orders=60, columns=columns, start=START)
    assert len(shopify_header(columns)) == columns
    reading, items = read(content)
    assert reading.format.key == "shopify_orders"
    assert len(store_orders(items)) == 60 == len(items)
    assert items == read(shopify_csv(orders=60, columns=79, start=START))[1]
    assert (reading.rows_rejected, reading.rows_duplicate) == (0, 0)
    assert [each.code for each in reading.assumptions] == ["no_email"]


def test_the_help_pages_header_is_read_by_its_names() -> None:
    row = {
        "Name": "#1001", "Phone": "'+34 600 000 000", "Email": "ana@example.com", "Financial Status": "refunded",
        "Currency": "EUR", "Total": "30.00", "Canceled at": "2026-02-01 12:00:00 +0100", "Lineitem SKU": "L-1",
        "Lineitem name": "Lamp", "Lineitem quantity": "1", "Lineitem price": "30.00", "Id": "58001",
    }  # fmt: skip
    (order,) = store_orders(read(csv_text(HELP_PAGE_HEADER.split(","), row))[1])
    assert (order.phone, order.external_id, order.lines[0].sku) == ("+34 600 000 000", "58001", "L-1")
    assert order.cancelled_at == datetime(2026, 2, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Name,Financial Status", "shopify_orders"),
        ("financial-status , NAME,Something else", "shopify_orders"),
        ("Nombre,Correo electrónico,Estado financiero,Total,Moneda", "shopify_orders"),
        ("Name,Email,Lineitem name,AliExpress order number", "shopify_orders"),
        ("Name,Email,Fulfillment Status,Total", "shopify_orders"),
        ("Name,Created at,Lineitem quantity,Lineitem sku", "shopify_orders"),
        (EXTENSION_HEADER, "aliexpress_inventory"),
        ("Status,Order ID,Order Date,Store Url", "aliexpress_inventory"),
        (USERSCRIPT_HEADER.replace("\t", ","), "aliexpress_bulk_exporter"),
        ("Store order,AliExpress", "order_links"),
        ("Pedido;Número de pedido AliExpress", "order_links"),
        ("order\tali order", "order_links"),
        ("Name,AliExpress order number", "order_links"),
        ("Mood,Store order,AliExpress,Remark", "order_links"),
    ],
)
def test_a_format_is_known_by_its_header(header: str, key: str) -> None:
    width = max(header.count(mark) for mark in ",;\t") + 1
    mark = max(",;\t", key=header.count)
    assert (
        read_orders(io.BytesIO(f"{header}\n{mark.join('x' * width)}\n".encode()), zone=UTC).format.key == key
    )


@pytest.mark.parametrize(
    "header",
    [
        "Name,Total",
        "Name,Email,Total",
        "Name,Email,Phone,Created at,Currency",
        "Order Number,Name,Email,Total",
        "Order,Name,Total",
        "Pedido,Nombre,Correo,Total",
        "Número de pedido,Nombre,Email,Total",
        "Order Number,Name,Email,Total,AliExpress order number",
        "Order,Name,Total,AliExpress order",
        "Order,Name,AliExpress order",
        "Pedido,Nombre,Correo,Total,Pedido AliExpress",
        "Número de pedido,Cliente,Importe,Número AliExpress",
        "Pedido,Cliente,Correo,Fecha,Estado del pago,Total",
        "Order number,Name,Financial Status,Total",
        "Order ID,Order Date,Status,Customer,Total",
        "Order ID,Order Date,Title,Qty,Price,Status",
        "Order Number,Product Title,Tracking Number,Customer,Total",
        "orderId,orderStatus,trackingNumber,customer,total",
        "orderId,customer,total,currency,paidAt,paymentMethod",
        "Order Number,Contact Person,Mobile No,Email,Total",
        "Order ID,Order Date,Customer Name,Customer Email,Order Total",
        "Order Number,Item,Item Cost,Customer,Total",
    ],
)
def test_an_ordinary_list_is_of_no_format_and_a_person_names_its_columns(header: str) -> None:
    row = ",".join("x" * (header.count(",") + 1))
    for content in (f"{header}\n{row}\n", f"{header}\n{row}\n".replace(",", ";")):
        with pytest.raises(ColumnsUnknown) as caught:
            read(content)
        assert caught.value.header == tuple(header.split(","))


@pytest.mark.parametrize(
    ("content", "code", "params"),
    [
        (SHORT, "no_rows", {}),
        (SHORT + "\n,,,,,,,,\n\n", "no_rows", {}),
        (f"{FIRST}\n{OTHER}\n", "no_header", {}),
        ("1001,8190000000000017\n1002,8190000000000025\n", "no_header", {}),
        (f"{SHORT},Email\n{FIRST},x\n", "duplicate_column", {"column": "Email"}),
        (SHORT.replace("Name,", "", 1) + "\nx\n", "missing_column", {"column": "name", "format": "shopify_orders"}),
        ("Thing,AliExpress order\nx,y\n", "missing_column", {"column": "order", "format": "order_links"}),
        (
            EXTENSION_HEADER.replace("Order ID", "x") + "\ny\n",
            "missing_column",
            {"column": "order id", "format": "aliexpress_inventory"},
        ),
        ("Name,Email\nAna,ana@example.com\n", "unknown_format", {"columns": "Name, Email"}),
        ("product_id,Supplier_url\n1,2\n", "unknown_format", {"columns": "product_id, Supplier_url"}),
        (f"{SHORT}\n{FIRST}\n{SHORT}\n{OTHER}\n", "header_repeated", {"line": 3}),
    ],
)  # fmt: skip
def test_a_file_of_no_use_is_refused(content: str, code: str, params: dict[str, object]) -> None:
    with pytest.raises(FileRefused) as caught:
        read(content)
    assert (caught.value.code, caught.value.params) == (code, params)
    assert code in REFUSALS


def test_not_given_differs_from_blank() -> None:
    reading, items = read("Name,Email,Fulfillment Status,Total\n#1001,,,\n#1002,bo@example.com,,9\n")
    orders = store_orders(items)
    assert (orders[0].email, orders[0].customer_name, orders[0].tags, orders[0].total) == (
        "",
        None,
        None,
        None,
    )
    assert reading.fields == {"number", "email", "fulfillment_status", "total"}


def test_a_store_order_number_that_looks_like_a_date_column_is_no_reason_to_guess_positions() -> None:
    reordered = "Lineitem price,Total,Name,Financial Status,Unknown,Currency\n5.00,7.00,0042,paid,?,EUR\n"
    (order,) = store_orders(read(reordered)[1])
    assert (order.number, order.total, order.lines[0].price) == ("0042", Decimal("7.00"), Decimal("5.00"))


# Shopify's rows


def test_further_rows_add_products_to_the_order_above() -> None:
    reading, items = read(f"{SHORT}\n{FIRST}\n{SECOND}\n{OTHER}\n")
    first, other = store_orders(items)
    assert [(line.name, line.quantity, line.price) for line in first.lines] == [
        ("Lamp", 1, Decimal("20.00")),
        ("Mat", 2, Decimal("5.00")),
    ]
    assert (first.source_lines, other.source_lines) == ((2, 3), (4,))
    assert first.placed_at == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert counts(reading) == (3, 3, 0, 0)


def test_two_identical_products_of_one_order_are_two_products() -> None:
    reading, items = read(f"{SHORT}\n{FIRST}\n{SECOND}\n{SECOND}\n")
    assert [line.quantity for line in store_orders(items)[0].lines] == [1, 2, 2]
    assert counts(reading) == (3, 3, 0, 0)


def test_a_doubled_file_counts_each_row_once() -> None:
    reading, items = read(
        f"{SHORT}\n{FIRST}\n{FIRST}\n{SECOND}\n{SECOND}\n{OTHER}\n{FIRST}\n{FIRST}\n{SECOND}\n{SECOND}\n"
    )
    first, other = store_orders(items)
    assert (len(first.lines), len(other.lines)) == (2, 1)
    assert counts(reading) == (9, 3, 0, 6)


def test_the_same_order_with_other_values_is_refused_and_the_first_one_stays() -> None:
    changed = FIRST.replace("30.00", "31.00")
    _, items = read(f"{SHORT}\n{FIRST}\n{OTHER}\n{changed}\n{SECOND}\n")
    assert [order.number for order in store_orders(items)] == ["#1001", "#1002"]
    assert issues(items) == [(4, "", "", "order_repeated"), (5, "", "", "order_repeated")]
    _, items = read(f"{SHORT}\n{FIRST}\n{changed}\n{OTHER}\n")
    assert issues(items) == [(3, "", "", "order_repeated")]
    assert len(store_orders(items)) == 2


def test_order_values_repeated_on_every_row_are_no_conflict() -> None:
    filled = "#1001,ana@example.com,paid,EUR,30.00,2026-02-01 10:00:00 +0100,2,Mat,5.00"
    reading, items = read(f"{SHORT}\n{FIRST}\n{filled}\n")
    assert len(store_orders(items)[0].lines) == 2
    assert counts(reading) == (2, 2, 0, 0)


def test_rows_sorted_apart_from_their_order_are_refused_and_not_made_orders() -> None:
    _, items = read(f"{SHORT}\n{FIRST}\n{OTHER}\n{SECOND}\n")
    assert issues(items) == [(4, "", "", "order_without_first_row")]
    assert len(store_orders(items)) == 2


def test_a_first_row_sorted_below_its_products_still_leads() -> None:
    (order,) = store_orders(read(f"{SHORT}\n{SECOND}\n{FIRST}\n")[1])
    assert (order.total, len(order.lines)) == (Decimal("30.00"), 2)


def test_a_bad_further_row_leaves_the_order_its_other_products() -> None:
    bad = SECOND.replace(",2,Mat", ",0,Mat")
    reading, items = read(f"{SHORT}\n{FIRST}\n{bad}\n{SECOND}\n{OTHER}\n")
    assert issues(items) == [(3, "Lineitem quantity", "0", "invalid_quantity")]
    assert [len(order.lines) for order in store_orders(items)] == [2, 1]
    assert counts(reading) == (4, 3, 1, 0)


def test_a_bad_first_row_takes_its_order_along_and_each_row_says_so() -> None:
    bad = FIRST.replace("ana@example.com", "ana@@example.com").replace("30.00", "-3")
    reading, items = read(f"{SHORT}\n{bad}\n{SECOND}\n{OTHER}\n")
    assert sorted(issues(items)) == [
        (2, "Email", "ana@@example.com", "email_two_addresses"),
        (2, "Total", "-3", "negative_amount"),
        (3, "", "", "first_row_rejected"),
    ]
    assert [order.number for order in store_orders(items)] == ["#1002"]
    assert counts(reading) == (3, 1, 2, 0)
    rejected = next(item for item in items if isinstance(item, RowIssue))
    assert list(rejected.cells) == bad.split(",")


def test_a_ragged_row_is_named_with_both_counts() -> None:
    _, items = read(f"{SHORT}\n#1000,x\n{FIRST},more\n{SECOND}\n{OTHER},,,\n")
    assert issues(items) == [
        (2, "", "", "ragged_row"),
        (3, "", "", "ragged_row"),
        (4, "", "", "first_row_rejected"),
    ]
    ragged = [item.params for item in items if isinstance(item, RowIssue) and item.code == "ragged_row"]
    assert ragged == [{"expected": 9, "found": 2}, {"expected": 9, "found": 10}]
    assert [order.number for order in store_orders(items)] == ["#1002"]


def test_broken_quotes_cost_one_row() -> None:
    reading, items = read(f'{SHORT}\n#1000,"a"b,x\n{OTHER}\n')
    assert issues(items) == [(2, "", "", "broken_quotes")]
    assert counts(reading) == (2, 1, 1, 0)


def test_an_endless_order_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("closedorders.orderfiles.reader.MAX_LINES_IN_ORDER", 2)
    reading, items = read(f"{SHORT}\n{FIRST}\n{SECOND}\n{SECOND}\n")
    assert issues(items) == [(4, "", "", "too_many_lines")]
    assert counts(reading) == (3, 2, 1, 0)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("Name", "8.19E+15", "scientific_notation"), ("Name", "", "missing_value"),
        ("Email", "an\u200ba@example.com", "email_hidden_character"), ("Email", "ana", "invalid_email"),
        ("Email", "=cmd@x.com", "invalid_email"), ("Billing Name", "Ana\nMaría", "name_has_newline"),
        ("Total", "-1", "negative_amount"), ("Total", "NaN", "invalid_amount"), ("Total", "Infinity", "invalid_amount"),
        ("Total", "1_000", "invalid_amount"), ("Total", "１２", "invalid_amount"),
        ("Total", "9.999", "too_many_decimals"),
        ("Currency", "EURO", "unknown_currency"), ("Lineitem quantity", "0", "invalid_quantity"),
        ("Created at", "2026-02-31 10:00:00 +0100", "no_such_day"), ("Created at", "1900-01-01", "date_out_of_range"),
        ("Paid at", "2099-01-01", "date_out_of_range"), ("Created at", "46054.4", "excel_serial_date"),
        ("Shipping Country", "Narnia", "unknown_country"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_line_column_and_value(column: str, value: str, code: str) -> None:
    good = {"Name": "#1001", "Financial Status": "paid", "Currency": "EUR", "Total": "1.00"}
    header = list(shopify_header())
    _, items = read(csv_text(header, good | {column: value}, good | {"Name": "#1002"}))
    assert issues(items) == [(2, column, value.strip(), code)]
    assert [order.number for order in store_orders(items)] == ["#1002"]


def test_quirks_of_real_exports_are_read_as_meant() -> None:
    common = {"Financial Status": "paid"}
    rows = [
        common
        | {
            "Name": "#AP-7",
            "Email": "ANA@Example.com",
            "Currency": "CLP",
            "Total": "12990",
            "Billing Zip": "'28001",
        },
        common
        | {"Name": "0042", "Currency": "TRY", "Total": "1.234,50", "Shipping Name": "Gu\u0308l\u00a0Öz"},
        common
        | {"Name": "#3", "Currency": "KWD", "Total": "1250.5", "Created at": "2025-10-07 09:50:26 +0200"},
        common | {"Name": "#4", "Notes": "two\nlines", "Tags": "=HYPERLINK(1)", "Billing Phone": "'+34 600"},
    ]
    orders = store_orders(read(csv_text(list(shopify_header()), *rows))[1])
    assert [str(order.total) for order in orders] == ["12990", "1234.50", "1250.500", "None"]
    assert [order.number for order in orders] == ["#AP-7", "0042", "#3", "#4"]
    assert (orders[0].email, orders[1].customer_name) == ("ana@example.com", "Gül Öz")
    assert (orders[3].note, orders[3].tags, orders[3].phone) == ("two\nlines", "=HYPERLINK(1)", "+34 600")


def test_aliexpress_numbers_come_from_notes_attributes_tags_and_a_column_of_their_own() -> None:
    header = [*shopify_header(), "AliExpress order number"]
    row = {
        "Name": "#1001", "Total": "1", "Financial Status": "paid", "Notes": "AE order 8190000000000033",
        "Note Attributes": "gift: yes\nAliExpress: 8190000000000041", "Tags": "8190000000000058, vip",
        "AliExpress order number": "8190000000000017 8190000000000025",
    }  # fmt: skip
    (order,) = store_orders(read(csv_text(header, row))[1])
    assert order.aliexpress_numbers == (
        "8190000000000017", "8190000000000025", "8190000000000033", "8190000000000058", "8190000000000041",
    )  # fmt: skip


def test_a_missing_currency_is_the_stores_and_said() -> None:
    reading, items = read("Name,Financial Status,Total\n#1,paid,5\n", default_currency="EUR")
    assert store_orders(items)[0].currency == "EUR"
    assert [(each.code, each.params) for each in reading.assumptions] == [("currency", {"currency": "EUR"})]
    assert store_orders(read("Name,Financial Status,Total\n#1,paid,5\n")[1])[0].currency == ""


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace(",", ";").encode(), "delimiter"),
        (lambda text: text.replace("Lamp", "Lámpara").encode("cp1252"), "encoding"),
        (lambda text: "".join(f'"{line}";\n' for line in text.splitlines()).encode(), "unwrapped"),
    ],
)
def test_what_was_taken_for_granted_is_reported(change: object, code: str) -> None:
    assert callable(change)
    reading, items = read(change(f"{SHORT}\n{FIRST}\n{SECOND}\n"))
    assert [each.code for each in reading.assumptions] == [code]
    assert len(store_orders(items)[0].lines) == 2


# Dates that read two ways


def dated(*cells: str) -> str:
    rows = "".join(f"#{at},paid,{cell}\n" for at, cell in enumerate(cells, start=1))
    return f"Name,Financial Status,Created at\n{rows}"


def test_an_ambiguous_date_is_one_question_for_the_file() -> None:
    reading, items = read(dated("03/04/2025 10:00", "05/06/2025", "2025-02-01", "07/07/2025"))
    assert [code for *_, code in issues(items)] == ["ambiguous_date", "ambiguous_date"]
    assert [(each.code, each.params) for each in reading.questions] == [
        ("date_order", {"line": 2, "column": "Created at", "value": "03/04/2025 10:00"})
    ]
    assert len(store_orders(items)) == 2


def test_the_answer_takes_the_rows_refused_for_it() -> None:
    reading, items = read(dated("03/04/2025"), date_order="mdy")
    assert store_orders(items)[0].placed_at == datetime(2025, 3, 3, 23, tzinfo=UTC)
    assert reading.questions == ()


def test_a_later_row_that_reads_one_way_settles_the_rows_before_it() -> None:
    reading, items = read(dated("03/04/2025", "05/06/2025", "31/12/2024"))
    assert [order.placed_at.month for order in store_orders(items) if order.placed_at] == [4, 6, 12]
    assert reading.questions == ()
    settled = next(each for each in reading.assumptions if each.code == "date_order")
    assert settled.params == {"date_order": "dmy", "line": 4, "value": "31/12/2024"}


def test_a_file_with_both_orders_settles_nothing() -> None:
    reading, items = read(dated("31/12/2024", "12/30/2024", "03/04/2025"))
    assert issues(items) == [(4, "Created at", "03/04/2025", "ambiguous_date")]
    assert [each.code for each in reading.questions] == ["date_order"]


@pytest.mark.parametrize(
    ("cell", "taken_for_granted"),
    [
        ("13-02-2026", True),
        ("13-02-2026 09:50", True),
        ("2026-02-11", True),
        ("2026-02-11 09:50:26", True),
        ("2026-02-11T09:50:26.123456", True),
        ("2026-02-11 09:50:26 +0100", False),
        ("2026-02-11T09:50+01:00", False),
        ("2026-02-11T09:50:26+01:00", False),
        ("2026-02-11 09:50:26-0500", False),
        ("2026-02-11 09:50:26 UTC", False),
        ("2026-02-11T09:50:26Z", False),
        ("2026-02-11Z", True),
    ],
)
def test_the_time_zone_is_said_where_a_date_does_not_tell_its_own(cell: str, taken_for_granted: bool) -> None:
    reading, items = read(dated(cell))
    assert len(store_orders(items)) == 1
    assert [each.code for each in reading.assumptions] == ["time_zone"] * taken_for_granted


# AliExpress


def extension(*rows: str) -> str:
    return EXTENSION_HEADER + "\n" + "".join(row + "\n" for row in rows)


LAMP = '"Feb 21, 2026",8190000000000017,Lamp,2,US $120.95,Shop,1,11,,US $120.95|120|95,USD,Expired ,u,,https://s/1,'
MAT = '"Feb 21, 2026",8190000000000017,Mat,1,US $5.00,Shop,2,22,,US $5.00|5|00,USD,Expired ,u,,https://s/1,'


def test_an_extension_export_becomes_supplier_orders() -> None:
    reading, items = read(extension(LAMP, MAT))
    (order,) = supplier_orders(items)
    assert (order.number, order.status, order.status_code) == ("8190000000000017", "Expired", "expired")
    assert (order.cost, order.currency, order.date_only) == (Decimal("246.90"), "USD", True)
    assert order.placed_at == datetime(2026, 2, 20, 23, tzinfo=UTC)
    assert (order.supplier_name, order.supplier_url, order.tracking) == ("Shop", "https://s/1", None)
    assert [(line.name, line.sku, line.price) for line in order.lines] == [
        ("Lamp", "11", Decimal("120.95")),
        ("Mat", "22", Decimal("5.00")),
    ]
    assert [each.code for each in reading.assumptions] == ["time_zone"]


def test_identical_rows_of_an_extension_export_count_once() -> None:
    reading, items = read(extension(LAMP, LAMP, MAT, LAMP.replace("0017", "0025"), LAMP, LAMP, MAT))
    assert [len(order.lines) for order in supplier_orders(items)] == [2, 1]
    assert counts(reading) == (7, 3, 0, 4)


def test_products_apart_from_their_order_are_refused_and_said_to_be_apart() -> None:
    other = LAMP.replace("0017", "0025")
    _, items = read(extension(LAMP, other, MAT))
    assert issues(items) == [(4, "", "", "order_apart")]
    assert [item.params for item in items if isinstance(item, RowIssue)] == [{"first_line": 2}]
    assert [len(order.lines) for order in supplier_orders(items)] == [1, 1]


def test_a_rounded_aliexpress_number_is_refused_and_the_rest_goes_on() -> None:
    _, items = read(extension(LAMP.replace("8190000000000017", "8.19E+15"), LAMP.replace("8190", "\t8190")))
    assert issues(items) == [(2, "Order ID", "8.19E+15", "scientific_notation")]
    assert supplier_orders(items)[0].number == "8190000000000017"


def test_a_cost_is_not_told_when_one_of_its_rows_was_rejected() -> None:
    _, items = read(extension(LAMP, MAT.replace("Mat,1", "Mat,0")))
    assert supplier_orders(items)[0].cost is None


def test_a_price_tells_the_currency_a_cut_down_file_lacks() -> None:
    content = (
        "Order ID,Order Date,Status,Title,Qty,Price,Store Url\n"
        '8190000000000017,"24 nov, 2023",Concluído,Luz,1,"129,46zł",https://s/1\n'
    )
    (order,) = supplier_orders(read(content, default_currency="EUR")[1])
    assert (order.currency, order.cost, order.status_code) == ("PLN", Decimal("129.46"), "completed")


def test_a_userscript_export_is_tab_separated_and_month_first() -> None:
    rows = (
        "8190000000000017\t2/1/2026\t10.00\t0.00\t12.50\tShop\tAwaiting delivery\tLX123\tIn transit\t2/3/2026\tu\t"
        '"10" stand"\t"Silver"\t5.00\t2\t1\t2\t5\thttps:u\t"undefined"\t\n'
        "8190000000000025\t2/2/2026\t3.00\t0.00\t3.00\tShop\tSomething new\tundefined\t"
        "undefined\tundefined\tundefined\t"
        '"undefined"\t"undefined"\tundefined\tundefined\tundefined\tNaN\tNaN\thttps:u\t"undefined"\t\n'
    )
    reading, items = read(USERSCRIPT_HEADER + "\n" + rows, default_currency="USD")
    first, second = supplier_orders(items)
    assert (first.cost, first.tracking, first.status_code) == (Decimal("12.50"), "LX123", "shipped")
    assert first.placed_at == datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert (first.lines[0].name, first.lines[0].quantity) == ('10" stand', 2)
    assert (second.tracking, second.status_code, second.lines) == ("", "", ())
    assert reading.questions == ()


def test_statuses_are_known_in_any_case_and_with_spaces_around() -> None:
    words = [
        "Awaiting payment",
        "To pay",
        "CANCELED",
        "Order cancelled",
        " Closed ",
        "Cancelado ",
        "Frozen",
        "Cerrado",
        "Pedido cerrado",
        "Aguardando envío",
        "Terminado",
        "Congelado",
        "Новый",
    ]
    assert [supplier_status_code(word) for word in words] == [
        "awaiting_payment", "awaiting_payment", "cancelled", "cancelled", "closed", "cancelled", "frozen",
        "closed", "closed", "awaiting_shipment", "completed", "frozen", "",
    ]  # fmt: skip


# Links


def test_a_link_file_may_have_several_numbers_in_a_cell_and_several_rows_for_an_order() -> None:
    content = (
        "Store order;AliExpress order numbers\n"
        "#1001;8190000000000017, 8190000000000025\n"
        '#1002;"8190000000000033\n8190000000000041"\n'
        "#1001;8190000000000058\n"
        "#1001;8190000000000025 8190000000000017\n"
        "#1003;\n"
        ";8190000000000066\n"
        "#1004;8.19E+15\n"
    )
    reading, items = read(content)
    assert [
        (link.store_order_number, link.aliexpress_numbers, link.source_lines) for link in links(items)
    ] == [
        ("#1001", ("8190000000000017", "8190000000000025"), (2,)),
        ("#1002", ("8190000000000033", "8190000000000041"), (3,)),
        ("#1001", ("8190000000000058",), (5,)),
    ]
    assert [(line, code) for line, _, _, code in issues(items)] == [
        (7, "missing_value"),
        (8, "missing_value"),
        (9, "scientific_notation"),
    ]
    assert counts(reading) == (7, 3, 3, 1)


# The sample files


def test_the_three_sample_files_speak_of_the_same_orders() -> None:
    orders = store_orders(read(shopify_csv(start=START))[1])
    bought = supplier_orders(read(aliexpress_extension_csv(start=START, closed=12))[1])
    linked = links(read(link_csv(start=START))[1])
    assert {order.number for order in orders} == {link.store_order_number for link in linked}
    assert {order.number for order in bought} == {
        number for link in linked for number in link.aliexpress_numbers
    }
    assert Counter(order.status_code for order in bought)["closed"] >= 12
    by_number = {link.store_order_number: link.aliexpress_numbers for link in linked}
    in_notes = [order for order in orders if order.aliexpress_numbers]
    assert len(in_notes) >= 5
    assert all(set(order.aliexpress_numbers) <= set(by_number[order.number]) for order in in_notes)


def test_sample_orders_hold_what_a_campaign_must_cope_with() -> None:
    orders = store_orders(read(shopify_csv(start=START))[1])
    emails = Counter(order.email for order in orders if order.email)
    assert max(emails.values()) > 1
    assert sum(not order.email for order in orders) == 1
    assert sum("relay" in (order.email or "") for order in orders) == 1
    assert sum(not order.customer_name for order in orders) == 1
    assert len({order.country for order in orders}) > 5
    assert any(len(order.lines) > 1 for order in orders)
    assert all(
        order.email.endswith((".example", "@example.com", "@scs3.tiktok.com"))
        for order in orders
        if order.email
    )


def test_sample_files_are_the_same_every_time_and_differ_by_seed() -> None:
    assert (
        shopify_csv(seed=3, start=START)
        == shopify_csv(seed=3, start=START)
        != shopify_csv(seed=4, start=START)
    )
    assert len({order.number for order in sample_orders(orders=200, start=START)}) == 200
    assert read(shopify_csv(start=START, currency="CLP"))[0].rows_rejected == 0


# Everything at once


def test_progress_reaches_the_end_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("closedorders.orderfiles.reader._ROWS_BETWEEN_PROGRESS", 10)
    content = shopify_csv(start=START)
    seen: list[tuple[int, int]] = []
    reading = read_orders(
        io.BytesIO(content),
        zone=MADRID,
        now=NOW,
        on_progress=lambda each: seen.append((each.rows_read, each.bytes_read)),
    )
    list(reading)
    assert len(seen) > 5
    assert seen == sorted(seen)
    assert seen[-1] == (reading.rows_read, len(content))


def test_many_orders_are_told_apart_and_remembered() -> None:
    many = "".join(f"#{number},paid\n" for number in range(20_000))
    reading, items = read(f"Name,Financial Status\n{many}{many}#7,voided\n")
    assert len(store_orders(items)) == 20_000
    assert counts(reading) == (40_001, 20_000, 1, 20_000)
    assert [item.params for item in items if isinstance(item, RowIssue)] == [{"first_line": 9}]


CELLS = st.one_of(
    st.sampled_from(
        ["#1001", "#1002", "", "paid", "EUR", "10.00", "-1", "NaN", "2026-02-01 10:00:00 +0100", "03/04/2025",
         "ana@example.com", "8190000000000017", "8.19E+15", "Feb 21, 2026", '10" x', "a\nb", "US $1.00|1|00"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    header=st.sampled_from(
        [SHORT, EXTENSION_HEADER, USERSCRIPT_HEADER.rstrip("\t").replace("\t", ","), "order,aliexpress"]
    ),
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=17), min_size=1, max_size=12),
    fitting=st.booleans(),
)
def test_every_row_is_accepted_rejected_or_a_duplicate_whatever_it_holds(
    header: str, rows: list[list[str]], fitting: bool
) -> None:
    titles = header.split(",")
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(titles)
    written = [(row + [""] * len(titles))[: len(titles)] if fitting else row for row in rows]
    writer.writerows(written)
    try:
        reading, items = read(output.getvalue())
    except FileRefused:
        return  # The codes of refusals are the next test's.
    with_text = [row for row in written if "".join(row).strip()]
    assert reading.rows_read == len(with_text)
    accepted = [line for item in items if not isinstance(item, RowIssue) for line in item.source_lines]
    assert len(accepted) == len(set(accepted)) == reading.rows_accepted


@settings(max_examples=150, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: f"{SHORT}\n{text}".encode())
    )
)
def test_any_bytes_are_read_or_refused_but_never_an_error(content: bytes) -> None:
    code = "empty_file"
    try:
        read(content)
    except FileRefused as refused:
        code = refused.code
    assert code in REFUSALS
