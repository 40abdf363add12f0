"""From an Excel workbook (XLSX) to rows of text: the first sheet that has a known header, else any header at all.

A person may choose another one, by its name.

The sheet's own types are worded as a CSV export would word them, so that they read one way only: a date as
`2026-02-21 09:50:00`, a number with the fifteen digits that spreadsheets show. An order number that a spreadsheet
rounded comes out in scientific notation, so that it is refused like one in a CSV file.

The reader below (calamine) holds a whole sheet in memory and makes room for every cell between the first and the last
one, so a file of a few kilobytes could ask for all there is. Hence nothing is handed to it before `check_size` has
unpacked the archive once, piece by piece, and counted.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import BinaryIO
from zlib import error as ZlibError

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from .csv_rows import LONGEST_SHEET_NAME, MAX_BYTES, MAX_COLUMNS, FileRefused, Layout
from .row_sources import checked_cells, number_text

#: Unpacked, all parts of the archive together.
MAX_UNPACKED_BYTES = 128 * 1024 * 1024
#: Rows times columns of one sheet, blank cells included. A million take about 90 MB while they are read.
MAX_CELLS = 1_000_000
MAX_PARTS = 2_000
#: Sheets a person is offered; a longer name than `LONGEST_SHEET_NAME` is not offered either.
MAX_SHEETS_OFFERED = 100
_SHEETS_NAMED = 20
_ROWS_BEFORE_HEADER = 20
_CHUNK = 256 * 1024
_LONGEST_TAG = 1024

#: A cell or the beginning of a row, with its attributes; a cell that is closed at once (`/`) has no value.
_PLACES = re.compile(rb"<(?:\w+:)?(c|row)(?=[\s/>])([^<>]*)")
_PLACE = re.compile(rb"\sr\s*=\s*[\"']([^\"']*)[\"']")
_CELL = re.compile(rb"([A-Za-z]{0,4})(\d{0,8})")

IsKnown = Callable[[Sequence[str]], bool]
_NumberedRow = tuple[int, list[str]]


def looks_like_workbook(head: bytes, tail: bytes) -> bool:
    """From a file's first and last bytes: a zip archive with the parts of a workbook in its list."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and b"xl/" in head + tail


class WorkbookRows:
    """Rows of one sheet. Iterate once; `line` is the row's number in the spreadsheet.

    `is_known` says of a header whether rows under it can be read. Where no sheet has such a one, it is the first sheet
    with a row of titles, for a person to name its columns; a workbook without that is refused (`file_is_xlsx`).
    `sheet` is the name of the one a person chose, which is read or refused (`no_such_sheet`, `sheet_without_titles`).
    """

    def __init__(
        self, file: BinaryIO, *, is_known: IsKnown, layout: Layout | None = None, sheet: str = ""
    ) -> None:
        size = file.seek(0, io.SEEK_END)
        if size > MAX_BYTES:
            raise FileRefused("file_too_large", size=size, limit=MAX_BYTES)
        if layout is None:
            check_size(file)
        self.bytes_read = 0
        self._worksheets: list[SheetMetadata] = []
        self._looking_at = ""
        file.seek(0)
        try:
            self._workbook = CalamineWorkbook.from_filelike(file)
            if layout:
                self._sheet, self._header_row = self._found_again(layout)
            else:
                about = self._workbook.sheets_metadata
                self._worksheets = [each for each in about if each.typ == SheetTypeEnum.WorkSheet]
                self._sheet, self._header_row = (
                    self._chosen(sheet, is_known) if sheet else self._find(is_known)
                )
        except CalamineError as error:
            raise self._with_sheets(FileRefused("workbook_damaged"), size) from error
        except FileRefused as refusal:
            self._with_sheets(refusal, size)
            raise
        except BaseException as error:
            # What the Rust library did not foresee arrives as a panic, which is no Exception and has no public class.
            if type(error).__name__ == "PanicException":
                raise self._with_sheets(FileRefused("workbook_damaged"), size) from error
            raise
        self.layout = layout or self._layout(size, lines_before_header=self._header_row[0] - 1)
        self.header = _header_of(self._header_row[1])

    def _layout(self, size: int, *, lines_before_header: int = 0) -> Layout:
        return Layout(
            "utf-8",
            False,
            0,
            size,
            lines_before_header=lines_before_header,
            kind="workbook",
            sheet=self._looking_at,
            sheets=self._offered(),
        )

    def _with_sheets(self, refusal: FileRefused, size: int) -> FileRefused:
        """What is wrong with one sheet need not be wrong with the next: a person may choose that."""
        if self._looking_at:
            refusal.how = self._layout(size).how()
        return refusal

    def _offered(self) -> tuple[str, ...]:
        """The sheets that a person sees in the workbook, and the one that is read."""
        seen = [
            each.name
            for each in self._worksheets
            if each.visible == SheetVisibleEnum.Visible or each.name == self._looking_at
        ]
        names = list(dict.fromkeys(name for name in seen if 0 < len(name) <= LONGEST_SHEET_NAME))
        if self._looking_at in names[MAX_SHEETS_OFFERED:]:
            names[MAX_SHEETS_OFFERED - 1] = self._looking_at
        return tuple(names[:MAX_SHEETS_OFFERED])

    def _chosen(self, name: str, is_known: IsKnown) -> tuple[CalamineSheet, _NumberedRow]:
        if name not in (each.name for each in self._worksheets):
            known = ", ".join(self._offered()[:_SHEETS_NAMED]) or "–"
            raise FileRefused("no_such_sheet", sheet=name[:LONGEST_SHEET_NAME], known=known)
        self._looking_at = name
        sheet = self._workbook.get_sheet_by_name(name)
        found = _known_header(sheet, is_known) or _titles(sheet)
        if found is None:
            raise FileRefused("sheet_without_titles", sheet=name[:LONGEST_SHEET_NAME])
        return sheet, found

    def _find(self, is_known: IsKnown) -> tuple[CalamineSheet, _NumberedRow]:
        titles: tuple[str, _NumberedRow] | None = None
        for about in self._worksheets:
            self._looking_at = about.name
            sheet = self._workbook.get_sheet_by_name(about.name)
            if found := _known_header(sheet, is_known):
                return sheet, found
            # What a person does not see in the workbook, they did not mean to upload.
            if titles is None and about.visible == SheetVisibleEnum.Visible and (found := _titles(sheet)):
                titles = about.name, found
            # Else it would be in memory beside the next one, until that is read.
            del sheet
        if titles is None:
            self._looking_at = ""  # None of them would do.
            raise FileRefused("file_is_xlsx")
        # Opened anew: kept meanwhile, it would be in memory beside the sheets after it.
        self._looking_at = titles[0]
        return self._workbook.get_sheet_by_name(titles[0]), titles[1]

    def _found_again(self, layout: Layout) -> tuple[CalamineSheet, _NumberedRow]:
        sheet = self._workbook.get_sheet_by_name(layout.sheet)
        return sheet, next(each for each in _numbered(sheet) if each[0] > layout.lines_before_header)

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        try:
            yield from self._below_header()
        except FileRefused as refusal:
            refusal.how = self.layout.how()
            raise

    def _below_header(self) -> Iterator[tuple[int, list[str] | None]]:
        header_number, raw_header = self._header_row
        rows = max(1, self._sheet.total_height)
        width = len(self.header)
        for number, row in _numbered(self._sheet):
            if number <= header_number:
                continue
            if row == raw_header:
                raise FileRefused("header_repeated", line=number)
            self.bytes_read = self.layout.size * number // rows
            yield number, row if any(row[width:]) else row[:width]


def _numbered(sheet: CalamineSheet) -> Iterator[_NumberedRow]:
    """The sheet's rows that have text in them, with the numbers the spreadsheet shows."""
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_text_of(cell).strip() for cell in row]
        if any(cells):
            yield number, checked_cells(cells, line=number)


def _known_header(sheet: CalamineSheet, is_known: IsKnown) -> _NumberedRow | None:
    near = islice(_numbered(sheet), _ROWS_BEFORE_HEADER)
    return next((each for each in near if is_known(_header_of(each[1]))), None)


def _titles(sheet: CalamineSheet) -> _NumberedRow | None:
    """The row that names the sheet's columns, of whatever kind they are; None where there is none.

    It is the first row nearly as full as the fullest one near it: the name of the list, a shop or a period above it
    fill a cell or two. All of it is text, since a row with a date or a number is an order already, and it has rows
    beneath it.
    """
    raw = enumerate(sheet.iter_rows(), start=1)
    filled = ((number, [cell for cell in row if _text_of(cell).strip()]) for number, row in raw)
    near = list(islice((each for each in filled if each[1]), _ROWS_BEFORE_HEADER + 1))
    fullest = max((len(cells) for _, cells in near), default=0)
    for number, cells in near[:-1]:
        if len(cells) >= 2 and len(cells) * 3 > fullest * 2:
            is_text = all(isinstance(cell, str) for cell in cells)
            return next(each for each in _numbered(sheet) if each[0] == number) if is_text else None
    return None


def _header_of(row: Sequence[str]) -> list[str]:
    header = list(row)
    while header and not header[-1]:
        header.pop()
    if len(header) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", columns=len(header), limit=MAX_COLUMNS)
    return header


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


def check_size(file: BinaryIO) -> None:
    """Unpack the archive once, keeping nothing, and refuse one that would not fit into memory as a sheet."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise FileRefused("workbook_damaged")
            unpacked = 0
            for part in parts:
                counted = _Extent()
                # What the archive says of its sizes is not to be trusted: only what comes out counts.
                with archive.open(part) as stream:
                    while chunk := stream.read(_CHUNK):
                        unpacked += len(chunk)
                        if unpacked > MAX_UNPACKED_BYTES:
                            raise _too_large(size=unpacked)
                        if part.filename.lower().endswith(".xml"):
                            counted.read(chunk)
    except (zipfile.BadZipFile, ZlibError, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        # RuntimeError: a password; NotImplementedError: a way of packing that workbooks do not use.
        raise FileRefused("workbook_damaged") from error


class _Extent:
    """How far the cells of a sheet reach, from its XML in pieces. Cells without a place follow the one before."""

    def __init__(self) -> None:
        self._rest = b""
        self._row = self._column = 0
        self._last_row = self._last_column = 0

    def read(self, chunk: bytes) -> None:
        text = self._rest + chunk
        # A tag cut by the end of the piece is read with the next one.
        cut = text.rfind(b"<")
        if cut < 0 or len(text) - cut > _LONGEST_TAG:
            cut = len(text)
        self._rest = text[cut:]
        for tag, attributes in _PLACES.findall(text[:cut]):
            self._move(tag, attributes)

    def _move(self, tag: bytes, attributes: bytes) -> None:
        letters = digits = b""
        if found := _PLACE.search(attributes):
            place = _CELL.fullmatch(found[1])
            if place is None:
                raise FileRefused("workbook_damaged")
            letters, digits = place.groups()
        if tag == b"row":
            self._row = int(digits or self._row + 1)
            self._column = 0
            return
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - ord("A") + 1
        self._column = column or self._column + 1
        self._row = int(digits or self._row)
        if not attributes.endswith(b"/"):
            self._last_row = max(self._last_row, self._row)
            self._last_column = max(self._last_column, self._column)
            if self._last_row * self._last_column > MAX_CELLS:
                raise _too_large(cells=self._last_row * self._last_column)


def _too_large(**found: int) -> FileRefused:
    return FileRefused("workbook_too_large", **found, limit=MAX_UNPACKED_BYTES, cell_limit=MAX_CELLS)
