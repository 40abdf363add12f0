"""Rows that are refunds of an order in the same file: they have its number, and an amount or quantity below zero.

WooCommerce lists refunds among the orders, sorted by their own date: before or after their order, and far from it. So
they are looked for in the whole file once, taken out of its rows, and added to the order when that is read. Nothing
else of them is read: a refund has no date, total or product of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal

from .cells import BadValue
from .columns import Columns, normalised_header
from .conventions import AllRows, Conventions
from .formats.store_orders import StoreOrders
from .tables.base import FileRefused

_BELOW_ZERO = re.compile(r"['’`]?\D{0,6}?[-−]\D{0,6}\d.*|\(\D{0,6}\d[\d.,' ]*\D{0,6}\)", re.DOTALL)
_REFUNDED = frozenset(
    {"refund", "refunded", "wc refunded", "shop order refund", "reembolso", "reembolsado", "reembolsada"}
)
#: (line, cells), as `tables` gives them.
_Rows = Iterable[tuple[int, list[str] | None]]


@dataclass(slots=True)
class Refund:
    """What was refunded of one order: the lines of its rows, and their amounts as they are written.

    `amounts` are told apart by what else their rows say, so that one that each product's row repeats counts once. Where
    the row has no amount it is that of its pieces: (price, quantity).
    """

    lines: list[int] = field(default_factory=list)
    amounts: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def amount(self, conventions: Conventions, currency: str) -> Decimal:
        """The sum in the order's currency; raises `BadValue`."""
        total = Decimal(0)
        for parts in self.amounts.values():
            each = Decimal(1)
            for text in parts:
                each *= abs(_amount(text.strip().strip("'’`()"), conventions, currency))
            total += each
        return total


def _amount(text: str, conventions: Conventions, currency: str) -> Decimal:
    try:
        return conventions.amount(text, currency, allow_negative=True)
    except BadValue as error:
        if not conventions.resolve(error):
            raise
        return conventions.amount(text, currency, allow_negative=True)


class RefundRows:
    """The refunds of a file, by the number of their order. False where it has none."""

    def __init__(self, format: StoreOrders, columns: Columns, all_rows: AllRows) -> None:
        self._number = columns.first("number")
        self._signed = [at for name in format.signed_in_refunds for at in columns.all(name)]
        self._amounts = [at for name in ("total", "net", "subtotal") for at in columns.all(name)]
        self._pieces = columns.firsts(("line_price", "line_quantity"))
        self._state = columns.first("financial_status")
        self._told_apart = columns.firsts(("external_id", "placed_at"))
        self._products = columns.firsts(("line_name", "line_sku"))
        self._found: dict[str, Refund] = {}
        with suppress(FileRefused):  # Which is raised again when the rows are read.
            self._look(all_rows)
        self.lines = frozenset(line for refund in self._found.values() for line in refund.lines)

    def __bool__(self) -> bool:
        return bool(self._found)

    def others(self, rows: Iterator[tuple[int, list[str] | None]]) -> Iterator[tuple[int, list[str] | None]]:
        """The rows that are no refunds."""
        lines = self.lines
        return ((line, row) for line, row in rows if line not in lines)

    def take(self, row: Sequence[str]) -> Refund | None:
        """The refund of the order that this row is of, the first time it is asked for."""
        return self._found.pop(self._key(row), None)

    def left(self) -> list[int]:
        """The lines of refunds whose order was not asked for: it is not in the file."""
        return sorted(line for refund in self._found.values() for line in refund.lines)

    def _key(self, row: Sequence[str]) -> str:
        return row[self._number].strip().lstrip("'’`").strip().removeprefix("#")

    def _look(self, all_rows: AllRows) -> None:
        marked: set[str] = set()
        refund: Refund | None = None
        for line, row in self._wide_enough(all_rows()):
            key = self._key(row)
            if key:
                refund = None
                if any(row[at] and _BELOW_ZERO.fullmatch(row[at].strip()) for at in self._signed):
                    refund = self._found.setdefault(key, Refund())
                    self._add(refund, line, row)
                elif self._is_marked(row):
                    marked.add(key)
            elif refund is not None:
                refund.lines.append(line)
        if not marked:
            return
        # An order that was refunded whole says so itself: a refund's row has another one beside it, which does not.
        orders = {
            key
            for _line, row in self._wide_enough(all_rows())
            if (key := self._key(row)) in marked
            and row[self._state].strip()
            and not self._is_marked(row)
            and not any(_BELOW_ZERO.fullmatch(row[at].strip()) for at in self._signed)
        }
        if not orders:
            return
        for line, row in self._wide_enough(all_rows()):
            if (key := self._key(row)) in orders and self._is_marked(row):
                self._add(self._found.setdefault(key, Refund()), line, row)

    def _wide_enough(self, rows: _Rows) -> Iterator[tuple[int, list[str]]]:
        width = max(self._number, self._state, *self._signed, *self._amounts, *self._pieces, *self._products)
        return ((line, row) for line, row in rows if row is not None and len(row) > width)

    def _is_marked(self, row: Sequence[str]) -> bool:
        return self._state >= 0 and normalised_header(row[self._state]) in _REFUNDED

    def _add(self, refund: Refund, line: int, row: list[str]) -> None:
        if line in refund.lines:  # Marked, and below zero besides.
            return
        refund.lines.append(line)
        below_zero = [at for at in self._amounts if _BELOW_ZERO.fullmatch(row[at].strip())]
        told_apart = tuple(row[at].strip() for at in self._told_apart)
        if amount := next((row[at] for at in below_zero or self._amounts if row[at].strip()), ""):
            refund.amounts.setdefault((*told_apart, amount), (amount,))
        elif len(self._pieces) == 2 and all(row[at].strip() for at in self._pieces):
            pieces = tuple(row[at] for at in self._pieces)
            products = tuple(row[at].strip() for at in self._products)
            refund.amounts.setdefault((*told_apart, *products, *pieces), pieces)
