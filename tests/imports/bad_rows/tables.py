"""The file of bad rows as a table, and corrections in it."""

from __future__ import annotations

import csv
import io

from closedorders.imports.models import Import

Table = list[list[str]]


def as_file(table: Table, delimiter: str = ",") -> bytes:
    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter).writerows(table)
    return lines.getvalue().encode()


def issues(source: Import) -> list[tuple[int, str, str]]:
    return [(each.line, each.column, each.code) for each in source.issues.order_by("line", "pk")]
