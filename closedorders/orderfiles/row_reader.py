"""The cells of one row, read with every problem noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from closedorders.orderfiles.cells import (
    AmbiguousDate,
    BadValue,
    parse_currency,
    parse_datetime,
    parse_priced_currency,
    unmasked_text,
)

from .issues import RowIssue, row_issue

if TYPE_CHECKING:
    from .reader import Reading

T = TypeVar("T")


class RowReader:
    """Reads the cells of one row, keeping every problem instead of stopping at the first."""

    __slots__ = ("_row", "_sources", "issues", "line", "reading")

    def __init__(self, reading: Reading, line: int, row: list[str]) -> None:
        self.reading = reading
        self._row = row
        self._sources = reading.columns.sources
        self.line = line
        self.issues: list[RowIssue] = []

    def text(self, name: str) -> str | None:
        # Most of the reading time is spent here and in `value`, hence no call for the common cell.
        indexes = self._sources.get(name)
        if indexes is None:
            return None
        for index in indexes:
            if text := self._row[index].strip():
                return text if text.isascii() else self._parsed(text, index, unmasked_text) or ""
        return ""

    def string(self, name: str, parse: Callable[[str], str]) -> str | None:
        """None when the file has no such column, "" when the cell is blank or bad."""
        text, index = self.reading.columns.cell(self._row, name)
        return text if not text else self._parsed(text, index, parse) or ""

    def value(self, name: str, parse: Callable[[str], T], *, required: bool = False) -> T | None:
        """None when there is no such column, or the cell is blank or bad."""
        indexes = self._sources.get(name, ())
        for index in indexes:
            if text := self._row[index].strip():
                try:
                    return parse(text)
                except BadValue as error:
                    self.add(index, text, error)
                    return None
        if required:
            self.add(indexes[0], "", BadValue("missing_value"))
        return None

    def each(self, name: str, parse: Callable[[str], T]) -> list[T]:
        """The values of all the field's columns that are not blank, in the order of its sources."""
        values = []
        for index in self._sources.get(name, ()):
            if text := self._row[index].strip():
                try:
                    values.append(parse(text))
                except BadValue as error:
                    self.add(index, text, error)
        return values

    def told_currency(self, name: str, *, sign_in: Sequence[str] = ()) -> str:
        """The row's currency: its cell, else the sign of the first amount that has one; "" where neither tells."""
        if told := self.value(name, parse_currency):
            return told
        for amount in sign_in:
            # A sign that is none is reported when the amount itself is read.
            with suppress(BadValue):
                if (text := self.text(amount)) and (told := parse_priced_currency(text)):
                    return told
        return ""

    def moment(self, name: str) -> datetime | None:
        text, index = self.reading.columns.cell(self._row, name)
        if not text:
            return None
        reading = self.reading
        try:
            return reading.moment(text)
        except AmbiguousDate as error:
            if reading.settle_date_order():
                return self._parsed(text, index, lambda each: parse_datetime(each, reading.rules))
            reading.ask("date_order", line=self.line, column=reading.header[index], value=text)
            self.add(index, text, error)
        except BadValue as error:
            self.add(index, text, error)
        return None

    def _parsed(self, text: str, index: int, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(text)
        except BadValue as error:
            self.add(index, text, error)
            return None

    def add(self, index: int, text: str, error: BadValue) -> None:
        column = self.reading.header[index] if index >= 0 else ""
        if error.code == "ambiguous_amount":
            self.reading.ask("decimal_sign", line=self.line, column=column, value=text)
        self.issues.append(
            row_issue(self.line, self._row, error.code, error.params, column=column, value=text)
        )
