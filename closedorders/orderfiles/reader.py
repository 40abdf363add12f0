"""One pass over a file: from its rows to orders, links and issues, counted as they go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import partial
from itertools import chain, compress, islice
from operator import itemgetter
from typing import Any, BinaryIO, Literal

from closedorders.orderfiles.cells import (
    CURRENCY_DECIMALS,
    DOLLARS,
    AmbiguousAmount,
    DateRules,
    date_order_of,
    date_rules,
    decimal_sign_of,
    has_offset,
    parse_amount,
    parse_datetime,
)
from closedorders.orderfiles.tables.csv_table import FileRefused

from .bad_rows import Mended, keep_together
from .columns import Columns
from .formats.base import Format, Outcome, Row
from .formats.recognition import recognise
from .issues import Assumption, Question, RowIssue, row_issue
from .records import Item, ParsedStoreOrder
from .seen_orders import SeenOrders
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
    """One pass over a file: iterate once for its items; the counts and lists fill while you do.

    `FileRefused` may still be raised while iterating (see `csv_table`). `bytes_read` of `bytes_total` runs ahead of the
    rows by one buffer.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        zone: tzinfo,
        date_order: str = "",
        decimal_sign: str = "",
        default_currency: str = "",
        encoding: str = "",
        delimiter: str = "",
        sheet: str = "",
        own_format: FormatOf | None = None,
        on_progress: Callable[[Reading], None] | None = None,
        now: datetime | None = None,
    ) -> None:
        if date_order not in ("", "dmy", "mdy") or decimal_sign not in ("", ".", ","):
            raise ValueError(f"no such order of dates or decimal sign: {date_order!r}, {decimal_sign!r}")
        self._file = file
        self._rows = open_rows(file, encoding=encoding, delimiter=delimiter, sheet=sheet)
        self._on_progress = on_progress
        self._default_currency = default_currency
        self.decimal_sign = decimal_sign
        self._mended = Mended.of(self._rows.header)
        self.header: tuple[str, ...] = self._mended.header if self._mended else tuple(self._rows.header)
        self._raw_rows = self._mended.restored(self._rows) if self._mended else iter(self._rows)
        first = list(islice(self._raw_rows, FIRST_ROWS))
        self._raw_rows = chain(first, self._raw_rows)
        self.first_rows = [row for _, row in first if row is not None]
        self.format, self.columns = self._format(own_format, rows=len(first))
        self.fields = self.columns.fields
        self.erasable = self.format.erasable
        order = self.format.date_order or date_order
        self.rules: DateRules = date_rules(zone=zone, date_order=order, now=now)
        self.rows_read = self.rows_accepted = self.rows_rejected = self.rows_duplicate = 0
        self._assumptions: dict[str, Assumption] = {}
        self._questions: dict[str, Question] = {}
        self._seen = SeenOrders()
        self._date_order_settled = bool(order)
        self._decimal_sign_settled = bool(decimal_sign)
        used = self.columns.used
        self.used_cells: Callable[[list[str]], Any] = itemgetter(*used)
        if not first:
            raise self._no_rows()
        self.quick = self.format.quick_orders(self)
        layout = self._rows.layout
        if layout.encoding_assumed:
            self.assume("encoding", encoding=layout.encoding)
        if layout.wrapped_in:
            self.assume("unwrapped")
        elif layout.delimiter != ",":
            self.assume("delimiter", delimiter=layout.delimiter)

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
        sign = self.decimal_sign or self._told_in_first_rows(self.format.amount_fields, decimal_sign_of)
        order = self.rules.date_order or self._told_in_first_rows(self.format.date_fields, date_order_of)
        known = self._rows.layout.how() | {
            "date_order": {"date_order": order},
            "decimal_sign": {"decimal_sign": sign},
            "time_zone": {"zone": str(self.rules.zone)},
            "currency": {"currency": self._default_currency},
        }
        return known | {each.code: {**each.params, "assumed": True} for each in self.assumptions}

    def _told_in_first_rows(self, fields: Iterable[str], tell: Callable[[str], str]) -> str:
        indexes = [index for name in fields for index in self.columns.all(name)]
        told = {tell(row[index]) for row in self.first_rows for index in indexes if index < len(row)}
        told -= {"", "both"}
        return told.pop() if len(told) == 1 else ""

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

    @property
    def sells_in_dollars(self) -> bool:
        """Whether `$` may be the sign of what orders are in that name no currency; not known is no."""
        return self._default_currency in DOLLARS

    def currency_or_default(self, told: str) -> str:
        if told or not self._default_currency:
            return told
        self.assume("currency", currency=self._default_currency)
        return self._default_currency

    def assume_no_email(self, line: int) -> None:
        """Whole shops sell without one: no reason to lose their orders, but nobody can be written to."""
        self.assume("no_email", line=line, column=self.header[self.columns.first("email")])

    @staticmethod
    def digest(used: Sequence[object]) -> int:
        """What tells an order's rows from others of the same number; `used` are the `used_cells` of each."""
        return hash(tuple(used))

    def seen_at(self, number: str, block: list[Row], line: int) -> int:
        """`line` for a new order, 0 for one already read with the same rows, else the line of the other one."""
        digest = self.digest([self.used_cells(row) for _, row in block])
        seen_digest, seen_line = self._seen.first(number, digest, line)
        if seen_line == line:
            return line
        return 0 if seen_digest == digest & 0xFFFFFFFF else seen_line

    def settle_date_order(self) -> bool:
        """Look through the whole file, once, for a date that can be read one way only. Whether the order is known."""
        if not self._date_order_settled:
            self._date_order_settled = True
            if told := self._told_in_file(self.format.date_fields, date_order_of):
                order, line, value = told
                self.rules = replace(self.rules, date_order=order)
                self.assume("date_order", date_order=order, line=line, value=value)
        return bool(self.rules.date_order)

    def amount(self, text: str, currency: str, *, allow_negative: bool = False) -> Decimal:
        """`parse_amount`, with the decimal sign of this file where the cell alone does not tell."""
        if self.asks_for_decimal_sign(text, currency):
            self._settle_decimal_sign()
        parse = partial(parse_amount, text, currency=currency, allow_negative=allow_negative)
        try:
            return parse(decimal_sign=self.decimal_sign)
        except AmbiguousAmount:
            if not self._settle_decimal_sign():
                raise
        return parse(decimal_sign=self.decimal_sign)

    def asks_for_decimal_sign(self, text: str, currency: str) -> bool:
        """Whether this is `1.234` dinars, which are thousands where the rest of the file writes decimals with a comma.

        Told from the rest of the file before the first such amount is read, so that all of them are read alike.
        """
        return (
            not self._decimal_sign_settled
            and CURRENCY_DECIMALS.get(currency, 2) > 2
            and decimal_sign_of(text) == "both"
        )

    def moment(self, text: str) -> datetime:
        """`parse_datetime` by the rules of this file; says so where the team's time zone is taken for granted."""
        if text[19:21] not in (" +", " -") and not has_offset(text):
            self.assume("time_zone", zone=str(self.rules.zone))
        return parse_datetime(text, self.rules)

    def _settle_decimal_sign(self) -> bool:
        if not self._decimal_sign_settled:
            self._decimal_sign_settled = True
            if told := self._told_in_file(self.format.amount_fields, decimal_sign_of):
                self.decimal_sign, line, value = told
                self.assume("decimal_sign", decimal_sign=self.decimal_sign, line=line, value=value)
            if self.quick is not None:
                self.quick.forget()
        return bool(self.decimal_sign)

    def _told_in_file(self, fields: Iterable[str], tell: Callable[[str], str]) -> tuple[str, int, str] | None:
        """What cells of the whole file tell by themselves, with the first that does; None if they differ."""
        decided: dict[str, tuple[int, str]] = {}
        indexes = [index for name in fields for index in self.columns.all(name)]
        for line, row in open_rows(self._file, layout=self._rows.layout):
            for index in indexes:
                if row is not None and index < len(row) and (told := tell(row[index])):
                    decided.setdefault(told, (line, row[index]))
        decided.pop("both", None)
        if len(decided) != 1:  # Both ways in one file: a spreadsheet turned some of them round.
            return None
        return next((told, line, value) for told, (line, value) in decided.items())

    def __iter__(self) -> Iterator[Item]:
        waiting = _Waiting()
        try:
            yield from self._read(waiting)
        except FileRefused:
            yield from self._build(waiting.complete(), waiting.ragged)
            raise
        yield from self._build(waiting.blocks, waiting.ragged)
        if self._on_progress is not None:
            self._on_progress(self)

    def _read(self, waiting: _Waiting) -> Iterator[Item]:
        """The items of all orders but the last ones, which are left waiting."""
        key_index = self.columns.first(self.format.required[0])
        width = len(self.header)
        grouped = self.format.grouped
        mended = self._mended
        block: list[Row] = []  # The last one waiting, which may go on.
        rows_at_once = _ROWS_AT_ONCE if self.quick is not None else 1
        rows_waiting, bytes_before = 0, self._rows.bytes_read
        current: str | None = None
        may_continue = False  # Not past a row that cannot be read: the rows below it may belong to that one.
        countdown = _ROWS_BETWEEN_PROGRESS
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
                if rows_waiting >= rows_at_once or self._rows.bytes_read > bytes_before + _BYTES_AT_ONCE:
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

    def _refuse(self, issue: RowIssue) -> list[Item]:
        outcome = Outcome()
        outcome.reject([issue])
        return self._count(outcome, rows=1)

    def _build(self, blocks: Sequence[list[Row]], ragged: Mapping[int, RowIssue]) -> list[Item]:
        """What blocks of rows come to, each an order's; `ragged` by line."""
        quick = self.quick
        if quick is None:
            return [item for block in blocks for item in self._build_carefully(block, ragged)]
        taken = [
            quick.takes(block) and not (ragged and any(line in ragged for line, _ in block))
            for block in blocks
        ]
        orders = iter(quick.orders(list(compress(blocks, taken))))
        settled = self.decimal_sign, self.rules
        items: list[Item] = []
        for at, (block, is_taken) in enumerate(zip(blocks, taken, strict=True)):
            read = next(orders) if is_taken else None
            if read is not None:
                items += self._take(block, *read)
                continue
            items += self._build_carefully(block, ragged)
            if settled != (
                self.decimal_sign,
                self.rules,
            ):  # Once a file: what follows is read by what it told.
                return [*items, *self._build(blocks[at + 1 :], ragged)]
        return items

    def _build_carefully(self, block: list[Row], ragged: Mapping[int, RowIssue]) -> list[Item]:
        own = {line: ragged[line] for line, _ in block if line in ragged} if ragged else {}
        return self._count(self.format.build(block, own, self), rows=len(block), block=block)

    def _take(self, block: list[Row], order: ParsedStoreOrder, digest: int) -> Sequence[Item]:
        """An order that was read at speed, unless the file had it before."""
        line = block[0][0]
        if order.email == "":
            self.assume_no_email(line)
        seen_digest, seen_line = self._seen.first(order.number, digest, line)
        rows = len(block)
        if seen_line == line:
            self.rows_accepted += rows
        elif seen_digest == digest & 0xFFFFFFFF:
            self.rows_duplicate += rows
        else:
            return self._build_carefully(block, {})
        self.rows_read += rows
        return (order,) if seen_line == line else ()

    def _count(self, outcome: Outcome, *, rows: int, block: Sequence[Row] = ()) -> list[Item]:
        if outcome.rejected and outcome.accepted:
            keep_together(outcome.items, block)
        self.rows_read += rows
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


def read_orders(
    file: BinaryIO,
    *,
    zone: tzinfo,
    date_order: DateOrder | None = None,
    decimal_sign: str = "",
    default_currency: str = "",
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    own_format: FormatOf | None = None,
    on_progress: Callable[[Reading], None] | None = None,
    now: datetime | None = None,
) -> Reading:
    """Recognise a seekable file and start reading it. Raises `FileRefused` with a code of `csv_table.REFUSALS`.

    `zone` is the team's, for dates without an offset; `date_order` and `decimal_sign` answer the questions of the same
    names; `default_currency` is the store's, for files and rows without one; `encoding` and `delimiter` overrule what
    the bytes suggest; `sheet` is the one to read of a workbook; `own_format` gives the format a person made for this
    header, or None for the known ones, and `ColumnsUnknown` is raised where neither reads it; `on_progress` is called
    now and then and at the end; `now` bounds dates (none lies in the future).
    """
    return Reading(
        file,
        zone=zone,
        date_order=date_order or "",
        decimal_sign=decimal_sign,
        default_currency=default_currency,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        own_format=own_format,
        on_progress=on_progress,
        now=now,
    )
