"""Tables as Excel workbooks: no separator to guess, and an order number of sixteen digits stays whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from decimal import Decimal

import xlsxwriter
from django.http import FileResponse

# What a cell of Excel holds.
_LONGEST_CELL = 32_767


def workbook_response(file_name: str, title: str, rows: Iterable[Iterable[str | Decimal]]) -> FileResponse:
    """A download of `rows` on a sheet named `title`, the first row as its head. A `Decimal` is a number, all else text.

    Written row by row: into a folder that is deleted at once, and from there into a file that has no name.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with (
        tempfile.TemporaryDirectory() as folder,
        xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder}) as workbook,
    ):
        sheet = workbook.add_worksheet(title)
        head = workbook.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for at, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, Decimal):
                    sheet.write_number(at, column, cell)
                elif cell:
                    sheet.write_string(at, column, cell[:_LONGEST_CELL], None if at else head)
    file.seek(0)
    response = FileResponse(
        file,
        as_attachment=True,
        filename=file_name,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Cache-Control"] = "no-store"
    return response
