"""CSV downloads whose cells no spreadsheet runs as formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.http import StreamingHttpResponse

from closedorders.core.http.downloads import as_download

from .spreadsheet_cells import neutral


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_lines(rows: Iterable[Iterable[object]], *, delimiter: str = ",") -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=delimiter)
    for row in rows:
        yield str(writer.writerow([cell if isinstance(cell, Decimal) else neutral(cell) for cell in row]))


def csv_response(
    file_name: str, rows: Iterable[Iterable[object]], *, delimiter: str = ","
) -> StreamingHttpResponse:
    """A download of `rows`, streamed, in UTF-8 with the byte order mark that Excel asks for."""

    def chunks() -> Iterator[str]:
        yield "\ufeff"
        yield from csv_lines(rows, delimiter=delimiter)

    return as_download(StreamingHttpResponse(chunks(), content_type="text/csv; charset=utf-8"), file_name)
