"""What every format is: the table of its columns, and how it is recognised by a header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import ClassVar

from closedorders.orderfiles.cells import BadValue, parse_priced_currency

from ..cell_columns import CellColumns
from ..columns import Columns
from ..fields import Field


class Format:
    """One kind of file. Subclass one of the three kinds of rows, fill the tables, and add an instance to `FORMATS`."""

    #: The fields that are read of such rows; columns of others count for recognition, and for whether rows are equal.
    registry: ClassVar[Mapping[str, Field]]
    key: ClassVar[str]
    title: ClassVar[str]
    #: Field -> its columns, best first, each in all its (normalised) spellings.
    table: Mapping[str, Sequence[Sequence[str]]]
    #: Fields without which the file is of no use; the first names the order.
    required: ClassVar[tuple[str, ...]]
    #: Fields that speak for this format, and how many of them a file must have.
    telling: ClassVar[frozenset[str]]
    telling_needed: ClassVar[int] = 1
    #: Whether rows next to each other with the same first required cell are one order.
    grouped: ClassVar[bool] = True
    #: The order of day and month where the program that writes the file always uses one.
    date_order: ClassVar[str] = ""
    #: Fields that a blank cell takes from an order that is stored; "lines" for the SKU and vendor of its products. Of
    #: any other it says nothing.
    erasable: ClassVar[frozenset[str]] = frozenset()
    #: The fields whose amounts carry a currency's sign where the file has no column for it.
    sign_in: tuple[str, ...] = ()

    def columns(self, header: Sequence[str]) -> Columns:
        """Where a file with this header keeps the fields."""
        return Columns(self.table, header)

    def score(self, columns: Columns) -> int:
        """How well a header fits: the number of columns read, 0 where it is another kind of file."""
        if not columns.fields.issuperset(self.required):
            return 0
        return len(columns.used) if len(columns.fields & self.telling) >= self.telling_needed else 0

    def missing(self, columns: Columns) -> str:
        """The required column that a header otherwise clearly of this format lacks, "" if it is not."""
        if len(columns.fields & self.telling) < max(3, self.telling_needed):
            return ""
        return next((self.table[name][0][0] for name in self.required if name not in columns.fields), "")

    def columns_of(self, columns: Columns, kind: str) -> list[int]:
        """Where a file has its amounts ("amount") or dates ("moment")."""
        names = [name for name, field in self.registry.items() if field.parse == kind]
        return [at for name in names for at in columns.all(name)]

    def told_currencies(self, cells: CellColumns) -> Sequence[str]:
        """The currency that each row itself tells: by its cell, else by the sign of the first amount that has one."""
        told = cells.read("currency")
        if not self.sign_in or all(told):
            return told
        amounts = zip(*map(cells.cells, self.sign_in), strict=True)
        return [
            code or next(filter(None, map(self.currency_of_sign, signed)), "")
            for code, signed in zip(told, amounts, strict=True)
        ]

    def currency_of_sign(self, amount: str) -> str:
        with suppress(BadValue):  # A sign that is none is reported when the amount itself is read.
            return parse_priced_currency(amount) if amount else ""
        return ""

    def continues(self, row: Sequence[str], columns: Columns) -> bool:
        """Whether a row that names no order is a further one of the order above it."""
        return False
