"""Tables of every other kind of file, and how each is written into one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from closedorders.orderfiles.bad_rows import mending_header, mending_row
from closedorders.orderfiles.formats.custom import mapped_format
from closedorders.orderfiles.reader import FormatOf, read_orders
from closedorders.orderfiles.tables.opening import open_rows
from tests.orderfiles import kind_files
from tests.orderfiles.properties.shopify_tables import NOW, Table, change_cells, repeat_and_tear
from tests.orderfiles.workbooks import workbook


@dataclass(frozen=True)
class Kind:
    """Another kind of file: the rows of a realistic one, and how rows are written into one."""

    header: list[str]
    rows: list[list[str]]
    write: Callable[[Table], bytes]
    own_format: FormatOf | None = None

    @classmethod
    def of(cls, content: bytes, write: Callable[[Table], bytes], own_format: FormatOf | None = None) -> Kind:
        """From a file, with all of its orders again under other numbers."""
        reading = read_orders(io.BytesIO(content), zone=UTC, own_format=own_format, now=NOW)
        at = reading.columns.first(reading.format.required[0])
        rows = [cells for _, cells in open_rows(io.BytesIO(content)) if cells is not None]
        others = [[*row[:at], f"{row[at][:-1]}8", *row[at + 1 :]] for row in rows]
        return cls(list(reading.header), [*rows, *others], write, own_format)


def json_file(table: Table) -> bytes:
    """A list of entries; `outer.inner` is a key of an object inside. A short row but the first lacks its last keys."""
    entries: list[dict[str, Any]] = []
    for row in table.rows:
        entry: dict[str, Any] = {}
        cells = row if entries else [*row, *[""] * (len(table.header) - len(row))]
        for key, cell in zip(table.header, cells, strict=False):
            outer, dot, inner = key.partition(".")
            (entry.setdefault(outer, {}) if dot else entry)[inner or outer] = cell
        entries.append(entry)
    return json.dumps(entries).encode()


def workbook_file(table: Table) -> bytes:
    return workbook({"Address": [["country"], ["ES"]], "Order Information": [table.header, *table.rows]})


def mended_file(table: Table) -> bytes:
    """The file of bad rows as it comes back: every third row still waits for a decision."""
    width = len(table.header)
    rows = [
        mending_row(row, width=width, line=at + 2, reason="Bad.", language="en", undecided=at % 3 == 2)
        for at, row in enumerate(table.rows)
    ]
    return Table(mending_header(table.header, "en"), rows).file()


def named_by_hand(kind: str, mapping: dict[str, str]) -> FormatOf:
    return lambda header: mapped_format(kind, mapping)


_ORDERS = """Ref,Date,Who,Mail,Sum,Item,Pcs,Bought
#1,2026-02-03,Ana Gil,ana@example.com,12.50,Lamp,1,8201447122035519
#1,2026-02-03,Ana Gil,ana@example.com,12.50,Mat,2,
#2,2026-02-04,Bo,,5.00,Mat,1,8201447122035527
#3,2026-02-05,Chu,chu@example.com,5.00,Mat,1,
"""
_BOUGHT = """No,Date,State,Cost,What,Pcs
8201447122035519,2026-02-03,Closed,US $3.10,Lamp,1
8201447122035519,2026-02-03,Closed,US $3.10,Mat,2
8201447122035527,2026-02-04,Finished,US $2.00,Mat,1
"""
#: What the strategy above leaves out: every other kind of file, and what a person named or mended.
OTHER_KINDS: Mapping[str, Kind] = {
    "Analytics": Kind.of(kind_files.analytics_file(), Table.file),
    "WebToffee": Kind.of(kind_files.webtoffee_file(), Table.file),
    "Advanced Order Export": Kind.of(kind_files.advanced_file(), Table.file),
    "DSers": Kind.of(kind_files.dsers_file(), Table.file),
    "extension": Kind.of(kind_files.extension_file(), Table.file),
    "extension, JSON": Kind.of(kind_files.extension_json(), json_file),
    "userscript": Kind.of(kind_files.userscript_file(), lambda table: table.file(delimiter="\t")),
    "userscript, products as JSON": Kind.of(kind_files.userscript_products_json(), json_file),
    "userscript, orders as JSON": Kind.of(kind_files.userscript_orders_json(), json_file),
    "list of orders": Kind.of(kind_files.order_list_file(), Table.file),
    "data backup": Kind.of(kind_files.backup_file(), workbook_file),
    "Shopify, workbook": Kind.of(kind_files.shopify_file(), workbook_file),
    "links": Kind.of(kind_files.links_file(), Table.file),
    "mended, Shopify": Kind.of(kind_files.shopify_file(), mended_file),
    "mended, DSers": Kind.of(kind_files.dsers_file(), mended_file),
    "orders, named": Kind.of(
        _ORDERS.encode(),
        Table.file,
        named_by_hand(
            "store_orders",
            {"number": "ref", "placed_at": "date", "customer_name": "who", "email": "mail", "total": "sum"}
            | {"line_name": "item", "line_quantity": "pcs", "aliexpress": "bought"},
        ),
    ),
    "bought, named": Kind.of(
        _BOUGHT.encode(),
        Table.file,
        named_by_hand(
            "aliexpress_orders",
            {"number": "no", "placed_at": "date", "status": "state", "cost": "cost"}
            | {"line_name": "what", "line_quantity": "pcs"},
        ),
    ),
    "links, named": Kind.of(
        _ORDERS.encode(),
        Table.file,
        named_by_hand("order_links", {"number": "ref", "aliexpress": "bought"}),
    ),
}


@st.composite
def tables_of(draw: st.DrawFn, kind: Kind) -> Table:
    rows = [list(row) for row in kind.rows]
    change_cells(draw, rows, range(len(kind.header)))
    repeat_and_tear(draw, rows)
    return Table(kind.header, rows)
