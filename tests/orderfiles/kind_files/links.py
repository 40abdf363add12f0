"""A file that links store orders to AliExpress orders."""

from __future__ import annotations

from tests.orderfiles.kind_files.tables import table


def links_file(*, shuffled: int | None = None) -> bytes:
    row = {"Store order": "#AP-516073", "AliExpress order number": "8201447122035519, 8201447122035527"}
    return table(list(row), row, shuffled=shuffled)
