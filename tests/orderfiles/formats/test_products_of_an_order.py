"""Rows that are further products of an order are taken as such, however little or much of the order they repeat."""

from __future__ import annotations

import pytest

from closedorders.orderfiles.formats.custom import column_keys, mapped_format
from tests.imports.files import counts, csv_file, issues, read, shopify_row, store_orders

FEBRUARY = "2026-02-01 10:00:00 +0100"


def _order(number: str, **cells: str) -> dict[str, str]:
    return shopify_row(Name=number, Created_at=FEBRUARY, **cells)


def _product(name: str, **cells: str) -> dict[str, str]:
    return {"Name": "", "Lineitem name": name, "Lineitem quantity": "1", "Lineitem price": "5.00"} | cells


def _lines(rows: list[dict[str, str]]) -> list[list[str]]:
    _, items = read(csv_file(rows))
    return [[line.name for line in order.lines] for order in store_orders(items)]


def test_a_row_that_repeats_status_and_currency_and_leaves_the_totals_blank_is_a_product() -> None:
    further = {"Name": "#1", "Email": "maria@example.com", "Financial Status": "paid", "Currency": "EUR"}
    rows = [_order("#1"), _product("Hub") | further, _product("Hub") | further, _order("#2")]
    reading, items = read(csv_file(rows))
    assert issues(items) == []
    assert counts(reading) == (4, 4, 0, 0)
    assert [[line.name for line in each.lines] for each in store_orders(items)] == [
        ["Lamp", "Hub", "Hub"],
        ["Lamp"],
    ]


def test_a_row_of_another_currency_or_total_is_not_taken_for_a_product() -> None:
    for other in ({"Currency": "USD"}, {"Total": "26.00"}):
        further = {"Name": "#1", "Financial Status": "paid", "Currency": "EUR"} | other
        _, items = read(csv_file([_order("#1"), _product("Hub") | further]))
        assert [code for *_, code in issues(items)] == ["order_repeated"]


@pytest.mark.parametrize("repeated", [{}, {"Email": "maria@example.com", "Created at": FEBRUARY}])
def test_a_product_without_its_order_number_is_of_the_order_above(repeated: dict[str, str]) -> None:
    rows = [_order("#1"), _product("Frame") | repeated, _order("#2")]
    assert _lines(rows) == [["Lamp", "Frame"], ["Lamp"]]


def test_an_order_that_lost_its_number_is_no_product_of_the_one_above() -> None:
    _, items = read(csv_file([_order("#1"), _order("")]))
    assert [(line, code) for line, _, _, code in issues(items)] == [(3, "missing_value")]
    # Nor is a sum at the end of the file.
    _, items = read(csv_file([_order("#1"), {"Name": "", "Total": "25.00"}]))
    assert len(issues(items)) == 1


def test_products_of_a_file_named_by_hand_need_no_number_either() -> None:
    header = ["Nr", "Sum", "Thing", "Pcs"]
    names = dict(zip(("number", "total", "line_name", "line_quantity"), column_keys(header), strict=True))
    content = "Nr,Sum,Thing,Pcs\n7,20.00,Mug,1\n,,Lamp,2\n8,5.00,Mug,1\n"
    _, items = read(
        content, own_format=lambda _: mapped_format("store_orders", names), default_currency="EUR"
    )
    assert [[line.name for line in each.lines] for each in store_orders(items)] == [["Mug", "Lamp"], ["Mug"]]
