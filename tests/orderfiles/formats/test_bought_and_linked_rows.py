"""Rows of AliExpress orders, and rows that link them to store orders."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from closedorders.orderfiles.formats.aliexpress import supplier_status_code
from closedorders.orderfiles.issues import RowIssue
from tests.imports.files import counts, issues, links, read, supplier_orders
from tests.orderfiles.formats.small_files import EXTENSION_HEADER, USERSCRIPT_HEADER


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
