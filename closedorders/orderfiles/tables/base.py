"""What the three kinds of files have in common once they are opened: rows of text under a header.

`csv_table`, `json_table` and `workbook_table` each open one kind and refuse what cannot be trusted as a whole
(`FileRefused`, with the codes of `csv_table.REFUSALS`). `opening.open_rows` tells which kind a file is.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Protocol

from .csv_table import MAX_FIELD_CHARACTERS, FileRefused, Layout


class Rows(Protocol):
    """Iterate once for `(line, cells)`. `line` grows from row to row and is unique; `cells` is None where unreadable.

    `line` is where a person finds the row: the line of a text file, the row of a sheet, the entry of a JSON list.
    `layout` opens the same file again without another look at all of it; `bytes_read` grows up to `layout.size`.
    """

    header: list[str]
    layout: Layout

    @property
    def bytes_read(self) -> int: ...

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]: ...

    def close(self) -> None:
        """Let go of what reading takes; the file stays open. Needed where the rows are not read to their end."""


def checked_cells(cells: list[str], *, line: int) -> list[str]:
    """Text as a CSV file would have it: no NUL, no half of a character, LF for each line end, no endless cell."""
    if sum(map(len, cells)) > MAX_FIELD_CHARACTERS and max(map(len, cells)) > MAX_FIELD_CHARACTERS:
        raise FileRefused("field_too_long", line=line, limit=MAX_FIELD_CHARACTERS)
    text = "\n".join(cells)
    if text.isprintable():
        return cells
    if "\0" in text:
        raise FileRefused("file_has_nul", offset=0)
    if any("\ud800" <= each <= "\udfff" for each in text):
        raise FileRefused("undecodable_bytes", offset=0)
    if "\r" in text:
        return [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    return cells


def number_text(number: int | float) -> str:
    """A number of a spreadsheet or script as text, in scientific notation where its last digits cannot be trusted.

    Spreadsheets keep fifteen digits and fill up with zeros, so 8190439416163290 may have been …3295; a sixteenth
    digit other than 0 was written by a program. Above 2**53 the number itself has no room for all digits.

    Three decimals get a fourth: a number has no mark for thousands, and `1.2340` cannot be taken to have one.
    """
    if not isfinite(number):
        return str(number)
    whole = int(number)
    if whole != number:
        text = format(number, ".15g")  # As spreadsheets show it: 19.99, not 19.989999999999998.
        return f"{text}0" if text[-4:-3] == "." else text
    if abs(whole) < 10**15 or (abs(whole) < 2**53 and whole % 10):
        return str(whole)
    return format(number, ".14E")
