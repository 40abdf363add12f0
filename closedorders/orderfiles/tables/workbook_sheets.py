"""The sheets of an Excel workbook, as text: what the child process of `workbook_table` answers.

The sheet's own types are worded as a CSV export would word them, so that they read one way only: a date as
`2026-02-21 09:50:00`, a number with the fifteen digits that spreadsheets show. An order number that a spreadsheet
rounded comes out in scientific notation, so that it is refused like one in a CSV file.

This module has no Django import, and imports little: each opening of a workbook waits for it.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .base import FileRefused, checked_cells, number_text
from .workbook_size import MAX_PARTS, check_size

ROWS_BEFORE_HEADER = 20
#: Rows are sent together until their text is so long.
_CHARACTERS_AT_ONCE = 64 * 1024
_NumberedRow = tuple[int, list[str]]

# Names inside of an archive may be in this encoding, and the child cannot open its module once it is limited.
codecs.lookup("cp437")


def answers(file: BinaryIO, requests: Iterator[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield one answer to each request, and many to `rows`; `{"refused": [code, params]}` is the last one.

    * `{"open": True}` or `{"open": False}`, the first: whether the size is checked ->
      `{"sheets": [[name, whether a person sees it], …]}` of the worksheets
    * `{"look": name}` -> `{"near": [[number, cells], …], "titles": [number, cells] or None, "stopped": …}`, the first
      rows and the one that names the columns. `stopped` is why the row after `near` cannot be read, if it cannot.
    * `{"rows": name, "after": number}` -> `{"height": rows}`, then `{"rows": [[number, cells], …]}` until it is empty.
    """
    try:
        yield from _answers(file, requests)
    except FileRefused as refusal:
        yield {"refused": _words(refusal)}
    except CalamineError:
        yield {"refused": ["workbook_damaged", {}]}
    except BaseException as error:
        # What the Rust library did not foresee arrives as a panic, which is no Exception and has no public class.
        if type(error).__name__ != "PanicException":
            raise
        yield {"refused": ["workbook_damaged", {}]}


def _words(refusal: FileRefused) -> list[object]:
    return [refusal.code, refusal.params]


def _answers(file: BinaryIO, requests: Iterator[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    if next(requests)["open"]:
        check_size(file)
    file.seek(0)
    workbook = CalamineWorkbook.from_filelike(file)
    if len(workbook.sheets_metadata) > MAX_PARTS:  # Several may be the same part.
        raise FileRefused("workbook_damaged")
    yield {
        "sheets": [
            [each.name, each.visible == SheetVisibleEnum.Visible]
            for each in workbook.sheets_metadata
            if each.typ == SheetTypeEnum.WorkSheet
        ]
    }
    sheet: CalamineSheet | None = None
    for request in requests:
        name = request["look"] if "look" in request else request["rows"]
        if sheet is None or sheet.name != name:
            sheet = None  # Else it would be in memory beside the next one, until that is read.
            sheet = workbook.get_sheet_by_name(name)
        if "look" in request:
            yield _look(sheet)
        else:
            yield {"height": sheet.total_height}
            yield from _rows(sheet, request["after"])


def _look(sheet: CalamineSheet) -> dict[str, Any]:
    near: list[_NumberedRow] = []
    try:
        near += islice(_numbered(sheet), ROWS_BEFORE_HEADER)
    except FileRefused as refusal:
        return {"near": near, "titles": None, "stopped": _words(refusal)}
    return {"near": near, "titles": _titles(sheet), "stopped": None}


def _rows(sheet: CalamineSheet, after: int) -> Iterator[dict[str, Any]]:
    waiting: list[_NumberedRow] = []
    characters = 0
    try:
        for number, cells in _numbered(sheet):
            if number <= after:
                continue
            waiting.append((number, cells))
            characters += sum(map(len, cells)) + len(cells)
            if characters > _CHARACTERS_AT_ONCE:
                yield {"rows": waiting}
                waiting, characters = [], 0
    except FileRefused:
        if waiting:
            yield {"rows": waiting}
        raise
    if waiting:
        yield {"rows": waiting}
    yield {"rows": []}


def _numbered(sheet: CalamineSheet) -> Iterator[_NumberedRow]:
    """The sheet's rows that have text in them, with the numbers the spreadsheet shows."""
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_text_of(cell).strip() for cell in row]
        if any(cells):
            yield number, checked_cells(cells, line=number)


def _titles(sheet: CalamineSheet) -> _NumberedRow | None:
    """The row that names the sheet's columns, of whatever kind they are; None where there is none.

    It is the first row nearly as full as the fullest one near it: the name of the list, a shop or a period above it
    fill a cell or two. All of it is text, since a row with a date or a number is an order already, and it has rows
    beneath it.
    """
    raw = enumerate(sheet.iter_rows(), start=1)
    filled = ((number, [cell for cell in row if _text_of(cell).strip()]) for number, row in raw)
    near = list(islice((each for each in filled if each[1]), ROWS_BEFORE_HEADER + 1))
    fullest = max((len(cells) for _, cells in near), default=0)
    for number, cells in near[:-1]:
        if len(cells) >= 2 and len(cells) * 3 > fullest * 2:
            is_text = all(isinstance(cell, str) for cell in cells)
            return next(each for each in _numbered(sheet) if each[0] == number) if is_text else None
    return None


def _text_of(cell: object) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return number_text(cell)
        case datetime():
            # A moment is a fraction of a day there: 22:36 may be stored as 22:35:59.999997.
            seconds = round(cell.microsecond / 1_000_000) if cell.year < 9999 else 0
            return str(cell.replace(microsecond=0) + timedelta(seconds=seconds))
        case date() | time() | timedelta():
            return str(cell)
    return ""
