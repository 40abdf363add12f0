"""Workbooks: which sheet and row the orders begin at, what cells become, and what is refused."""

from __future__ import annotations

import io
import weakref
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from python_calamine import CalamineSheet, CalamineWorkbook

from closedorders.orderfiles.reader import ColumnsUnknown
from closedorders.orderfiles.tables import workbook_sheets, workbook_size, workbook_table
from closedorders.orderfiles.tables.csv_table import FileRefused
from closedorders.orderfiles.tables.opening import open_rows
from closedorders.orderfiles.tables.workbook_table import WorkbookRows
from tests.imports.files import issues, read, refusal, store_orders, supplier_orders
from tests.orderfiles import kind_files
from tests.orderfiles.kind_files import SHOPIFY_ROW
from tests.orderfiles.workbooks import workbook


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
    assert asked.how == {"sheet": {"sheet": "Orders", "sheets": ["Cover", "Orders", "More"]}}


def test_a_hidden_sheet_is_not_taken_for_the_orders() -> None:
    sheets: dict[str, list[list[object]]] = {"Lists": [["Colour", "Size"], ["red", "M"]], "Orders": HAND_MADE}
    asked = refusal(workbook(sheets, hidden={"Lists"}))
    assert isinstance(asked, ColumnsUnknown)
    assert asked.how == {"sheet": {"sheet": "Orders", "sheets": ["Orders"]}}, "nor offered"


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


# --- A sheet that a person chose ---

SHOP_ROWS: list[list[object]] = [list(SHOPIFY_ROW), list(SHOPIFY_ROW.values())]
HIDDEN_LAST: dict[str, list[list[object]]] = {
    "Known": SHOP_ROWS,
    "Mine": HAND_MADE,
    "Empty": [],
    "Lists": [["Colour", "Size"], ["red", "M"]],
}


def chosen(content: bytes, sheet: str) -> WorkbookRows:
    return WorkbookRows(io.BytesIO(content), is_known=lambda header: "Name" in header, sheet=sheet)


def test_the_sheet_that_is_chosen_is_read_in_place_of_the_first_known_one() -> None:
    content = workbook(HIDDEN_LAST, hidden={"Lists"})
    rows = chosen(content, "Mine")
    assert rows.header == ["Ref", "When", "Customer", "Paid"]
    assert [line for line, _ in rows] == [5, 6]
    again = WorkbookRows(io.BytesIO(content), is_known=lambda header: True, layout=rows.layout)
    assert (again.layout.sheet, again.header) == ("Mine", rows.header)
    assert chosen(content, "").header == list(SHOPIFY_ROW), "none chosen"


def test_a_hidden_sheet_is_offered_only_while_it_is_read() -> None:
    content = workbook(HIDDEN_LAST, hidden={"Lists", "Known"})
    assert chosen(content, "Mine").layout.sheets == ("Mine", "Empty")
    assert chosen(content, "Lists").layout.sheets == ("Mine", "Empty", "Lists")
    assert chosen(content, "").layout.sheets == ("Known", "Mine", "Empty"), "its header is known"


@pytest.mark.parametrize(
    ("sheet", "code"),
    [("Empty", "sheet_without_titles"), ("Gone", "no_such_sheet"), ("mine", "no_such_sheet")],
)
def test_a_chosen_sheet_without_orders_is_refused_though_another_has_them(sheet: str, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        chosen(workbook(HIDDEN_LAST, hidden={"Lists"}), sheet)
    assert (refused.value.code, refused.value.params["sheet"]) == (code, sheet)
    if code == "no_such_sheet":
        assert refused.value.params["known"] == "Known, Mine, Empty"
    else:
        assert refused.value.how == {"sheet": {"sheet": "Empty", "sheets": ["Known", "Mine", "Empty"]}}


def test_a_chart_on_a_sheet_of_its_own_is_neither_offered_nor_read() -> None:
    content = workbook({"Orders": SHOP_ROWS, "Chart": SHOP_ROWS})
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        relations = parts.read("xl/_rels/workbook.xml.rels")
        sheet = parts.read("xl/worksheets/sheet2.xml")
    relations = relations.replace(
        b'worksheet" Target="worksheets/sheet2', b'chartsheet" Target="chartsheets/sheet2'
    )
    content = rezipped(content, **{"workbook.xml.rels": relations})
    with io.BytesIO(content) as file, zipfile.ZipFile(file, "a") as parts:
        parts.writestr("xl/chartsheets/sheet2.xml", sheet)
        parts.close()
        content = file.getvalue()
    assert chosen(content, "").layout.sheets == ("Orders",)
    with pytest.raises(FileRefused) as refused:
        chosen(content, "Chart")
    assert refused.value.code == "no_such_sheet"


def test_what_is_wrong_with_the_first_sheet_names_the_others() -> None:
    for rows, code in ((SHOP_ROWS[:1], "no_rows"), ([*SHOP_ROWS, SHOP_ROWS[0]], "header_repeated")):
        refused = refusal(workbook({"Template": rows, "Orders": SHOP_ROWS}))
        assert refused.code == code
        assert refused.how == {"sheet": {"sheet": "Template", "sheets": ["Template", "Orders"]}}


def test_names_that_are_offered_are_bounded_and_the_one_that_is_read_is_among_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook_table, "MAX_SHEETS_OFFERED", 2)
    content = workbook({"x" * 101: [], "A": [], "B": [], "C": [], "Mine": HAND_MADE})
    assert chosen(content, "Mine").layout.sheets == ("A", "Mine")


def test_one_sheet_at_a_time_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    held: weakref.WeakSet[Held] = weakref.WeakSet()
    most = 0

    class Held:
        def __init__(self, sheet: CalamineSheet) -> None:
            nonlocal most
            self.name, self.total_height, self.iter_rows = sheet.name, sheet.total_height, sheet.iter_rows
            held.add(self)
            most = max(most, len(held))

    class Book:
        def __init__(self, book: CalamineWorkbook) -> None:
            self.sheets_metadata = book.sheets_metadata
            self._book = book

        def get_sheet_by_name(self, name: str) -> Held:
            return Held(self._book.get_sheet_by_name(name))

        @classmethod
        def from_filelike(cls, file: io.BytesIO) -> Book:
            return cls(CalamineWorkbook.from_filelike(file))

    monkeypatch.setattr(workbook_sheets, "CalamineWorkbook", Book)
    file = io.BytesIO(workbook({"Mine": HAND_MADE, "More": HAND_MADE, "Known": SHOP_ROWS}))
    looks: list[Mapping[str, object]] = [{"look": "Mine"}, {"look": "More"}, {"look": "Known"}]
    for sheet, rows in (("Known", 1), ("More", 2)):
        after = 1 if sheet == "Known" else 4
        requests: list[Mapping[str, object]] = [{"open": True}, *looks, {"rows": sheet, "after": after}]
        answers = list(workbook_sheets.answers(file, iter(requests)))
        assert [len(each["rows"]) for each in answers if "rows" in each] == [rows, 0]
    assert most == 1


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
    bomb = rezipped(kind_files.backup_file(), sheet1=b" " * (workbook_size.MAX_UNPACKED_BYTES + 1))
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
