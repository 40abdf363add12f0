"""Downloads as Excel workbooks: no separator to guess, and an order number of sixteen digits stays whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from django.http import FileResponse

from closedorders.core.http.downloads import as_download

from .spreadsheet_cells import written

# What a cell of Excel holds.
_LONGEST_CELL = 32_767
# In characters. A moment takes 16: Excel shows hashes in place of one that does not fit.
_NARROWEST, _MOMENT, _WIDEST = 10, 17, 60
# Excel counts days from here.
_FIRST_YEAR = 1900

#: A number, a day or a moment in the zone to be read in, else text.
Cell = str | Decimal | date


def workbook_response(file_name: str, title: str, rows: Iterable[Iterable[Cell]]) -> FileResponse:
    """A download of `rows` on a sheet named `title`, the first row as its head.

    Written row by row: into a folder that is deleted at once, and from there into a file that has no name.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with (
        tempfile.TemporaryDirectory() as folder,
        xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder}) as workbook,
    ):
        sheet = workbook.add_worksheet(title)
        head = workbook.add_format({"bold": True})
        day = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        sheet.freeze_panes(1, 0)
        widths: dict[int, int] = {}
        for at, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                shown = _MOMENT if isinstance(cell, date) else len(str(cell)) + 1
                widths[column] = max(widths.get(column, _NARROWEST), shown)
                if isinstance(cell, Decimal):
                    sheet.write_number(at, column, cell)
                elif isinstance(cell, date) and cell.year < _FIRST_YEAR:
                    sheet.write_string(at, column, written(cell))
                elif isinstance(cell, datetime):
                    sheet.write_datetime(
                        at, column, cell.replace(second=0, microsecond=0, tzinfo=None), moment
                    )
                elif isinstance(cell, date):
                    sheet.write_datetime(at, column, cell, day)
                elif cell:
                    sheet.write_string(at, column, cell[:_LONGEST_CELL], None if at else head)
        for column, width in widths.items():
            sheet.set_column(column, column, min(width, _WIDEST))
    file.seek(0)
    response = FileResponse(
        file, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    return as_download(response, file_name)
