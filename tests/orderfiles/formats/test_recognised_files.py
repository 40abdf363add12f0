"""A file is known by its header, or refused with what it lacks."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from closedorders.orderfiles.reader import ColumnsUnknown, read_orders
from closedorders.orderfiles.samples import (
    shopify_csv,
    shopify_header,
)
from closedorders.orderfiles.tables.csv_table import REFUSALS, FileRefused
from tests.imports.files import read, store_orders
from tests.orderfiles.formats.small_files import (
    EXTENSION_HEADER,
    FIRST,
    HELP_PAGE_HEADER,
    OTHER,
    SHORT,
    START,
    USERSCRIPT_HEADER,
    csv_text,
)


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
