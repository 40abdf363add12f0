"""One pass over a file: from its rows to orders, links and issues, counted as they go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import chain
from operator import itemgetter
from typing import BinaryIO, Literal

from closedorders.orders.csv_rows import FileRefused
from closedorders.orders.values import DateRules, date_order_of, date_rules

from .base import Outcome, Row
from .issues import Assumption, Question, RowIssue, row_issue
from .mending import Mended, keep_together
from .parsed import Item
from .recognition import recognise
from .seen_orders import SeenOrders
from .sources import open_rows

MAX_LINES_IN_ORDER = 5_000
_ROWS_BETWEEN_PROGRESS = 2_000

DateOrder = Literal["dmy", "mdy"]


class Reading:
    """One pass over a file: iterate once for its items; the counts and lists fill while you do.

    `FileRefused` may still be raised while iterating (see `csv_rows`). `bytes_read` of `bytes_total` runs ahead of the
    rows by one buffer.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        zone: tzinfo,
        date_order: str = "",
        default_currency: str = "",
        on_progress: Callable[[Reading], None] | None = None,
        now: datetime | None = None,
    ) -> None:
        if date_order not in ("", "dmy", "mdy"):
            raise ValueError(f"date_order is dmy, mdy or nothing, not {date_order!r}")
        self._file = file
        self._rows = open_rows(file)
        self._on_progress = on_progress
        self._default_currency = default_currency
        self._mended = Mended.of(self._rows.header)
        self.header: tuple[str, ...] = self._mended.header if self._mended else tuple(self._rows.header)
        self.format, self.columns = recognise(self.header)
        self.fields = self.columns.fields
        order = self.format.date_order or date_order
        self.rules: DateRules = date_rules(zone=zone, date_order=order, now=now)
        self.rows_read = self.rows_accepted = self.rows_rejected = self.rows_duplicate = 0
        self._assumptions: dict[str, Assumption] = {}
        self._questions: dict[str, Question] = {}
        self._seen = SeenOrders()
        self._date_order_settled = bool(order)
        used = self.columns.used
        self.used_cells: Callable[[list[str]], object] = itemgetter(*used)
        self._raw_rows = self._mended.restored(self._rows) if self._mended else iter(self._rows)
        first = next(self._raw_rows, None)
        if first is None:
            raise FileRefused("no_rows")
        self._raw_rows = chain((first,), self._raw_rows)
        layout = self._rows.layout
        if layout.encoding_assumed:
            self.assume("encoding", encoding=layout.encoding)
        if layout.wrapped_in:
            self.assume("unwrapped")
        elif layout.delimiter != ",":
            self.assume("delimiter", delimiter=layout.delimiter)

    @property
    def bytes_total(self) -> int:
        return self._rows.layout.size

    @property
    def bytes_read(self) -> int:
        return min(self.bytes_total, self._rows.layout.body_offset + self._rows.bytes_read)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        return tuple(self._assumptions.values())

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(self._questions.values())

    def assume(self, code: str, **params: object) -> None:
        if code not in self._assumptions:
            self._assumptions[code] = Assumption(code, params)

    def ask(self, code: str, **params: object) -> None:
        if code not in self._questions:
            self._questions[code] = Question(code, params)

    def currency_or_default(self, told: str) -> str:
        if told or not self._default_currency:
            return told
        self.assume("currency", currency=self._default_currency)
        return self._default_currency

    def seen_at(self, number: str, block: list[Row], line: int) -> int:
        """`line` for a new order, 0 for one already read with the same rows, else the line of the other one."""
        digest = hash(tuple([self.used_cells(row) for _, row in block]))
        seen_digest, seen_line = self._seen.first(number, digest, line)
        if seen_line == line:
            return line
        return 0 if seen_digest == digest & 0xFFFFFFFF else seen_line

    def settle_date_order(self) -> bool:
        """Look through the whole file, once, for a date that can be read one way only. Whether the order is known."""
        if not self._date_order_settled:
            self._date_order_settled = True
            decided: dict[str, tuple[int, str]] = {}
            indexes = [index for name in self.format.date_fields for index in self.columns.all(name)]
            for line, row in open_rows(self._file, layout=self._rows.layout):
                for index in indexes:
                    if row is not None and index < len(row) and (order := date_order_of(row[index])):
                        decided.setdefault(order, (line, row[index]))
            decided.pop("both", None)
            if len(decided) == 1:  # Both ways in one file: a spreadsheet turned some of them round.
                order, (line, value) = decided.popitem()
                self.rules = replace(self.rules, date_order=order)
                self.assume("date_order", date_order=order, line=line, value=value)
        return bool(self.rules.date_order)

    def __iter__(self) -> Iterator[Item]:
        key_index = self.columns.first(self.format.required[0])
        width = len(self.header)
        grouped = self.format.grouped
        mended = self._mended
        block: list[Row] = []
        ragged: dict[int, RowIssue] = {}
        current: str | None = None
        countdown = _ROWS_BETWEEN_PROGRESS
        for line, cells in self._raw_rows:
            countdown -= 1
            if not countdown and self._on_progress is not None:
                countdown = _ROWS_BETWEEN_PROGRESS
                self._on_progress(self)
            if cells is None:
                outcome = Outcome()
                outcome.reject([row_issue(line, (), "broken_quotes")])
                yield from self._count(outcome, rows=1)
                continue
            row = cells
            if len(row) != width:
                found = len(row)
                while found > width and not row[found - 1].strip():
                    found -= 1
                if found != width:
                    params = {"expected": width, "found": found}
                    ragged_issue = row_issue(line, row, "ragged_row", params)
                    row = row[:width] + [""] * (width - found)
                else:
                    ragged_issue = None
                    del row[width:]
            else:
                ragged_issue = None
            if mended is not None:
                ragged_issue = mended.issue_of(line) or ragged_issue
            key = row[key_index]
            if key != current or not grouped:
                if block:
                    yield from self._count(
                        self.format.build(block, ragged, self), rows=len(block), block=block
                    )
                    block, ragged = [], {}
                current = key
            elif len(block) >= MAX_LINES_IN_ORDER:
                outcome = Outcome()
                outcome.reject([row_issue(line, row, "too_many_lines", {"limit": MAX_LINES_IN_ORDER})])
                yield from self._count(outcome, rows=1)
                continue
            if ragged_issue is not None:
                ragged[line] = ragged_issue
            block.append((line, row))
        if block:
            yield from self._count(self.format.build(block, ragged, self), rows=len(block), block=block)
        if self._on_progress is not None:
            self._on_progress(self)

    def _count(self, outcome: Outcome, *, rows: int, block: Sequence[Row] = ()) -> list[Item]:
        if outcome.rejected and outcome.accepted:
            keep_together(outcome.items, block)
        self.rows_read += rows
        self.rows_accepted += outcome.accepted
        self.rows_rejected += outcome.rejected
        self.rows_duplicate += outcome.duplicate
        return outcome.items


def read_orders(
    file: BinaryIO,
    *,
    zone: tzinfo,
    date_order: DateOrder | None = None,
    default_currency: str = "",
    on_progress: Callable[[Reading], None] | None = None,
    now: datetime | None = None,
) -> Reading:
    """Recognise a seekable file and start reading it. Raises `FileRefused` with a code of `csv_rows.REFUSALS`.

    `zone` is the team's, for dates without an offset; `date_order` answers the question of the same name;
    `default_currency` is the store's, for files and rows without one; `on_progress` is called now and then and at the
    end; `now` bounds dates (none lies in the future).
    """
    return Reading(
        file,
        zone=zone,
        date_order=date_order or "",
        default_currency=default_currency,
        on_progress=on_progress,
        now=now,
    )
