"""Good exports as files, with one thing done to them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from tests.imports.files import csv_file, shopify_row

GOOD = shopify_row()


def shop(*rows: Mapping[str, str]) -> str:
    """A Shopify export as text: the rows given, or one good order."""
    return csv_file(rows or [GOOD]).decode()


def second(**cells: str) -> bytes:
    """A good order on line 2, and on line 3 another one with these cells."""
    return csv_file([GOOD, shopify_row(**({"Name": "#1002"} | cells))])


def only(**cells: str) -> bytes:
    return csv_file([shopify_row(**cells)])


def delimited(mark: str) -> str:
    return "\n".join(mark.join(cells) for cells in ([*GOOD.keys()], [*GOOD.values()])) + "\n"


def renamed(titles: Mapping[str, str]) -> bytes:
    return csv_file([{titles.get(name, name): value for name, value in GOOD.items()}])


def archive(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(zipfile.ZipInfo(name), shop())
    return buffer.getvalue()


def lines(text: str, *ends: str) -> bytes:
    """`text` with its line ends replaced by these, in turn."""
    return "".join(
        line + ends[at % len(ends)] for at, line in enumerate(text.removesuffix("\n").split("\n"))
    ).encode()


def without(column: str) -> bytes:
    return csv_file([{name: value for name, value in GOOD.items() if name != column}])
