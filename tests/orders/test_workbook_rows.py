"""Workbooks: which sheet and row the orders begin at, what cells become, and what is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from closedorders.orders import workbook_rows
from closedorders.orders.formats import ColumnsUnknown
from closedorders.orders.formats.sources import open_rows
from closedorders.orders.workbook_rows import WorkbookRows
from tests.orders import kind_files
from tests.orders.files import issues, read, refusal, store_orders, supplier_orders
from tests.orders.kind_files import SHOPIFY_ROW
from tests.orders.workbooks import workbook


def test_a_header_below_a_title_is_found() -> None:
    rows: list[list[object]] = [["My AliExpress data"], [], *kind_files.backup_rows(kind_files.BACKUP_ROW)]
    _, items = read(workbook({"Orders": rows}), default_currency="USD")
    assert supplier_orders(items)[0].source_lines == (4,)


def test_dates_that_are_numbers_with_a_date_format_are_dates() -> None:
    dated = kind_files.BACKUP_ROW | {
        "gmt_create_order_time": datetime(2026, 2, 21, 9, 50),  # noqa: DTZ001 - as a sheet has it
        "gmt_pay_order_time": None,
        "gmt_trade_end_time": None,
    }
    _, items = read(workbook({"Order Information": kind_files.backup_rows(dated)}), default_currency="USD")
    (order,) = supplier_orders(items)
    assert order.placed_at == datetime(2026, 2, 21, 8, 50, tzinfo=UTC)


def test_sixteen_digits_are_read_from_text_and_refused_from_a_number_that_lost_its_last() -> None:
    text = kind_files.BACKUP_ROW
    number = text | {"parent_orderid": 8201447122035519}
    rounded = text | {"parent_orderid": 8201447122035520}
    for row, expected in ((text, "8201447122035519"), (number, "8201447122035519"), (rounded, "")):
        _, items = read(workbook({"Order Information": kind_files.backup_rows(row)}), default_currency="USD")
        if expected:
            assert [order.number for order in supplier_orders(items)] == [expected]
        else:
            assert [code for *_, code in issues(items)] == ["scientific_notation"]


def test_a_workbook_of_shop_orders_is_read_too() -> None:
    titles = list(SHOPIFY_ROW)
    rows: list[list[str]] = [titles, [SHOPIFY_ROW[title] for title in titles]]
    reading, items = read(workbook({"Sheet1": rows}))
    assert (reading.format.key, store_orders(items)[0].total) == ("shopify_orders", Decimal("39.85"))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["Ref", "Total"]],
        [["Notes"], ["call Ana"]],
        [["#1001", 25.5], ["#1002", "free"]],
        [[datetime(2026, 10, 3), "Ana"], ["later", "Bo"], ["never", "Cy"]],  # noqa: DTZ001 - as a sheet has it
        [*[["Notes"]] * 25, ["Ref", "Total"], ["#1001", 25.5]],
    ],
    ids=["nothing", "titles alone", "one column", "numbers first", "a date first", "titles too far down"],
)
def test_a_workbook_without_a_row_of_titles_is_refused(rows: list[list[object]]) -> None:
    assert refusal(workbook({"Sheet1": rows})).code == "file_is_xlsx"


HAND_MADE: list[list[object]] = [
    ["Orders of May"],
    ["Shop", "Casa Luna"],
    [],
    ["Ref", "When", "Customer", "Paid"],
    ["#1001", "03/10/2026", "Ana", 25.5],
    ["#1002", None, "Bo", None],
]


def test_columns_nobody_knows_are_asked_for_under_the_first_row_of_titles() -> None:
    asked = refusal(workbook({"Cover": [["Casa Luna"], ["May"]], "Orders": HAND_MADE, "More": HAND_MADE[3:]}))
    assert isinstance(asked, ColumnsUnknown)
    assert (asked.code, asked.header) == ("unknown_format", ("Ref", "When", "Customer", "Paid"))
    assert asked.rows == [["#1001", "03/10/2026", "Ana", "25.5"], ["#1002", "", "Bo", ""]]
    assert asked.layout == {"sheet": "Orders"}


def test_a_hidden_sheet_is_not_taken_for_the_orders() -> None:
    sheets: dict[str, list[list[object]]] = {"Lists": [["Colour", "Size"], ["red", "M"]], "Orders": HAND_MADE}
    asked = refusal(workbook(sheets, hidden={"Lists"}))
    assert isinstance(asked, ColumnsUnknown)
    assert asked.layout == {"sheet": "Orders"}


def test_a_known_header_on_a_later_sheet_comes_before_an_unknown_one() -> None:
    sheets: dict[str, list[list[object]]] = {
        "Mine": HAND_MADE,
        "Order Information": kind_files.backup_rows(kind_files.BACKUP_ROW),
    }
    reading, _ = read(workbook(sheets), default_currency="USD")
    assert reading.format.key == "aliexpress_backup"


def test_the_second_look_at_unknown_columns_begins_below_the_same_titles() -> None:
    file = io.BytesIO(workbook({"Cover": [["Casa Luna"]], "Orders": [["a", "b"], [], [], *HAND_MADE]}))
    rows = open_rows(file)
    again = open_rows(file, layout=rows.layout)
    assert again.header == rows.header
    assert list(again) == list(rows)


def rezipped(content: bytes, **parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, parts.get(name.rpartition("/")[2].removesuffix(".xml"), old.read(name)))
    return buffer.getvalue()


def test_a_workbook_that_unpacks_to_more_than_we_hold_is_refused_before_it_is_read() -> None:
    bomb = rezipped(kind_files.backup_file(), sheet1=b" " * (workbook_rows.MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < 1024 * 1024
    assert refusal(bomb).code == "workbook_too_large"


def test_a_cell_far_out_does_not_make_room_for_all_before_it() -> None:
    far = (
        b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert refusal(rezipped(kind_files.backup_file(), sheet1=far)).code == "workbook_too_large"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2] + b"xl/",
        lambda content: content[:-30],
        lambda content: content.replace(b"xl/worksheets", b"xl/worksheetz"),
        lambda content: rezipped(content, workbook=b"<workbook"),
        lambda content: rezipped(
            content, sheet2=b'<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>7</v>'
        ),
    ],
)
def test_a_damaged_workbook_is_refused(damage: Callable[[bytes], bytes]) -> None:
    assert refusal(damage(kind_files.backup_file())).code in ("workbook_damaged", "file_is_xlsx")


def test_the_second_look_at_a_workbook_opens_the_same_sheet() -> None:
    file = io.BytesIO(kind_files.backup_file())
    rows = open_rows(file)
    again = WorkbookRows(file, is_known=lambda header: True, layout=rows.layout)
    assert rows.layout.sheet == "Order Information"
    assert list(again) == list(open_rows(file))
