"""Numbers of payment cards are dropped from what is read, handed out and kept of a file; numbers of orders are not."""

from __future__ import annotations

import io
import json

import pytest

from closedorders.orderfiles.cells.cards import may_have_cards, without_cards
from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.tables.opening import open_rows
from tests.imports.files import csv_file, read, shopify_row, store_orders

FEBRUARY = "2026-02-01 10:00:00 +0100"


@pytest.mark.parametrize(
    "number",
    [
        "4242424242424242", "4000 0566 5566 5556", "5555-5555-5555-4444", "2223003122003222", "378282246310005",
        "3782 822463 10005", "6011111111111117", "6200000000000005", "30569309025904",
    ],
)  # fmt: skip
def test_a_cards_number_is_known_in_one_piece_and_in_groups(number: str) -> None:
    assert without_cards(f"paid with {number}, thanks") == "paid with [card], thanks"
    assert may_have_cards(f"x,{number},y".encode())


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",  # Its last digit is not the check digit.
        "8201234567890123", "6200000002401", "AE order 4242424242424242", "AliExpress: 5555555555554444",
        "+34 600 000 000", "2026-02-01 10:00:00 +0100", "14242424242424242", "ref-4242424242424242", "4242.42",
    ],
)  # fmt: skip
def test_other_numbers_stay(text: str) -> None:
    assert without_cards(text) == text


def _rows() -> list[dict[str, str]]:
    return [
        shopify_row(
            Name="#1", Created_at=FEBRUARY, Notes="card 4242 4242 4242 4242", Payment_Id="4242424242424242"
        ),
        shopify_row(Name="#2", Created_at=FEBRUARY, Lineitem_price="forty", Notes="5555555555554444"),
        shopify_row(Name="#3", Created_at=FEBRUARY, Notes="AE order 8201234567890123"),
    ]


def test_no_row_and_no_bad_row_has_a_cards_number_and_it_is_said() -> None:
    reading, items = read(csv_file(_rows()))
    orders = {order.number: order for order in store_orders(items)}
    assert orders["#1"].note == "card [card]"
    assert orders["#3"].aliexpress_numbers == ("8201234567890123",)
    (issue,) = [item for item in items if isinstance(item, RowIssue)]
    assert "[card]" in issue.cells
    assert "5555555555554444" not in issue.cells
    assert reading.how()["card_numbers"] == {"line": 2, "assumed": True}
    assert "4242 4242" not in str(reading.first_rows)


def test_a_column_of_cards_and_their_codes_is_blanked_whatever_it_has() -> None:
    rows = [{"Card Number": "1", "CVV": "123", **row} for row in _rows()[1:]]
    reading, items = read(csv_file(rows))
    (issue,) = [item for item in items if isinstance(item, RowIssue)]
    assert issue.cells[:2] == ("", "")
    assert "card_numbers" in reading.how()


def test_a_json_list_has_none_either() -> None:
    entry = {
        "orderId": "8201447122035519",
        "date": "2026-02-01",
        "itemCount": 1,
        "finishedAt": "",
        "store": "4242424242424242",
    }
    _, (order,) = read(json.dumps([entry]).encode(), default_currency="EUR")
    assert getattr(order, "supplier_name", "") == "[card]"


def test_a_file_without_so_many_digits_is_read_as_before() -> None:
    rows = open_rows(io.BytesIO(csv_file([shopify_row()])))
    assert rows.layout.long_digits is False
    across = csv_file([shopify_row(Notes="x" * (1 << 20 - 4) + " 4242424242424242")])
    assert open_rows(io.BytesIO(across)).layout.long_digits is True
