"""Files of no known kind, read as a person named their columns; and what their amounts and bytes leave open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from closedorders.orderfiles.formats.base import Format
from closedorders.orderfiles.formats.custom import (
    MAPPED,
    MAPPED_FIELDS,
    column_keys,
    header_key,
    mapped_format,
)
from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.reader import ColumnsUnknown
from closedorders.orderfiles.records import Item
from closedorders.orderfiles.tables.csv_table import FileRefused
from tests.imports.files import issues, links, read, store_orders, supplier_orders

STORE = "Ref,Cuándo,Nombre,Apellidos,Contacto,Importe,Artículo,Uds"
STORE_MAPPING = {
    "number": "ref",
    "placed_at": "cuando",
    "customer_name": "nombre",
    "customer_last_name": "apellidos",
    "email": "contacto",
    "total": "importe",
    "line_name": "articulo",
    "line_quantity": "uds",
}


def named(kind: str, mapping: dict[str, str]) -> Callable[[Sequence[str]], Format]:
    return lambda header: mapped_format(kind, mapping)


def codes(items: list[Item]) -> list[str]:
    return [item.code for item in items if isinstance(item, RowIssue)]


# --- Names of columns ---


def test_columns_of_one_title_have_keys_of_their_own() -> None:
    assert column_keys(["Precio", "precio ", "", "€", ""]) == ("precio", "precio (2)", " (2)", "€", " (3)")


def test_a_header_is_known_again_in_any_order_case_and_accent() -> None:
    assert header_key(["Número", "Total"]) == header_key(["TOTAL", "numero"])
    assert header_key(["Número", "Total"]) != header_key(["Número", "Total", "Total"])


def test_a_file_whose_every_column_was_named_twice_is_read() -> None:
    mapping = {"number": "ref", "line_name": "ref", "currency": "art", "line_sku": "art"}
    _, items = read("Ref,Art\n#1,EUR\n#2,USD\n", own_format=named("store_orders", mapping))
    assert [(order.number, order.currency) for order in store_orders(items)] == [("#1", "EUR"), ("#2", "USD")]


@pytest.mark.parametrize("kind", MAPPED)
def test_every_field_a_column_can_be_named_is_read_by_its_format(kind: str) -> None:
    fields = set(MAPPED_FIELDS[kind])
    assert set(MAPPED[kind].required) <= fields
    own = {"customer_last_name"}
    for base in MAPPED[kind].__mro__:
        own |= set(getattr(base, "table", {}))
    known = {
        "aliexpress_orders": {
            "store_order",
            "cost",
            "tracking",
            "supplier_url",
            "line_sku",
            "price",
            "status",
        }
    }
    assert fields <= own | known.get(kind, set()) | {
        "number", "placed_at", "currency", "supplier_name", "line_name", "line_quantity",
    }  # fmt: skip


# --- Rows ---


def test_a_file_whose_columns_nobody_knows_is_handed_over_with_its_first_rows() -> None:
    with pytest.raises(ColumnsUnknown) as caught:
        read(f"{STORE}\n#1,,Ana,,,5,,\n")
    assert caught.value.code == "unknown_format"
    assert caught.value.header == tuple(STORE.split(","))
    assert caught.value.rows == [["#1", "", "Ana", "", "", "5", "", ""]]


@pytest.mark.parametrize(
    ("columns", "rows", "products", "said"),
    [
        (
            "Name,Mail,Item",
            ["#1,Ana,a@x.example,Mug", "#1,Eva,e@x.example,Chair"],
            ["Mug"],
            ["order_repeated"],
        ),
        ("Name,Mail,Item", ["#1,Ana,a@x.example,Mug", "#1,,,Chair"], ["Mug", "Chair"], []),
        ("Name,Mail,Item", ["#1,Ana,a@x.example,Mug", "#1,Ana,,Chair"], ["Mug", "Chair"], []),
        ("Name,Mail,Item", ["#1,Ana,a@x.example,Mug", "#1,Ana,a@x.example,Mug"], ["Mug", "Mug"], []),
        ("Name,Total", ["#1,Ana,5.00", "#1,Eva,9.00"], [], ["order_repeated"]),
        ("Name,Total", ["#1,Ana,5.00", "#1,Ana,5.00"], [], "duplicate"),
        ("Name,Total", ["#1,Ana,5.00", "#1,,"], [], []),
    ],
)
def test_a_further_row_that_tells_another_order_is_no_part_of_this_one(
    columns: str, rows: list[str], products: list[str], said: Any
) -> None:
    fields = {"Name": "customer_name", "Mail": "email", "Item": "line_name", "Total": "total"}
    mapping = {"number": "ref"} | {fields[title]: title.lower() for title in columns.split(",")}
    # Others after it, so that orders are read many at once where they can be.
    others = "".join(f"#{n}{',' * len(columns.split(','))}\n" for n in range(2, 5))
    content = f"Ref,{columns}\n" + "".join(f"{row}\n" for row in rows) + others
    reading, items = read(content, own_format=named("store_orders", mapping))
    order = store_orders(items)[0]
    assert [line.name for line in order.lines] == products
    assert order.customer_name == "Ana"
    assert reading.rows_duplicate == (said == "duplicate")
    assert codes(items) == ([] if said == "duplicate" else said)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("Aa,Bb\n", "no_rows"),
        ("hello world\nfoo\n", "unknown_format"),
        ("#1001,ana@example.com\n#2,x\n", "no_header"),
    ],
)
def test_a_file_without_columns_to_name_stays_refused(content: str, code: str) -> None:
    with pytest.raises(FileRefused) as caught:
        read(content)
    assert (caught.value.code, type(caught.value)) == (code, FileRefused)


def test_a_missing_column_of_a_known_format_can_be_named() -> None:
    with pytest.raises(ColumnsUnknown) as caught:
        read("Pedido mío,Total,Financial Status,Lineitem name,Lineitem price\n#1,5,paid,Lamp,5\n")
    assert caught.value.code == "missing_column"


def test_store_orders_are_read_by_the_names_a_person_gave() -> None:
    content = (
        f'{STORE}\n#1,03/10/2025 10:00,Ana,Gil,Ana@Example.com,"1.234,50 €",Lamp,1\n'
        '#1,03/10/2025 10:00,Ana,Gil,Ana@Example.com,"1.234,50 €",Mat,2\n#2,31/10/2025,Bo,,,5,,\n'
    )
    reading, items = read(content, own_format=named("store_orders", STORE_MAPPING))
    first, second = store_orders(items)
    assert (first.number, first.customer_name, first.email) == ("#1", "Ana Gil", "ana@example.com")
    assert (first.total, first.currency) == (Decimal("1234.50"), "EUR")
    assert first.placed_at == datetime(2025, 10, 3, 8, tzinfo=UTC)
    assert [(line.name, line.quantity) for line in first.lines] == [("Lamp", 1), ("Mat", 2)]
    assert (second.customer_name, second.lines) == ("Bo", ())
    assert first.phone is None, "what the file has no column for is not given"
    assert reading.format.key == "mapped_store_orders"


def test_a_blank_status_in_an_unknown_file_makes_no_further_row_of_an_order() -> None:
    mapping = {"number": "order", "financial_status": "paid"}
    _reading, items = read("Order,Paid\n#1,yes\n#2,\n", own_format=named("store_orders", mapping))
    assert [item.number for item in store_orders(items)] == ["#1", "#2"]


def test_bad_cells_are_named_by_the_files_own_titles() -> None:
    _reading, items = read(f"{STORE}\n#1,,Ana,,nobody,5,,\n", own_format=named("store_orders", STORE_MAPPING))
    assert [(item.column, item.code) for item in items if isinstance(item, RowIssue)] == [
        ("Contacto", "invalid_email")
    ]


def test_of_two_columns_with_one_title_the_named_one_is_read() -> None:
    _reading, items = read(
        "Order,Price,Price\n#1,5,7\n",
        own_format=named("store_orders", {"number": "order", "total": "price (2)"}),
    )
    assert [item.total for item in store_orders(items)] == [Decimal("7.00")]


def test_aliexpress_orders_and_links_are_read_by_the_names_a_person_gave() -> None:
    content = "Theirs,Paid,Way\n8201447122035519,US $3.10,LP00123456789012\n"
    mapping = {"number": "theirs", "cost": "paid", "tracking": "way"}
    _reading, items = read(content, own_format=named("aliexpress_orders", mapping))
    (bought,) = supplier_orders(items)
    assert (bought.number, bought.cost, bought.currency) == ("8201447122035519", Decimal("3.10"), "USD")
    assert bought.tracking == "LP00123456789012"
    _reading, items = read(
        "Ours,Theirs\n#1,8201447122035519 8201447122035520\n",
        own_format=named("order_links", {"number": "ours", "aliexpress": "theirs"}),
    )
    (link,) = links(items)
    assert (link.store_order_number, len(link.aliexpress_numbers)) == ("#1", 2)


def test_a_row_may_say_for_which_order_an_aliexpress_order_was_bought() -> None:
    content = (
        "Ours,Theirs,Way,Item\n"
        "#1,8201447122035519,LP00123456789012,Lamp\n"
        ",8201447122035519,,Mug\n"
        "#2,8201447122035519,,Tray\n"
        ",8201447122035520,LP00123456789013,Lamp\n"
        "#3,8201447122035520,LP00123456789013,Mug\n"
        "3,8201447122035520,LP00123456789014,Tray\n"
        ",8201447122035521,,Lamp\n"
    )
    mapping = {"store_order": "ours", "number": "theirs", "tracking": "way", "line_name": "item"}
    _reading, items = read(content, own_format=named("aliexpress_orders", mapping))
    first, second, third = supplier_orders(items)
    assert (first.store_order_number, first.source_lines, len(first.cells)) == ("#1", (2, 3), 2)
    assert (second.store_order_number, len(second.cells)) == ("#3", 3), (
        "whichever of its rows says so, and how"
    )
    assert second.tracking == "LP00123456789013, LP00123456789014"
    assert (third.store_order_number, third.cells) == ("", ())
    assert issues(items) == [(4, "", "", "order_repeated")]


# --- Decimal sign ---


def totals(items: list[Item]) -> list[str]:
    return [str(item.total) for item in store_orders(items)]


def test_amounts_that_read_two_ways_are_one_question_for_the_file() -> None:
    reading, items = read('Name,Fulfillment Status,Total\n#1,,"1,234"\n#2,,1.500\n#3,,20\n')
    assert codes(items) == ["ambiguous_amount", "ambiguous_amount"]
    assert [(each.code, each.params) for each in reading.questions] == [
        ("decimal_sign", {"line": 2, "column": "Total", "value": "1,234"})
    ]
    assert totals(items) == ["20.00"]


@pytest.mark.parametrize(("sign", "expected"), [(".", ["1234.00", "1.50"]), (",", ["1.23", "1500.00"])])
def test_the_answer_reads_amounts_one_way(sign: str, expected: list[str]) -> None:
    reading, items = read(
        'Name,Fulfillment Status,Total\n#1,,"1,234"\n#2,,1.500\n'.replace(
            "1,234", "1,230" if sign == "," else "1,234"
        ),
        decimal_sign=sign,
    )
    assert totals(items) == expected
    assert reading.questions == ()


def test_an_amount_that_reads_one_way_settles_those_before_it() -> None:
    reading, items = read("Name;Fulfillment Status;Total\n#1;;1.234\n#2;;12,50\n")
    assert totals(items) == ["1234.00", "12.50"]
    settled = reading.how()["decimal_sign"]
    assert settled == {"decimal_sign": ",", "line": 3, "value": "12,50", "assumed": True}


def test_a_file_with_both_signs_settles_nothing() -> None:
    reading, items = read('Name,Fulfillment Status,Total\n#1,,"12,50"\n#2,,12.50\n#3,,1.234\n')
    assert codes(items) == ["ambiguous_amount"]
    assert [each.code for each in reading.questions] == ["decimal_sign"]


# --- Answers about the bytes ---


def test_a_told_encoding_and_delimiter_overrule_what_the_bytes_suggest() -> None:
    content = "Name;Billing Name;Financial Status\n#1;Zoë|Šárka;paid\n".encode("cp1250")
    _reading, items = read(content, encoding="cp1250")
    assert [item.customer_name for item in store_orders(items)] == ["Zoë|Šárka"]
    _reading, items = read("Name|Total|Financial Status|x,y,z,w\n#1|5|paid|-\n", delimiter="|")
    assert totals(items) == ["5.00"]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_told_utf_16_takes_its_byte_order_from_the_file(codec: str) -> None:
    _reading, items = read("Name,Financial Status,Total\n#1,paid,5\n".encode(codec), encoding="utf-16")
    assert totals(items) == ["5.00"]


def test_a_wrong_encoding_is_refused_and_not_half_read() -> None:
    with pytest.raises(FileRefused) as caught:
        read("Name,Billing Name,Financial Status\n#1,Zoë,paid\n".encode("cp1252"), encoding="utf-8")
    assert caught.value.code == "undecodable_bytes"


def test_how_a_file_is_read_is_always_told() -> None:
    reading, _items = read(
        "Name,Financial Status,Total,Created at\n#1,paid,5.50,2025-10-01 10:00:00 +0200\n",
        default_currency="EUR",
    )
    assert reading.how() == {
        "encoding": {"encoding": "utf-8"},
        "delimiter": {"delimiter": ","},
        "date_order": {"date_order": ""},
        "decimal_sign": {"decimal_sign": "."},
        "time_zone": {"zone": "Europe/Madrid"},
        "currency": {"currency": "EUR", "assumed": True},
        "no_email_column": {"assumed": True},
    }
