"""One pass over a file: from its rows to orders, links and issues, counted as they go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import chain, islice
from typing import BinaryIO, Literal

from .assembler import Assembler, Outcome
from .bad_rows import Mended
from .cell_columns import CellParsers, Row
from .cells import date_rules
from .cells.cards import is_card_title
from .columns import Columns
from .conventions import Conventions
from .formats.base import Format
from .formats.other_lists import refuse_what_never_varies
from .formats.recognition import recognise
from .formats.store_orders import StoreOrders
from .issues import Assumption, Question, RowIssue, row_issue
from .records import Item
from .refund_rows import RefundRows
from .tables.base import FileRefused
from .tables.cards import RowsWithoutCards
from .tables.opening import open_rows

MAX_LINES_IN_ORDER = 5_000
_ROWS_BETWEEN_PROGRESS = 2_000
#: Orders are read together until they have so many rows, or the file has been read so much further.
_ROWS_AT_ONCE, _BYTES_AT_ONCE = 256, 4 << 20
#: Rows looked at before the rest: for a person who names the columns, and for how amounts and dates are written.
FIRST_ROWS = 20

DateOrder = Literal["dmy", "mdy"]
FormatOf = Callable[[Sequence[str]], Format | None]


class ColumnsUnknown(FileRefused):
    """No format reads this header, but a person may say which column is what. `rows` are its first ones."""

    def __init__(self, refusal: FileRefused, header: tuple[str, ...], rows: list[list[str]]) -> None:
        super().__init__(refusal.code, **refusal.params)
        self.header = header
        self.rows = rows
        self.how = refusal.how


#: Refusals of a header that a person can mend by naming its columns.
NAMEABLE = frozenset({"unknown_format", "missing_column", "duplicate_column"})


class Reading:
    """One pass over a seekable file: iterate once for its items; the counts and lists fill while you do.

    `zone` is the team's, for dates without an offset; `date_order` and `decimal_sign` answer the questions of the same
    names; `default_currency` is the store's, for files and rows without one; `encoding` and `delimiter` overrule what
    the bytes suggest; `sheet` is the one to read of a workbook; `own_format` gives the format a person made for this
    header, or None for the known ones, and `ColumnsUnknown` is raised where neither reads it; `on_progress` is called
    now and then and at the end; `now` bounds dates (none lies in the future).

    Raises `FileRefused` with a code of `tables.base.REFUSALS`, also while iterating (see `tables.csv_table`).
    `bytes_read` of `bytes_total` runs ahead of the rows by one buffer.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        zone: tzinfo,
        date_order: DateOrder | Literal[""] | None = None,
        decimal_sign: str = "",
        default_currency: str = "",
        encoding: str = "",
        delimiter: str = "",
        sheet: str = "",
        own_format: FormatOf | None = None,
        on_progress: Callable[[Reading], None] | None = None,
        now: datetime | None = None,
    ) -> None:
        if date_order not in (None, "", "dmy", "mdy") or decimal_sign not in ("", ".", ","):
            raise ValueError(f"no such order of dates or decimal sign: {date_order!r}, {decimal_sign!r}")
        self._file = file
        self._rows = open_rows(file, encoding=encoding, delimiter=delimiter, sheet=sheet)
        self._on_progress = on_progress
        self._mended = Mended.of(self._rows.header)
        self.header: tuple[str, ...] = self._mended.header if self._mended else tuple(self._rows.header)
        self._raw_rows = self._mended.restored(self._rows) if self._mended else iter(self._rows)
        first = list(islice(self._raw_rows, FIRST_ROWS))
        self._raw_rows = chain(first, self._raw_rows)
        self.first_rows = [row for _, row in first if row is not None]
        self.format, self.columns = self._format(own_format, rows=len(first))
        self.fields = self.columns.fields
        self.erasable = self.format.erasable
        self.rows_read = self.rows_accepted = self.rows_rejected = self.rows_duplicate = 0
        if not first:
            raise self._no_rows()
        refuse_what_never_varies(self.format, self.columns, self.first_rows, self._all_rows)
        self._conventions = Conventions(
            rules=date_rules(zone=zone, date_order=self.format.date_order or date_order or "", now=now),
            decimal_sign=decimal_sign,
            default_currency=default_currency,
            date_columns=self.format.columns_of(self.columns, "moment"),
            amount_columns=self.format.columns_of(self.columns, "amount"),
            rows=self._all_rows,
        )
        self._refunds: RefundRows | None = None
        if isinstance(self.format, StoreOrders) and self.format.signed_in_refunds:
            self._refunds = RefundRows(self.format, self.columns, self._all_rows) or None
        if self._refunds is not None:
            self._raw_rows = self._refunds.others(self._raw_rows)
            self.fields |= {"refunded"}
        parsers = CellParsers(self.columns, self.format.registry, self._conventions)
        self._assembler = Assembler(self.format, parsers, self._refunds)
        if isinstance(self.format, StoreOrders):
            for name in ("email", "total"):
                if name not in self.columns.fields and name not in self.format.told_otherwise:
                    self._conventions.assume(f"no_{name}_column")
        if any(map(is_card_title, self.header)):
            self._conventions.assume("card_numbers", line=first[0][0])
        layout = self._rows.layout
        if layout.encoding_assumed:
            self._conventions.assume("encoding", encoding=layout.encoding)
        if layout.wrapped_in:
            self._conventions.assume("unwrapped")
        elif layout.delimiter != ",":
            self._conventions.assume("delimiter", delimiter=layout.delimiter)

    def _no_rows(self) -> FileRefused:
        refusal = FileRefused("no_rows")
        refusal.how = self._rows.layout.how()
        return refusal

    def _format(self, own_format: FormatOf | None, *, rows: int) -> tuple[Format, Columns]:
        own = own_format(self.header) if own_format is not None else None
        if own is not None:
            return own, own.columns(self.header)
        try:
            return recognise(self.header)
        except FileRefused as refusal:
            refusal.how = self._rows.layout.how()
            # One column cannot hold an order; more often it is a separator we do not know.
            if refusal.code not in NAMEABLE or len(self.header) < 2:
                raise
            if not rows:
                raise self._no_rows() from refusal
            raise ColumnsUnknown(refusal, self.header, self.first_rows) from refusal

    def how(self) -> dict[str, dict[str, object]]:
        """How the file is read, always: the codes of `ASSUMPTIONS` that any file has, each with its params.

        No `encoding` and `delimiter` where the file is no text, and a `sheet` only of a workbook. `date_order` and
        `decimal_sign` are "" where each cell tells by itself. Complete once the file is read.
        """
        known = self._rows.layout.how() | self._conventions.how(self.first_rows)
        return known | {each.code: {**each.params, "assumed": True} for each in self.assumptions}

    def _all_rows(self) -> Iterable[tuple[int, list[str] | None]]:
        return open_rows(self._file, layout=self._rows.layout)

    def close(self) -> None:
        """Let go of what reading takes, where it ends early; the file stays open."""
        self._rows.close()

    @property
    def bytes_total(self) -> int:
        return self._rows.layout.size

    @property
    def bytes_read(self) -> int:
        return min(self.bytes_total, self._rows.layout.body_offset + self._rows.bytes_read)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        return tuple(self._conventions.assumptions.values())

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(self._conventions.questions.values())

    def __iter__(self) -> Iterator[Item]:
        waiting = _Waiting()
        try:
            yield from self._read(waiting)
        except FileRefused:
            yield from self._build(waiting.complete(), waiting.ragged)
            raise
        yield from self._build(waiting.blocks, waiting.ragged)
        if isinstance(self._rows, RowsWithoutCards) and self._rows.first_line:
            self._conventions.assume("card_numbers", line=self._rows.first_line)
        for line in self._refunds.left() if self._refunds is not None else ():
            yield from self._refuse(row_issue(line, (), "refund_row"))
        if self._on_progress is not None:
            self._on_progress(self)

    def _read(self, waiting: _Waiting) -> Iterator[Item]:
        """The items of all orders but the last ones, which are left waiting."""
        key_index = self.columns.first(self.format.required[0])
        width = len(self.header)
        grouped = self.format.grouped
        mended = self._mended
        block: list[Row] = []  # The last one waiting, which may go on.
        rows_waiting, bytes_before = 0, self._rows.bytes_read
        current: str | None = None
        may_continue = False  # Not past a row that cannot be read: the rows below it may belong to that one.
        countdown = _ROWS_BETWEEN_PROGRESS
        line, ragged = 0, None
        for line, cells in self._raw_rows:
            countdown -= 1
            if not countdown and self._on_progress is not None:
                countdown = _ROWS_BETWEEN_PROGRESS
                self._on_progress(self)
            if cells is None:
                may_continue = False
                yield from self._build(waiting.complete(), waiting.ragged)
                yield from self._refuse(row_issue(line, (), "broken_quotes"))
                continue
            row, ragged = (cells, None) if len(cells) == width else _fitted(line, cells, width)
            if mended is not None:
                ragged = mended.issue_of(line) or ragged
            key = row[key_index]
            begins = key != current or not grouped
            if begins and may_continue and ragged is None and not key.strip():
                begins = not self.format.continues(row, self.columns)
            if begins:
                may_continue = True
                if rows_waiting >= _ROWS_AT_ONCE or self._rows.bytes_read > bytes_before + _BYTES_AT_ONCE:
                    yield from self._build(waiting.blocks, waiting.ragged)
                    waiting.blocks, waiting.ragged = [], {}
                    rows_waiting, bytes_before = 0, self._rows.bytes_read
                block = []
                waiting.blocks.append(block)
                current = key
            elif len(block) >= MAX_LINES_IN_ORDER:
                yield from self._build(waiting.complete(), waiting.ragged)
                yield from self._refuse(row_issue(line, row, "too_many_lines", {"limit": MAX_LINES_IN_ORDER}))
                continue
            if ragged is not None:
                waiting.ragged[line] = ragged
            block.append((line, row))
            rows_waiting += 1
        if ragged is not None and self._rows.layout.ends_open and len(ragged.cells) < width:
            waiting.ragged[line] = row_issue(line, ragged.cells, "cut_off")
            self._conventions.assume("cut_off", line=line)

    def _refuse(self, issue: RowIssue) -> list[Item]:
        outcome = Outcome()
        self._assembler.refuse(outcome, [issue])
        return self._count(outcome)

    def _build(self, blocks: Sequence[list[Row]], unreadable: Mapping[int, RowIssue]) -> list[Item]:
        """What blocks of rows come to, each an order's."""
        return self._count(self._assembler.assemble(blocks, unreadable)) if blocks else []

    def _count(self, outcome: Outcome) -> list[Item]:
        self.rows_read += outcome.accepted + outcome.rejected + outcome.duplicate
        self.rows_accepted += outcome.accepted
        self.rows_rejected += outcome.rejected
        self.rows_duplicate += outcome.duplicate
        return outcome.items


@dataclass(slots=True)
class _Waiting:
    """Orders to be read together: their rows, of which the last order's may go on, and the ragged ones by line."""

    blocks: list[list[Row]] = field(default_factory=list)
    ragged: dict[int, RowIssue] = field(default_factory=dict)

    def complete(self) -> list[list[Row]]:
        """Take all out but the last one."""
        blocks = self.blocks[:-1]
        del self.blocks[:-1]
        return blocks


def _fitted(line: int, row: list[str], width: int) -> tuple[list[str], RowIssue | None]:
    """A row of another length than the header, as long as it; an issue unless it only has blank cells too many."""
    found = len(row)
    while found > width and not row[found - 1].strip():
        found -= 1
    if found == width:
        del row[width:]
        return row, None
    issue = row_issue(line, row, "ragged_row", {"expected": width, "found": found})
    return row[:width] + [""] * (width - found), issue


#: Recognise a seekable file and start reading it.
read_orders = Reading
