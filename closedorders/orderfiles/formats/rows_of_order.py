"""Store orders of one or several rows that each repeat the order's own values or leave them blank."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, ClassVar

from closedorders.orderfiles.cells import CURRENCY_DECIMALS, parse_person_name

from ..columns import Columns
from ..issues import RowIssue, row_issue
from ..records import ParsedLine, ParsedStoreOrder
from ..row_reader import RowReader
from .base import Format, Outcome, Row

if TYPE_CHECKING:
    from ..reader import Reading

_LONG_DECIMALS = re.compile(r"\d{1,11}\.\d{3,12}", re.ASCII)


class RowsOfOrder(Format):
    """A row is a product of an order; what the order itself says is on the first row only, or on each of them.

    The row that says most is read for the order, once: a total that is repeated is the same total. A row that says
    something else of the order is refused, and one that is the same in every column we read counts once: these
    programs add up quantities themselves.
    """

    #: Fields of the product; all others are the order's.
    line_fields: ClassVar[frozenset[str]]

    @abstractmethod
    def order(self, reader: RowReader) -> ParsedStoreOrder:
        """The order without its lines; problems are the reader's."""

    @abstractmethod
    def lines(self, reader: RowReader, currency: str) -> Sequence[ParsedLine]:
        """The products of one row."""

    def own_columns(self, columns: Columns) -> list[int]:
        """Where the file keeps what is the order's own."""
        return sorted({at for name in columns.fields - self.line_fields for at in columns.all(name)})

    def build(self, block: list[Row], ragged: Mapping[int, RowIssue], reading: Reading) -> Outcome:
        outcome = Outcome()
        for line, _ in block:
            if line in ragged:
                outcome.reject([ragged[line]])
        rows = [(line, row) for line, row in block if line not in ragged]
        if not rows:
            return outcome
        own = self.own_columns(reading.columns)
        head_line, head = max(rows, key=lambda each: sum(1 for at in own if each[1][at].strip()))
        reader = RowReader(reading, head_line, head)
        order = self.order(reader)
        lines = {head_line: tuple(self.lines(reader, order.currency))}
        if reader.issues:
            for line, row in rows:
                follows = row_issue(line, row, "first_row_rejected", {"first_line": head_line})
                outcome.reject(reader.issues if line == head_line else [follows])
            return outcome
        first_line = reading.seen_at(order.number, rows, head_line)
        if first_line == 0:
            outcome.duplicate += len(rows)
            return outcome
        if first_line != head_line:
            again = "order_apart" if self.grouped else "order_repeated"
            for line, row in rows:
                outcome.reject([row_issue(line, row, again, {"first_line": first_line})])
            return outcome
        seen = {reading.used_cells(head)}
        for line, row in rows:
            if line == head_line:
                continue
            cells = reading.used_cells(row)
            if cells in seen:
                outcome.duplicate += 1
                continue
            seen.add(cells)
            if any(row[at].strip() not in ("", head[at].strip()) for at in own):
                outcome.reject([row_issue(line, row, "order_repeated", {"first_line": head_line})])
                continue
            further = RowReader(reading, line, row)
            parsed = tuple(self.lines(further, order.currency))
            if further.issues:
                outcome.reject(further.issues)
            else:
                lines[line] = parsed
        outcome.accepted += len(lines)
        sources = tuple(sorted(lines))
        every = tuple(each for line in sources for each in lines[line])
        outcome.items.insert(0, order._replace(lines=every, source_lines=sources))
        return outcome


def amount_in(reading: Reading, currency: str) -> Callable[[str], Decimal]:
    return lambda text: reading.amount(text, currency)


def unit_price_in(reading: Reading, currency: str) -> Callable[[str], Decimal]:
    """The price of one piece, which shops that add the tax themselves keep with more decimals than the currency has."""

    def price(text: str) -> Decimal:
        if _LONG_DECIMALS.fullmatch(text):
            return rounded(Decimal(text), currency)
        return reading.amount(text, currency)

    return price


def rounded(amount: Decimal, currency: str) -> Decimal:
    step = Decimal(1).scaleb(-CURRENCY_DECIMALS.get(currency, 2))
    return amount.quantize(step, rounding=ROUND_HALF_UP)


def full_name(reader: RowReader, *pairs: tuple[str, str]) -> str | None:
    """The first person of whom the row has a given or a family name; None where the file has columns for neither."""
    given = False
    for pair in pairs:
        parts = [reader.string(name, parse_person_name) for name in pair]
        given = given or any(part is not None for part in parts)
        if name := " ".join(part for part in parts if part):
            return name
    return "" if given else None
