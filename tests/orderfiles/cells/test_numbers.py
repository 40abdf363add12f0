"""Cells with numbers of orders: text that is kept as it is worded, and found where people leave it."""

from __future__ import annotations

import pytest

from closedorders.orderfiles.cells import (
    find_aliexpress_numbers,
    parse_aliexpress_number,
    parse_aliexpress_numbers,
    parse_order_number,
)
from tests.imports.files import code_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("#1001", "#1001"), (" #AP-516073 ", "#AP-516073"), ("0042", "0042"), ("'0042", "0042"),
        ("\t1001", "1001"), ('="0042"', "0042"), ("#1E5", "#1E5"), ("Pedido Nº7", "Pedido Nº7"),
    ],
)  # fmt: skip
def test_an_order_number_is_text(text: str, number: str) -> None:
    assert parse_order_number(text) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("8.19E+15", "scientific_notation"), ("8,19E+15", "scientific_notation"), ("1e16", "scientific_notation"),
        ("", "missing_value"), ("'", "missing_value"), ("10\n01", "invalid_order_number"),
        ("#" * 65, "invalid_order_number"), ("№1\u200b2", "invalid_order_number"),
    ],
)  # fmt: skip
def test_an_order_number_that_is_none(text: str, code: str) -> None:
    assert code_of(parse_order_number, text) == code


@pytest.mark.parametrize(
    "text",
    [
        "8190000000000017", "\t8190000000000017", "'8190000000000017", " 8190000000000017\u00a0",
        "8190 0000 0000 0017", "'8190\u00a00000\u00a00000\u00a00017",
    ],
)  # fmt: skip
def test_an_aliexpress_number_sheds_what_kept_it_from_a_spreadsheet(text: str) -> None:
    assert parse_aliexpress_number(text) == "8190000000000017"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("8.19E+15", "scientific_notation"), ("819000000000001X", "invalid_aliexpress_number"),
        ("1234567", "invalid_aliexpress_number"), ("1" * 21, "invalid_aliexpress_number"),
        ("8190 0000 0000", "invalid_aliexpress_number"), ("8190 0000 0000 00171", "invalid_aliexpress_number"),
        ("８１９００００００００００００１", "invalid_aliexpress_number"), ("8190.5", "invalid_aliexpress_number"),
    ],
)  # fmt: skip
def test_an_aliexpress_number_that_is_none(text: str, code: str) -> None:
    assert code_of(parse_aliexpress_number, text) == code


@pytest.mark.parametrize("mark", [",", ", ", ";", " ", "\n", " / ", "|"])
@pytest.mark.parametrize("third", ["8190000000000017", "8190 0000 0000 0017"])
def test_several_numbers_in_one_cell_come_once_each_in_order(mark: str, third: str) -> None:
    text = mark.join(["8190000000000017", "8190 0000 0000 0025", third])
    assert parse_aliexpress_numbers(text) == ("8190000000000017", "8190000000000025")


@pytest.mark.parametrize(
    ("place", "text", "found"),
    [
        ("note", "AliExpress order 8190000000000017", ("8190000000000017",)),
        ("note", "ali: 819000001, 819000002", ("819000001", "819000002")),
        ("note", "AE order #81900000000000 and 81900000000001", ("81900000000000", "81900000000001")),
        ("note", "8190000000000017\n8190000000000025", ("8190000000000017", "8190000000000025")),
        ("tags", "wholesale, 8190000000000017", ("8190000000000017",)),
        ("note", "call +34600000000 or 600000000", ()),
        ("note", "tiktok 576460752303423488", ()),
        ("note", "card 4111111111111111x", ()),
        ("note", "Natalia 12345678", ()),
        ("note", "Gift for Ali, call 03001234567", ()),
        ("note", "Ali: 03001234567", ()),
        ("attributes", "Address: Flat 3, Ali Town, 923001234567", ()),
        ("note", "AE, +971501234567", ()),
        ("note", "AliExpress tracking LP00612345678901", ()),
        ("note", "AliExpress tracking: 8190000000000017x", ()),
        ("note", "AE tracking: RB123456789CN", ()),
        ("note", "Ordered on AliExpress 20260312", ()),
        ("note", "AliExpress: 20260312", ()),
        ("note", "Ali 8190000000000017", ("8190000000000017",)),
        ("note", "AE8190000000000017", ("8190000000000017",)),
        ("tags", "vip, ali8190000000000017", ("8190000000000017",)),
        ("note", "AliExpress8190000000000017, paid", ("8190000000000017",)),
        ("note", "AliExpress no. 81900000000000", ("81900000000000",)),
        ("note", "pedido AE nº 81900000000000", ("81900000000000",)),
        ("attributes", "cart_token: 8190000000000017", ()),
        ("attributes", "AliExpress order: 8190000000000017", ("8190000000000017",)),
        ("attributes", "_ga: GA1.1.123456789012345.1700000000", ()),
    ],
)  # fmt: skip
def test_aliexpress_numbers_are_found_where_people_leave_them(
    place: str, text: str, found: tuple[str, ...]
) -> None:
    assert find_aliexpress_numbers(**{place: text}) == found


@pytest.mark.parametrize("text", ["maria@example.com", "#1 maria＠example.com", "x﹫y", "@1001"])
def test_an_address_is_no_order_number_for_numbers_are_shown_whole_to_everyone(text: str) -> None:
    assert code_of(parse_order_number, text) == "invalid_order_number"
