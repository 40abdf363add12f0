"""Tables of Shopify's file that people and programs have worked on."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from hypothesis import assume
from hypothesis import strategies as st

from closedorders.orderfiles.samples import shopify_csv

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADER, *ROWS = csv.reader(io.StringIO(shopify_csv(orders=24, start=date(2026, 2, 1)).decode()))
#: Cells that mean something to us: bad, blank, ambiguous, in another spelling, or in quotes in a file.
CELLS = (
    "", " ", "\u00a0", "x", "1,234", "1.234", "12,50", "-5.00", "US $5.00", "03/04/2025", "2025-02-30 10:00:00 +0100",
    "2025-02-03 10:00:00", "2031-01-01 00:00:00 +0000", "45000", "España", "zz", " eur ", "JPY", "ANA@example.com ",
    "a@b", "8201447122035519", "AE 12345678", "8.19E+15", "#1001", "0", "2.0", "two\nlines", 'a "quoted" one; |, \t',
)  # fmt: skip
#: The columns we read, and one we do not.
READ = [
    HEADER.index(title)
    for title in (
        *("Name", "Email", "Financial Status", "Currency", "Total", "Created at", "Paid at", "Notes", "Tags"),
        *(
            "Phone",
            "Billing Name",
            "Shipping Country",
            "Lineitem quantity",
            "Lineitem name",
            "Lineitem price",
        ),
        "Source",
    )
]
#: Those of them that the first row of an order always fills, which tells it from the others unless they are cut away.
ALWAYS_FILLED = [HEADER.index(title) for title in ("Financial Status", "Currency", "Total", "Subtotal", "Id")]


@dataclass(frozen=True)
class Table:
    header: list[str]
    rows: list[list[str]]

    def file(self, *, delimiter: str = ",", encoding: str = "utf-8", line_end: str = "\n") -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
        writer.writerows([self.header, *self.rows])
        return text.getvalue().encode(encoding)


def change_cells(draw: st.DrawFn, rows: list[list[str]], columns: Sequence[int]) -> None:
    for _ in range(draw(st.integers(0, 6))):
        rows[draw(st.integers(0, len(rows) - 1))][draw(st.sampled_from(columns))] = draw(
            st.sampled_from(CELLS)
        )


def repeat_and_tear(draw: st.DrawFn, rows: list[list[str]]) -> None:
    for _ in range(draw(st.integers(0, 2))):  # Rows and whole orders again, next to themselves or elsewhere.
        start = draw(st.integers(0, len(rows) - 1))
        again = [list(row) for row in rows[start : start + draw(st.integers(1, 3))]]
        at = draw(st.integers(0, len(rows)))
        rows[at:at] = again
    for _ in range(draw(st.integers(0, 2))):
        row = rows[draw(st.integers(0, len(rows) - 1))]
        row[:] = row[: draw(st.integers(1, len(row)))] if draw(st.booleans()) else [*row, "more"]
    assume(any("".join(row).strip() for row in rows))  # A file without a row is refused: a case of its own.


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Rows of a real export that people and programs have worked on: cells, rows, orders and columns."""
    first = draw(st.integers(0, len(ROWS) - 12))
    rows = [list(row) for row in ROWS[first : first + draw(st.integers(1, 12))]]
    change_cells(draw, rows, READ)
    columns: Sequence[int] = range(len(HEADER))
    if draw(st.booleans()):
        columns = draw(st.permutations(columns))
    if draw(st.booleans()):
        away = draw(st.sets(st.sampled_from(ALWAYS_FILLED)))
        columns = [at for at in columns if at not in away]
    rows = [[row[at] for at in columns] for row in rows]
    repeat_and_tear(draw, rows)
    return Table([HEADER[at] for at in columns], rows)
