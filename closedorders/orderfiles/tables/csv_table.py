"""From a seekable binary file to rows of text: what is refused, what is mended, what is assumed.

A file comes from a store, a browser extension, or a merchant's spreadsheet, so almost everything about it is
unsure: encoding, delimiter, line ends, quoting. `csv_layout.inspect` finds these out once, and `CsvRows` then streams
rows; memory does not grow with the file.

* A file that cannot be trusted as a whole raises `FileRefused(code, params)`; `REFUSALS` says what each code means.
  Most refusals come from the constructor. Those that show only on the way (`unclosed_quote`, `header_repeated`,
  `too_many_rows`, `field_too_long`) are raised while iterating: read a file once before writing anything from it.
* A row whose quotes are broken is handed over as `None` in place of its cells; the rows after it go on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from .base import (
    MAX_COLUMNS,
    MAX_FIELD_CHARACTERS,
    MAX_LINE_BYTES,
    MAX_ROWS,
    REFUSALS,
    FileRefused,
    Layout,
)
from .csv_layout import DELIMITERS, ENCODINGS, ended_lines, inspect, open_text, texts_of

__all__ = [
    "DELIMITERS", "ENCODINGS", "MAX_FIELD_CHARACTERS", "MAX_LINE_BYTES", "REFUSALS", "CsvRows", "FileRefused",
    "inspect",
]  # fmt: skip


class CsvRows:
    """Rows of a CSV file. Iterating yields `(line, cells)`; `line` counts the file's lines from 1.

    `cells` is a list as long as the row is in the file, or None where quotes are broken. Blank lines and rows without
    any text are skipped. Iterate once; the file stays open and its position is not kept.
    """

    def __init__(self, file: BinaryIO, *, layout: Layout | None = None) -> None:
        self._file = file
        self.layout = layout or inspect(file)
        self.bytes_read = 0
        self._raw_line = ""
        text = open_text(file, self.layout, count=self._count_bytes)
        for _ in range(self.layout.lines_before_header):
            next(text)
        self._lines: Iterator[str] = text
        self._outer: _Unwrapped | None = None
        if self.layout.wrapped_in:
            self._lines = self._outer = _Unwrapped(text, self.layout.wrapped_in)
        elif self.layout.delimiter == "\t":
            self._lines = self._remember_line(text)
        self._reader = csv.reader(self._lines, delimiter=self.layout.delimiter, strict=True)
        try:
            self._raw_header = next(self._reader)
        except csv.Error as error:
            raise _refusal_for(error, line=self.layout.lines_before_header + 1) from error
        self.header = list(self._raw_header)
        while self.header and not self.header[-1].strip():
            self.header.pop()
        if len(self.header) > MAX_COLUMNS:
            raise FileRefused("too_many_columns", columns=len(self.header), limit=MAX_COLUMNS)
        self.header_line = self._last_line()

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        reader, header = self._reader, self._raw_header
        first_header = header[0]
        offset = self.layout.lines_before_header
        outer = self._outer
        measured = self.layout.long_lines or outer is not None
        end = self._last_line()
        count = 0
        while True:
            try:
                for row in reader:
                    start = end + 1
                    end = (reader.line_num if outer is None else outer.line_num) + offset
                    if not row or (not row[0].strip() and not "".join(row).strip()):
                        continue
                    if row[0] == first_header and row == header:
                        raise FileRefused("header_repeated", line=start)
                    # A row within one short line has no long cell, and summing lengths costs a tenth of parsing.
                    if end != start or measured:
                        if end != start:
                            self._check_swallowed_rows(row, line=start)
                        if (
                            sum(map(len, row)) > MAX_FIELD_CHARACTERS
                            and max(map(len, row)) > MAX_FIELD_CHARACTERS
                        ):
                            raise FileRefused("field_too_long", line=start, limit=MAX_FIELD_CHARACTERS)
                    count += 1
                    if count > MAX_ROWS:
                        raise FileRefused("too_many_rows", limit=MAX_ROWS)
                    yield start, row
            except csv.Error as error:
                start, end = end + 1, self._last_line()
                if end == start and self.layout.ends_open and not _is_stray_quote(error):
                    yield start, []  # The file ends within this cell.
                    return
                # A quote that swallowed line ends may have swallowed good rows with them: nothing after it is safe.
                if end != start or not _is_stray_quote(error):
                    raise _refusal_for(error, line=start) from error
                count += 1
                yield start, self._split_plainly()
            else:
                return

    def close(self) -> None:
        """Nothing is open but the file, which is the caller's."""

    def _last_line(self) -> int:
        lines = self._reader.line_num if self._outer is None else self._outer.line_num
        return lines + self.layout.lines_before_header

    def _count_bytes(self, number: int) -> None:
        self.bytes_read += number

    def _remember_line(self, text: Iterator[str]) -> Iterator[str]:
        for line in text:
            self._raw_line = line
            yield line

    def _split_plainly(self) -> list[str] | None:
        """Scripts that write tabs wrap titles in quotes without doubling the ones inside (`"10" cable"`)."""
        if self.layout.delimiter != "\t":
            return None
        cells = [
            cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
            for cell in self._raw_line.rstrip("\n").split("\t")
        ]
        return cells if len(cells) == len(self._raw_header) else None

    def _check_swallowed_rows(self, row: list[str], *, line: int) -> None:
        width = len(self.header)
        if len(row) == len(self._raw_header) or width < 3:
            return
        for cell in row:
            if "\n" in cell and any(
                part.count(self.layout.delimiter) >= width - 1 for part in cell.split("\n")[1:]
            ):
                raise FileRefused("unclosed_quote", line=line)


class _Unwrapped:
    """The lines a comma file had before a spreadsheet put each of them into one cell.

    The spreadsheet split a line at its own delimiter without minding quotes, so joining the cells by it restores the
    line exactly, line feeds inside cells included: they became rows, and become lines again.
    """

    def __init__(self, text: Iterator[str], outer: str) -> None:
        self._reader = csv.reader(text, delimiter=outer, strict=True)
        self._outer = outer
        self._waiting: list[str] = []

    @property
    def line_num(self) -> int:
        return self._reader.line_num

    def __iter__(self) -> _Unwrapped:
        return self

    def __next__(self) -> str:
        if self._waiting:
            return self._waiting.pop()
        cells = next(self._reader)
        texts = texts_of(cells)
        if self._outer == "," and len(texts) > 1:
            line = ",".join('"' + cell.replace('"', '""') + '"' if cell else "" for cell in cells)
        elif self._outer == ",":  # The blank cells after it are the spreadsheet's, those within it the row's.
            line = texts[0] if texts else ""
        else:
            line = self._outer.join(cells).rstrip(self._outer)
        first, *rest = ended_lines(line)
        self._waiting = rest[::-1]
        return first


def _is_stray_quote(error: csv.Error) -> bool:
    return "expected after" in str(error)


def _refusal_for(error: csv.Error, *, line: int) -> FileRefused:
    if "field limit" in str(error):
        return FileRefused("field_too_long", line=line, limit=MAX_FIELD_CHARACTERS)
    return FileRefused("unclosed_quote", line=line)
