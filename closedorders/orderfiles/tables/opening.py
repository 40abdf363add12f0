"""Which kind of file it is, told by its content: CSV, a JSON list or a workbook, whatever its name says."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from ..cells.cards import CARD_TITLES
from ..columns import normalised_header
from ..formats.recognition import recognise
from .base import LONGEST_SHEET_NAME, FileRefused, Layout, Rows
from .cards import RowsWithoutCards
from .csv_layout import inspect
from .csv_table import CsvRows
from .json_table import JsonRows, looks_like_json
from .workbook_table import WorkbookRows, looks_like_workbook

_HEAD = 4096
_TAIL = 64 * 1024

#: How the titles of columns with identity papers' numbers begin. DSers asks for eight of them, by country.
_IDENTITY_TITLES = (
    "rut chile", "personal clearance id", "passport", "cpf brazil", "turkish id number", "ruc peru", "rfc curp mexico",
)  # fmt: skip


def open_rows(
    file: BinaryIO, *, layout: Layout | None = None, encoding: str = "", delimiter: str = "", sheet: str = ""
) -> Rows:
    """The rows of a seekable file; raises `FileRefused`. `layout` is what an earlier look at the same file found.

    `encoding` and `delimiter` are what a person said of a CSV file (see `csv_table.inspect`), `sheet` is the one they
    chose of a workbook.
    """
    rows = _open(file, layout, encoding, delimiter, sheet)
    titles = (*_IDENTITY_TITLES, *CARD_TITLES)
    withheld = [at for at, title in enumerate(rows.header) if normalised_header(title).startswith(titles)]
    if withheld:
        rows = WithheldRows(rows, withheld)
    return RowsWithoutCards(rows) if rows.layout.long_digits else rows


def _open(file: BinaryIO, layout: Layout | None, encoding: str, delimiter: str, sheet: str) -> Rows:
    kind = layout.kind if layout else _kind_of(file)
    if sheet and kind != "workbook":
        raise FileRefused("no_such_sheet", sheet=sheet[:LONGEST_SHEET_NAME], known="–")
    if kind == "json":
        return JsonRows(file, layout=layout)
    if kind == "workbook":
        return WorkbookRows(file, is_known=_is_known, layout=layout, sheet=sheet)
    return CsvRows(file, layout=layout or inspect(file, encoding=encoding, delimiter=delimiter))


def _kind_of(file: BinaryIO) -> str:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    file.seek(0)
    head = file.read(_HEAD)
    if looks_like_workbook(head, tail):
        return "workbook"
    return "json" if looks_like_json(head) else "csv"


def _is_known(header: Sequence[str]) -> bool:
    try:
        recognise(header)
    except FileRefused:
        return False
    return True


class WithheldRows:
    """Rows without their identity numbers: those are blanked before anything is read, reported or kept of a row.

    In a row of another length than the header every cell is blanked where such a number may have moved to.
    """

    def __init__(self, rows: Rows, withheld: Sequence[int]) -> None:
        self._rows = rows
        self._withheld = withheld
        self.header = rows.header
        self.layout = rows.layout

    @property
    def bytes_read(self) -> int:
        return self._rows.bytes_read

    def close(self) -> None:
        self._rows.close()

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        width, withheld = len(self.header), self._withheld
        for line, cells in self._rows:
            if cells is not None:
                moved = abs(len(cells) - width)
                within = range(max(0, withheld[0] - moved), withheld[-1] + moved + 1) if moved else withheld
                for at in within:
                    if at < len(cells):
                        cells[at] = ""
            yield line, cells
