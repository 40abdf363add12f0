"""Shopify's rows to orders: grouping, quirks, issues, and what is taken for granted."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.samples import (
    shopify_header,
)
from tests.imports.files import counts, issues, read, store_orders
from tests.orderfiles.formats.small_files import FIRST, OTHER, SECOND, SHORT, csv_text


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
    assert [(each.code, each.params) for each in reading.assumptions] == [
        ("no_email_column", {}),
        ("currency", {"currency": "EUR"}),
    ]
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
