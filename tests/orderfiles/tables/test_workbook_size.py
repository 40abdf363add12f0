"""Small workbooks that ask for much memory or time: what is refused, by what, and that the reader is not harmed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from closedorders.core.child_processes.limited_process import LimitedProcess
from closedorders.core.database.jobs import ClaimLost
from closedorders.imports.models import Import
from closedorders.imports.runs import claims, reading
from closedorders.orderfiles.reader import ColumnsUnknown, read_orders
from closedorders.orderfiles.tables import workbook_size, workbook_table
from closedorders.orderfiles.tables.csv_table import FileRefused
from closedorders.orderfiles.tables.opening import open_rows
from closedorders.orderfiles.tables.workbook_size import check_size
from closedorders.orderfiles.tables.workbook_table import WorkbookRows
from tests.cast import Cast
from tests.core.child_processes.test_limited_process import runs, waited_for
from tests.factories import make_store
from tests.imports.files import MADRID, preview, refusal
from tests.orderfiles.tables.test_workbook_table import HAND_MADE
from tests.orderfiles.workbooks import workbook

SMALL = workbook({"Orders": HAND_MADE})
SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
NEAR = '<row r="1"><c r="A1"><v>1</v></c></row>'


def with_parts(changed: Mapping[str, str | bytes], *, without: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SMALL)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changed and name != without:
                new.writestr(name, old.read(name))
        for name, content in changed.items():
            new.writestr(name, content)
    return buffer.getvalue()


def sheet_of(rows: str) -> str:
    return f"<worksheet><sheetData>{rows}</sheetData></worksheet>"


def with_target(target: str, part: str, sheet: str | bytes = "") -> bytes:
    """The sheet is another part, and the workbook's relation names it so."""
    relations = zipfile.ZipFile(io.BytesIO(SMALL)).read(RELATIONS).decode()
    relations = relations.replace("worksheets/sheet1.xml", target)
    return with_parts({RELATIONS: relations, part: sheet or sheet_of(FAR)}, without=SHEET)


def code_of_size(content: bytes) -> str:
    try:
        check_size(io.BytesIO(content))
    except FileRefused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ("worksheets/sheet1.bin", "xl/worksheets/sheet1.bin"),
        ("worksheets/sheet1", "xl/worksheets/sheet1"),
        ("worksheets/picture.png", "xl/worksheets/picture.png"),
        ("/xl/worksheets/sheet1.dat", "xl/worksheets/sheet1.dat"),
        ("/elsewhere/sheet1.dat", "elsewhere/sheet1.dat"),
        ("../elsewhere/sheet1.dat", "elsewhere/sheet1.dat"),
        ("../elsewhere/sheet1.dat", "xl/../elsewhere/sheet1.dat"),
        ("WORKSHEETS/Sheet1.XMLX", "xl/worksheets/sheet1.xmlx"),
        ("worksheets\\sheet1.dat", "xl/worksheets\\sheet1.dat"),
    ],
)
def test_a_far_cell_is_counted_whatever_the_part_is_called_and_however_it_is_named(
    target: str, part: str
) -> None:
    assert code_of_size(with_target(target, part)) == "workbook_too_large"


@pytest.mark.parametrize(
    "rows",
    [
        '<row spans=">" r="1048576"><c t=">" r="XFD1048576"><v>1</v></c></row>',
        # The tag begins before the end of the first piece that is unpacked, and ends after it.
        f'{" " * (256 * 1024 - 2000)}<row><c t="{"x" * 5000}" r="XFD1048576"><v>1</v></c></row>',
        f'<row><c t="{"x" * 600_000}" r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c><v>1</v></c></row><row r="1"><c r="XFD1"><v>1</v></c></row>',
        '<row r="1048576"><c r="A1"><v>1</v></c><c><v>1</v></c><c r="XFD1"><v>1</v></c></row>',
        '<row r="1048575"></row><row><c><v>1</v></c><c r="XFD1"><v>1</v></c></row>',
        '<row r="1">' * 200 + "</row>" * 200 + '<c><v>1</v></c><c r="XFD1"><v>1</v></c>',
        '<row r="1048576"><c r="XFD1048576"><!-- a comment --><v><![CDATA[1]]></v></c></row>',
        '<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        '<row r="&#49;048576"><c r="XFD&#49;048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="xfd1048576" t="inlineStr"><is><t>1</t></is></c></row>',
    ],
    ids=[
        "a > in an attribute",
        "a long tag",
        "a very long tag",
        "by the row's number only",
        "in another row than its own",
        "by the number of the row before",
        "rows within rows",
        "comment and CDATA",
        "a prefix",
        "character references",
        "small letters",
    ],
)
def test_a_far_cell_is_counted_however_it_is_written(rows: str) -> None:
    assert code_of_size(with_parts({SHEET: sheet_of(rows)})) == "workbook_too_large"


@pytest.mark.parametrize(
    "sheet",
    [
        sheet_of(FAR).encode("utf-16"),
        sheet_of(FAR).encode("utf-16-le"),
        sheet_of(NEAR).replace("</row>", "</rov>"),
        sheet_of(NEAR)[:-1],
        b"\x89PNG\r\n" + sheet_of(FAR).encode(),
        '<!DOCTYPE worksheet [<!ENTITY far "XFD1048576">]>'
        + sheet_of('<row><c r="&far;"><v>1</v></c></row>'),
        "<!DOCTYPE worksheet ["
        + '<!ENTITY a0 "x">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        + "]>"
        + sheet_of("<row><c><v>&a11;</v></c></row>"),
        sheet_of("<row>" * 300 + "</row>" * 300),
        sheet_of('<row r="1e6"><c><v>1</v></c></row>'),
        sheet_of('<row><c r="XFD"><v>1</v></c></row>'),
        sheet_of('<row><c r="A99999999999"><v>1</v></c></row>'),
    ],
    ids=[
        "UTF-16",
        "UTF-16 without a mark",
        "a wrong end",
        "cut off",
        "begins like a picture",
        "an entity",
        "an entity bomb",
        "rows within rows within rows",
        "a row that is no number",
        "a place without a row",
        "a row beyond all",
    ],
)
@pytest.mark.parametrize("part", ["worksheets/sheet1.xml", "worksheets/sheet1.bin"])
def test_a_sheet_that_two_readers_could_read_differently_is_damaged(sheet: str | bytes, part: str) -> None:
    assert code_of_size(with_target(part, f"xl/{part}", sheet)) == "workbook_damaged"


def test_parts_that_are_no_sheets_may_be_anything() -> None:
    extra: dict[str, str | bytes] = {
        "xl/media/image1.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(4000),
        "xl/drawings/vmlDrawing1.vml": "<xml><br></xml>",
        "xl/media/drawing.svg": '<!DOCTYPE svg [<!ENTITY a "b">]><svg/>',
        "customXml/item1.xml": "<a/>".encode("utf-16"),
        "xl/calcChain.xml": '<calcChain><c r="XFD1048576" i="1"/></calcChain>',
        "empty": "",
    }
    content = with_parts(extra)
    assert code_of_size(content) == ""
    assert [line for line, _ in open_rows(io.BytesIO(content))] == [5, 6]


def test_blank_cells_with_a_style_take_no_room() -> None:
    blank = '<row r="1048576"><c r="XFD1048576" s="1"/><c r="XFC1048576"></c></row>'
    content = f"<worksheet><sheetData>{NEAR}{blank}</sheetData><pageMargins/></worksheet>"
    assert code_of_size(with_parts({SHEET: content})) == ""


def test_what_a_sheet_says_of_its_own_size_is_not_believed() -> None:
    for told, rows, code in (("A1:XFD1048576", "", ""), ("A1", FAR, "workbook_too_large")):
        sheet = f'<worksheet><dimension ref="{told}"/><sheetData>{rows}</sheetData></worksheet>'
        assert code_of_size(with_parts({SHEET: sheet})) == code


@pytest.mark.parametrize("name", ["unnamed", "xl/media/image1.png", "xl/worksheets/sheet2.xml"])
def test_a_part_that_nothing_names_may_not_unpack_to_more_than_all(name: str) -> None:
    bomb = with_parts({name: bytes(workbook_size.MAX_UNPACKED_BYTES + 1)})
    assert len(bomb) < 1024 * 1024
    assert code_of_size(bomb) == "workbook_too_large"


# --- What is not counted ends at the limits of the child ---


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The process numbers of all children that a test starts."""
    pids: list[int] = []

    class Noted(LimitedProcess):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            pids.append(self.pid)

    monkeypatch.setattr(workbook_table, "LimitedProcess", Noted)
    yield pids
    assert pids
    assert waited_for(lambda: not any(map(runs, pids)))


#: 65 kB that unpack to 20 MB: each of a million cells is the same text, and each gets its own copy of it.
_HUNDRED = "<row>" + '<c t="s"><v>{}</v></c>' * 100 + "</row>"
SHARED_TEXT = with_parts(
    {
        SHEET: sheet_of(_HUNDRED.replace("{}", "0") + _HUNDRED.replace("{}", "1") * 9_900),
        "xl/sharedStrings.xml": f"<sst><si><t>Title</t></si><si><t>{'x' * 60_000}</t></si></sst>",
    }
)

#: One small part that is five hundred sheets, each of which is read.
MANY_SHEETS = with_parts(
    {
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets>'
        + "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId1"/>' for n in range(500))
        + "</sheets></workbook>",
        SHEET: sheet_of('<row><c t="str"><v>a</v></c></row>' * 50_000),
    }
)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not enforce RLIMIT_AS")
def test_a_workbook_that_takes_too_much_memory_is_refused_and_its_reader_stays_small(tmp_path: Path) -> None:
    assert code_of_size(SHARED_TEXT) == "", "not counted"
    (tmp_path / "file").write_bytes(SHARED_TEXT)
    program = """
import json, resource, sys
from closedorders.orderfiles.tables.workbook_table import FileRefused, WorkbookRows
try:
    WorkbookRows(open(sys.argv[1], "rb"), is_known=lambda header: True)
except FileRefused as refused:
    sizes = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps([refused.code, *sizes]))
"""
    answer = subprocess.run(
        # A shell between, as the most memory that this process ever had would count for the one it starts.
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", program, str(tmp_path / "file")],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": os.getcwd()},
    )
    code, own, of_child = json.loads(answer.stdout)
    assert code == "workbook_takes_memory"
    assert own < 64 * 1024
    assert of_child < 600 * 1024


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not enforce RLIMIT_AS")
def test_an_upload_that_takes_too_much_memory_is_refused_with_what_to_do(
    cast: Cast, children: list[int]
) -> None:
    source = preview(SHARED_TEXT, store=make_store(cast.team), by=cast.merchant)
    assert source.state == Import.State.REFUSED
    assert source.refusal["code"] == "workbook_takes_memory"


def test_a_workbook_that_takes_too_long_is_refused(
    children: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_table, "LIMITS", replace(workbook_table.LIMITS, cpu_seconds=2))
    refused = refusal(MANY_SHEETS)
    assert (refused.code, refused.params) == ("workbook_takes_time", {"seconds": 2})


def test_more_sheets_than_a_workbook_has_parts_are_damaged(children: list[int]) -> None:
    sheets = '<sheet name="A" sheetId="1" r:id="rId1"/>' * (workbook_size.MAX_PARTS + 1)
    content = with_parts({"xl/workbook.xml": f'<workbook xmlns:r="r"><sheets>{sheets}</sheets></workbook>'})
    assert refusal(content).code == "workbook_damaged"


@pytest.mark.parametrize("module", ["workbook_sheets", "workbook_table"])
def test_what_reads_workbooks_imports_neither_django_nor_celery(module: str) -> None:
    """Each opening of a workbook waits for the child's imports."""
    program = f"import closedorders.orderfiles.tables.{module}, sys; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert not {"django", "celery", "babel", "moneyed"} & set(answer.stdout.split())


# --- No child stays behind ---


def opened() -> WorkbookRows:
    return WorkbookRows(io.BytesIO(SMALL), is_known=lambda header: False)


def _read_to_the_end() -> None:
    rows = opened()
    list(rows)
    _kept.append(rows)


def _read_a_row() -> None:
    next(iter(opened()))


def _close_halfway() -> None:
    rows = opened()
    iterated = iter(rows)
    next(iterated)
    rows.close()
    _kept.append(rows)
    _kept.append(iterated)


def _open_only() -> None:
    opened()


def _fail_in_the_middle() -> None:
    with suppress(RuntimeError):
        for _ in opened():
            raise RuntimeError


def _be_refused() -> None:
    with pytest.raises(FileRefused):
        WorkbookRows(io.BytesIO(SMALL), is_known=lambda header: True, sheet="Gone")


def _be_asked_for_columns() -> None:
    with pytest.raises(ColumnsUnknown):
        read_orders(io.BytesIO(SMALL), zone=MADRID)


def _fail_while_recognising() -> None:
    def fails(header: object) -> bool:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        WorkbookRows(io.BytesIO(SMALL), is_known=fails)


#: What a reader keeps, so that nothing but the reader itself ends the child.
_kept: list[object] = []


@pytest.mark.parametrize(
    "use",
    [
        _read_to_the_end,
        _read_a_row,
        _close_halfway,
        _open_only,
        _fail_in_the_middle,
        _be_refused,
        _be_asked_for_columns,
        _fail_while_recognising,
    ],
)
def test_no_child_stays_behind(use: Callable[[], None], children: list[int]) -> None:
    use()
    assert len(children) == 1


def test_an_import_that_loses_its_claim_leaves_no_child(
    cast: Cast, children: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_by_runs = []

    def look(claim: claims.ImportClaim) -> None:
        opened_by_runs.append(claim.open())
        raise ClaimLost

    monkeypatch.setattr(reading, "_read", look)
    # More rows than are looked at to begin with.
    rows = [
        ["Name", "Email", "Financial Status", "Lineitem name", "Total"],
        *[["#1", "", "paid", "", ""]] * 40,
    ]
    preview(workbook({"Orders": rows}), store=make_store(cast.team), by=cast.merchant)
    assert len(opened_by_runs) == 1
