"""From an Excel workbook (XLSX) to rows of text: the first sheet that has a known header, else any header at all.

A person may choose another one, by its name.

The workbook is read in a child process with limits (`core.child_processes.limited_process`), because the library that
reads it makes room for whatever a file asks for; `workbook_size` refuses what is known to be too much, and
`workbook_sheets` is what the child answers. No part of the file is looked at in this process.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from closedorders.core.child_processes.limited_process import (
    ChildFailed,
    LimitedProcess,
    Limits,
    OutOfMemory,
    OutOfTime,
)

from .base import LONGEST_SHEET_NAME, MAX_BYTES, MAX_COLUMNS, REFUSALS, FileRefused, Layout

#: A million cells take 120 MB and 3 s, or 260 MB with 128 MB of text in them.
LIMITS = Limits(memory=512 * 1024 * 1024, cpu_seconds=60, wait_seconds=120)
#: Sheets a person is offered; a longer name than `LONGEST_SHEET_NAME` is not offered either.
MAX_SHEETS_OFFERED = 100
_SHEETS_NAMED = 20

IsKnown = Callable[[Sequence[str]], bool]
_NumberedRow = tuple[int, list[str]]


def looks_like_workbook(head: bytes, tail: bytes) -> bool:
    """From a file's first and last bytes: a zip archive with the parts of a workbook in its list."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and b"xl/" in head + tail


class _Workbook:
    """A child process that reads the workbook. Whatever ends it too early is a `FileRefused`."""

    def __init__(self, file: BinaryIO, *, check_size: bool) -> None:
        self._process = LimitedProcess("closedorders.orderfiles.tables.workbook_sheets:answers", file, LIMITS)
        self.close = self._process.close
        try:
            #: Name -> whether a person sees the sheet.
            self.sheets: dict[str, bool] = {}
            for name, is_visible in self._ask(open=check_size)["sheets"]:
                self.sheets.setdefault(name, is_visible)
        except BaseException:
            self.close()
            raise

    def look(self, name: str, is_known: IsKnown) -> tuple[_NumberedRow | None, _NumberedRow | None]:
        """The sheet's known header and its row of titles; the second is None where the first is not."""
        found = self._ask(look=name)
        for row in found["near"]:
            if is_known(_header_of(row[1])):
                return tuple(row), None
        if found["stopped"]:
            raise _refusal(*found["stopped"])
        return None, found["titles"] and tuple(found["titles"])

    def start_rows(self, name: str, *, after: int) -> int:
        """Have the rows below a number read, for `rows` to yield; returns how many the sheet has."""
        return int(self._ask(rows=name, after=after)["height"])

    def rows(self) -> Iterator[_NumberedRow]:
        while batch := self._answer()["rows"]:
            yield from batch

    def _ask(self, **request: object) -> dict[str, Any]:
        self._process.send(request)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._process.receive()
        except OutOfMemory:
            raise FileRefused("workbook_takes_memory", limit=LIMITS.memory) from None
        except OutOfTime:
            raise FileRefused("workbook_takes_time", seconds=LIMITS.cpu_seconds) from None
        except ChildFailed as failed:
            raise FileRefused("workbook_damaged") from failed
        if "refused" in answer:
            raise _refusal(*answer["refused"])
        return answer


def _refusal(code: str, params: dict[str, object]) -> FileRefused:
    return FileRefused(code, **params) if code in REFUSALS else FileRefused("workbook_damaged")


class WorkbookRows:
    """Rows of one sheet. Iterate once; `line` is the row's number in the spreadsheet.

    `is_known` says of a header whether rows under it can be read. Where no sheet has such a one, it is the first sheet
    with a row of titles, for a person to name its columns; a workbook without that is refused (`file_is_xlsx`).
    `sheet` is the name of the one a person chose, which is read or refused (`no_such_sheet`, `sheet_without_titles`).

    The child process ends when the rows have been read, at `close`, or once nothing refers to them any more.
    """

    def __init__(
        self, file: BinaryIO, *, is_known: IsKnown, layout: Layout | None = None, sheet: str = ""
    ) -> None:
        size = file.seek(0, io.SEEK_END)
        if size > MAX_BYTES:
            raise FileRefused("file_too_large", size=size, limit=MAX_BYTES)
        self.bytes_read = 0
        self._looking_at = layout.sheet if layout else ""
        self._workbook = _Workbook(file, check_size=layout is None)
        try:
            if layout is None:
                self._looking_at, header = self._chosen(sheet, is_known) if sheet else self._find(is_known)
                self._header_row = header
                self._height = self._workbook.start_rows(self._looking_at, after=header[0])
                self._rows = self._workbook.rows()
            else:
                self._height = self._workbook.start_rows(layout.sheet, after=layout.lines_before_header)
                self._rows = self._workbook.rows()
                self._header_row = self._first_row()
            self.header = _header_of(self._header_row[1])
        except FileRefused as refusal:
            self._workbook.close()
            # What is wrong with one sheet need not be wrong with the next: a person may choose that.
            if self._looking_at:
                refusal.how = self._layout(size).how()
            raise
        except BaseException:
            self._workbook.close()
            raise
        self.layout = layout or self._layout(size, lines_before_header=self._header_row[0] - 1)

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

    def _offered(self) -> tuple[str, ...]:
        """The sheets that a person sees in the workbook, and the one that is read."""
        sheets = self._workbook.sheets
        seen = [name for name, is_visible in sheets.items() if is_visible or name == self._looking_at]
        names = [name for name in seen if 0 < len(name) <= LONGEST_SHEET_NAME]
        if self._looking_at in names[MAX_SHEETS_OFFERED:]:
            names[MAX_SHEETS_OFFERED - 1] = self._looking_at
        return tuple(names[:MAX_SHEETS_OFFERED])

    def _chosen(self, name: str, is_known: IsKnown) -> tuple[str, _NumberedRow]:
        if name not in self._workbook.sheets:
            known = ", ".join(self._offered()[:_SHEETS_NAMED]) or "–"
            raise FileRefused("no_such_sheet", sheet=name[:LONGEST_SHEET_NAME], known=known)
        self._looking_at = name
        known_header, titles = self._workbook.look(name, is_known)
        found = known_header or titles
        if found is None:
            raise FileRefused("sheet_without_titles", sheet=name[:LONGEST_SHEET_NAME])
        return name, found

    def _find(self, is_known: IsKnown) -> tuple[str, _NumberedRow]:
        first: tuple[str, _NumberedRow] | None = None
        for name, is_visible in self._workbook.sheets.items():
            self._looking_at = name
            known_header, titles = self._workbook.look(name, is_known)
            if known_header:
                return name, known_header
            # What a person does not see in the workbook, they did not mean to upload.
            if first is None and is_visible and titles:
                first = name, titles
        if first is None:
            self._looking_at = ""  # None of them would do.
            raise FileRefused("file_is_xlsx")
        return first

    def _first_row(self) -> _NumberedRow:
        """The row of titles, of a sheet that was found before."""
        for row in self._rows:
            return row
        raise FileRefused("workbook_damaged")

    def close(self) -> None:
        """End the child process."""
        self._workbook.close()

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        try:
            yield from self._below_header()
        except FileRefused as refusal:
            refusal.how = self.layout.how()
            raise
        finally:
            self.close()

    def _below_header(self) -> Iterator[tuple[int, list[str] | None]]:
        _, raw_header = self._header_row
        rows = max(1, self._height)
        width = len(self.header)
        for number, row in self._rows:
            if row == raw_header:
                raise FileRefused("header_repeated", line=number)
            self.bytes_read = self.layout.size * number // rows
            yield number, row if any(row[width:]) else row[:width]


def _header_of(row: Sequence[str]) -> list[str]:
    header = list(row)
    while header and not header[-1]:
        header.pop()
    if len(header) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", columns=len(header), limit=MAX_COLUMNS)
    return header
