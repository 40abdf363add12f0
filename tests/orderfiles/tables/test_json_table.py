"""Lists of orders in JSON: what is refused, and what becomes of numbers and of keys that some entries lack."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from closedorders.orderfiles.tables.json_table import JsonRows
from tests.imports.files import issues, read, refusal, supplier_orders
from tests.orderfiles import kind_files


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


@pytest.mark.parametrize(
    ("number", "text"),
    [("59.970000000000006", "59.97"), ("19.90", "19.9"), ("1.234", "1.2340"), ("5.0", "5")],
)
def test_a_scripts_number_has_the_digits_that_it_was_counted_with(number: str, text: str) -> None:
    content = f'[{{"Order ID": "8201447122035519", "Price": {number}}}]'.encode()
    rows = JsonRows(io.BytesIO(content))
    assert [cells for _, cells in rows] == [["8201447122035519", text]]
