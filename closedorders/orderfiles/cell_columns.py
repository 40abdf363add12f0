"""The cells of many rows, read column by column, with every bad cell noted for its row.

What is the same for all rows is worked out once per file (`CellParsers`), and a cell of a field with few texts (a
status, a country, the name of a product) is not parsed again where it came before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any, TypeVar

from closedorders.core.memo import BoundedMemo as Known

from .cells import CURRENCY_DECIMALS, BadValue, is_in_cents, parse_datetime
from .columns import Columns
from .conventions import Conventions
from .fields import Field
from .issues import RowIssue, row_issue

T = TypeVar("T")
V = TypeVar("V")
#: (line, cells) as long as the header.
Row = tuple[int, list[str]]

#: A store has more totals than products, and they too come again.
_AMOUNTS_KEPT = 16_384
_CURRENCIES_KEPT = 16


class CellParsers:
    """How the cells of each field of one file are parsed, and the values of texts that came before."""

    def __init__(self, columns: Columns, fields: Mapping[str, Field], conventions: Conventions) -> None:
        self.columns = columns
        self.conventions = conventions
        self.fields = fields
        place_of = {index: place for place, index in enumerate(columns.used)}
        #: Field -> its places among the cells that are used of a row, best first.
        self.places = {
            name: tuple(place_of[index] for index in indexes) for name, indexes in columns.sources.items()
        }
        get = itemgetter(*columns.used)
        self.used_cells: Callable[[list[str]], tuple[str, ...]] = (
            get if len(columns.used) > 1 else lambda row: (get(row),)
        )
        self.one: dict[str, Callable[[str], Any]] = {}
        self.many: dict[str, Callable[[Sequence[str]], Sequence[Any]]] = {}
        for name in columns.sources.keys() & fields.keys():
            self._add(fields[name])
        self.amounts = Known(self._amounts_of, kept=_CURRENCIES_KEPT)
        self._hours = Known(self._hour)

    def _add(self, field: Field) -> None:
        parse, blank = field.parse, field.blank
        if parse == "amount":
            return
        if parse == "moment":
            self.one[field.name], self.many[field.name] = self._moment, self._moments
            return

        def one(cell: str) -> Any:
            text = cell.strip()
            if not text and field.required:
                raise BadValue("missing_value")
            return parse(text) if text else blank

        self.one[field.name] = one
        self.many[field.name] = field.many or Known(one).of

    def _amounts_of(self, code: str) -> Known[Decimal | None]:
        in_cents = CURRENCY_DECIMALS.get(code, 2) == 2
        amount = self.conventions.amount

        def one(cell: str) -> Decimal | None:
            if in_cents and is_in_cents(cell):
                return Decimal(cell)
            text = cell.strip()
            return amount(text, code) if text else None

        return Known(one, kept=_AMOUNTS_KEPT)

    def _moment(self, cell: str) -> datetime | None:
        text = cell.strip()
        return self.conventions.moment(text) if text else None

    def _moments(self, cells: Sequence[str]) -> Sequence[datetime | None]:
        if not any(cells):
            return [None] * len(cells)
        hours = self._hours
        return [
            hours[cell[:13] + cell[19:]] + _WITHIN_HOUR[cell[13:19]]
            if len(cell) == 25 and cell[19] == " "
            else self._moment(cell)
            for cell in cells
        ]

    def _hour(self, text: str) -> datetime:
        """The start of an hour written as `2025-10-07 09 +0200`, all of which is in the range of dates."""
        if not _HOUR.fullmatch(text):
            raise BadValue("invalid_date")
        rules = self.conventions.rules
        hour = parse_datetime(f"{text[:13]}:00:00{text[13:]}", rules)
        if hour + timedelta(hours=1) > rules.latest:
            raise BadValue("date_out_of_range")
        return hour


def _within_hour(text: str) -> timedelta:
    if not _MINUTE_SECOND.fullmatch(text):
        raise BadValue("invalid_date")
    return timedelta(minutes=int(text[1:3]), seconds=int(text[4:6]))


#: Orders come in the order of their dates, so most share their hour with the last one: a date is read from the two.
_HOUR = re.compile(r"20\d\d-\d\d-\d\d[ T]\d\d [+-]\d{4}", re.ASCII)
_MINUTE_SECOND = re.compile(r":[0-5]\d:[0-5]\d", re.ASCII)
_WITHIN_HOUR = Known(_within_hour)


class CellColumns:
    """The cells of some rows. Each field is read once for all of them; `issues` are of the bad cells so far.

    A field that the file has no column for is None in each row.
    """

    def __init__(
        self, parsers: CellParsers, rows: Sequence[Row], used: Sequence[tuple[str, ...]] | None = None
    ) -> None:
        """`used` are the `used_cells` of the rows, where they are known already."""
        self.parsers = parsers
        self.conventions = parsers.conventions
        self.rows = rows
        self._columns = list(zip(*(used or [parsers.used_cells(row) for _, row in rows]), strict=True))
        self._issues: dict[int, list[tuple[int, RowIssue]]] = {}

    def has(self, name: str) -> bool:
        return name in self.parsers.places

    def issues(self) -> list[list[RowIssue]]:
        """What is wrong with each row, in the order of its columns."""
        issues: list[list[RowIssue]] = [[]] * len(self.rows)
        for at, noted in self._issues.items():
            issues[at] = [issue for _, issue in sorted(noted, key=itemgetter(0))]
        return issues

    def cells(self, name: str) -> Sequence[str]:
        """The text of each row's best column that is not blank; blank where there is no such column."""
        if name not in self.parsers.places:
            return [""] * len(self.rows)
        place, *others = self.parsers.places[name]
        cells: Sequence[str] = self._columns[place]
        for other in others:
            cells = list(map(str.strip, cells))
            if all(cells):
                break
            cells = [cell or instead for cell, instead in zip(cells, self._columns[other], strict=True)]
        return cells

    def read(self, name: str, *, where: Sequence[object] | None = None) -> Sequence[Any]:
        """The values of a field, as the registry has it read; blank in rows that `where` is not true for."""
        if not self.has(name):
            return [None] * len(self.rows)
        cells = self.cells(name)
        if where is not None:
            cells = [cell if wanted else "" for cell, wanted in zip(cells, where, strict=True)]
        one, many = self.parsers.one[name], self.parsers.many[name]
        return self._values(name, cells, one, many, self.parsers.fields[name].blank)

    def amounts(self, name: str, codes: Sequence[str]) -> Sequence[Decimal | None]:
        """The amounts of a field, each in the currency of its row."""
        if not self.has(name):
            return [None] * len(self.rows)
        cells, amounts = self.cells(name), self.parsers.amounts
        if len(set(codes)) == 1:
            of_code = amounts[codes[0]]
            return self._values(name, cells, of_code.__getitem__, of_code.of, None)
        return self.parse(name, lambda cell, code: amounts[code][cell], codes)

    def parse(
        self,
        name: str,
        parse: Callable[[str, str], V],
        codes: Sequence[str],
        *,
        where: Sequence[object] | None = None,
    ) -> Sequence[V | None]:
        """What `parse` makes of each cell and the row's currency; None for blank cells, and where `where` is false."""
        pairs = zip(self.cells(name), codes, where or [True] * len(codes), strict=True)

        def one(pair: tuple[str, str, object]) -> V | None:
            text = pair[0].strip()
            return parse(text, pair[1]) if text and pair[2] else None

        return self._values(name, list(pairs), one, lambda some: list(map(one, some)), None)

    def parse_each(self, name: str, parse: Callable[[str, str], V], codes: Sequence[str]) -> list[list[V]]:
        """What `parse` makes of all cells of the field that are not blank, in the order of its columns."""

        def one(pair: tuple[str, str]) -> V | None:
            return parse(*pair)

        values: list[list[V]] = [[] for _ in self.rows]
        for at, ((_, row), code) in enumerate(zip(self.rows, codes, strict=True)):
            for index in self.parsers.columns.all(name):
                text = row[index].strip()
                if text and (value := self._value(at, (text, code), one, None, index)) is not None:
                    values[at].append(value)
        return values

    def _values(
        self,
        name: str,
        cells: Sequence[T],
        one: Callable[[T], V],
        many: Callable[[Sequence[T]], Sequence[V]],
        blank: V,
    ) -> Sequence[V]:
        """All cells at once; where one of them is bad, each by itself, with `blank` in place of the bad ones."""
        try:
            return many(cells)
        except BadValue:
            return [self._value(at, cell, one, blank, name) for at, cell in enumerate(cells)]

    def _value(self, at: int, cell: T, one: Callable[[T], V], blank: V, source: str | int) -> V:
        try:
            return one(cell)
        except BadValue as error:
            if not self.conventions.resolve(error):
                self._note(at, error, source)
                return blank
        try:
            return one(cell)
        except BadValue as error:
            self._note(at, error, source)
            return blank

    def _note(self, at: int, error: BadValue, source: str | int) -> None:
        columns = self.parsers.columns
        line, row = self.rows[at]
        index = columns.cell(row, source)[1] if isinstance(source, str) else source
        issue = row_issue(
            line, row, error.code, error.params, column=columns.header[index], value=row[index].strip()
        )
        self._issues.setdefault(at, []).append((index, issue))
