"""Store orders read at speed: rows in which every cell is well-formed, which are nearly all of a big file.

What differs from row to row is looked up, not decided again: where a field's column is and how it is parsed is
settled once per file and currency, and a cell of a field with few texts (a status, a country, the name of a product)
is not parsed again where it came before. Nothing is taken here that the careful way (`RowReader`) would not take, with
the same values: the parsers are the same, and a cell that is bad, or needs a look at the rest of the file, sends its
row there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from closedorders.orders.values import (
    BadValue,
    clean_text,
    find_aliexpress_numbers,
    may_hold_numbers,
    parse_aliexpress_numbers,
    parse_country,
    parse_currency,
    parse_datetime,
    parse_email,
    parse_order_number,
    parse_person_name,
    parse_phone,
    parse_quantity,
)

from .parsed import ParsedLine, ParsedStoreOrder

if TYPE_CHECKING:
    from .reading import Reading

V = TypeVar("V")
Read = Callable[[str], Any]

#: How many values a `Known` keeps, and of how long a text: more than stores have products, and no file fills memory.
_KEPT = 4096
_KEPT_CHARACTERS = 200
#: A store has more totals than products, and they too come again.
_AMOUNTS_KEPT = 16_384
_CURRENCIES_KEPT = 16

#: The fields of an order that are cells of its first row, as they follow each other in `ParsedStoreOrder`.
_ORDER_FIELDS = tuple(
    each.name
    for each in fields(ParsedStoreOrder)
    if each.name not in ("source_lines", "aliexpress_numbers", "lines")
)
_AMOUNTS = frozenset({"subtotal", "shipping", "total", "refunded", "line_price"})
_MOMENTS = frozenset({"placed_at", "paid_at", "cancelled_at"})
_NOTE_FIELDS = ("note", "tags", "note_attributes", "aliexpress")
_LINE_FIELDS = ("line_name", "line_quantity", "line_price", "line_sku", "line_vendor")


class Known(dict[str, V]):
    """The values of the texts asked for lately; `known[text]` makes one that is not there. An error is not kept."""

    __slots__ = ("_kept", "_make")

    def __init__(self, make: Callable[[str], V], *, kept: int = _KEPT) -> None:
        super().__init__()
        self._make: Callable[[str], V] = make
        self._kept = kept

    def __missing__(self, text: str) -> V:
        value: V = self._make(text)
        if len(text) <= _KEPT_CHARACTERS:
            if len(self) >= self._kept:
                self.clear()
            self[text] = value
        return value


@dataclass(frozen=True, slots=True)
class _InCurrency:
    """How the cells of rows in one currency are read, one by one: those of an order, and those of a product."""

    order: list[Read]
    product: list[Read]


class QuickOrders:
    """Reads the rows of store orders of one file. Its methods raise `BadValue` for a row that needs the careful way."""

    def __init__(self, reading: Reading, *, currency_elsewhere: bool) -> None:
        """`currency_elsewhere`: a row with a blank currency may tell it otherwise, for the careful way to find."""
        self._reading = reading
        self._currency_elsewhere = currency_elsewhere
        sources = reading.columns.sources
        self._fields = reading.columns.fields
        # A field the file does not have gets any cell at all, and a reader that does not look at it.
        self._order_cells = _getter([sources.get(name, (0,))[0] for name in _ORDER_FIELDS])
        self._note_cells = _getter([at for name in _NOTE_FIELDS for at in sources.get(name, ())])
        # A cell for nothing but numbers is read always, even to find that it has none.
        self._may_hold_numbers = may_hold_numbers if "aliexpress" not in sources else lambda *cells: True
        self._line_cells = _getter([sources.get(name, (0,))[0] for name in _LINE_FIELDS])
        #: (place among an order's cells, its further columns) of the fields that are in several columns.
        self._further = [
            (place, sources[name][1:])
            for place, name in enumerate(_ORDER_FIELDS)
            if len(sources.get(name, ())) > 1
        ]
        self._currency_at = reading.columns.first("currency")
        self._hours = Known(self._hour)
        self._shared = {
            name: self._reader(name) for name in (*_ORDER_FIELDS, *_LINE_FIELDS) if name not in _AMOUNTS
        }
        self.forget()

    def forget(self) -> None:
        """Read amounts anew: how this file writes them has turned out only now."""
        self._in_currency = Known(self._made_for, kept=_CURRENCIES_KEPT)

    def order(self, line: int, row: list[str]) -> ParsedStoreOrder:
        """The order that a first row tells, with that row's product."""
        at = self._currency_at
        read_in = self._in_currency[row[at] if at >= 0 else ""]
        cells: Sequence[str] = self._order_cells(row)
        if self._further:
            cells = list(cells)
            for place, others in self._further:
                if not cells[place] or cells[place].isspace():
                    cells[place] = next((row[other] for other in others if row[other].strip()), "")
        values = [read(cell) for read, cell in zip(read_in.order, cells, strict=True)]
        notes = self._note_cells(row)
        values.append(self._numbers(row) if any(notes) and self._may_hold_numbers(*notes) else ())
        product = self._product(row, read_in)
        values.append(() if product is None else (product,))
        return ParsedStoreOrder((line,), *values)

    def product(self, row: list[str], currency: str) -> ParsedLine | None:
        """What a further row tells; None where it names no product."""
        return self._product(row, self._in_currency[currency])

    def _product(self, row: list[str], read_in: _InCurrency) -> ParsedLine | None:
        cells = self._line_cells(row)
        name, quantity, price, sku, vendor = [
            read(cell) for read, cell in zip(read_in.product, cells, strict=True)
        ]
        if not name and quantity is None and price is None:
            return None
        return ParsedLine(name or "", sku, vendor, quantity or 1, price)

    def _made_for(self, currency_cell: str) -> _InCurrency:
        text = currency_cell.strip()
        if not text and self._currency_elsewhere:
            raise BadValue("missing_value")
        currency = self._reading.currency_or_default(parse_currency(text) if text else "")

        def amount(cell: str) -> Decimal | None:
            text = cell.strip()
            return self._reading.amount(text, currency) if text else None

        own: dict[str, Read] = dict.fromkeys(
            _AMOUNTS & self._fields, Known(amount, kept=_AMOUNTS_KEPT).__getitem__
        )
        own["currency"] = lambda cell: currency
        readers = self._shared | own
        return _InCurrency(
            [readers.get(name, _not_given) for name in _ORDER_FIELDS],
            [readers.get(name, _not_given) for name in _LINE_FIELDS],
        )

    def _reader(self, name: str) -> Read:
        if name not in self._fields:
            return _not_given
        if name in _MOMENTS:
            return self._moment
        return _READERS[name]() if name in _READERS else Known(_text).__getitem__

    def _moment(self, cell: str) -> datetime | None:
        text = cell.strip()
        if len(text) == 25 and text[19] == " ":
            return self._hours[text[:13] + text[19:]] + _WITHIN_HOUR[text[13:19]]
        return self._reading.moment(text) if text else None

    def _hour(self, text: str) -> datetime:
        """The start of an hour written as `2025-10-07 09 +0200`, all of which is in the range of dates."""
        if not _HOUR.fullmatch(text):
            raise BadValue("invalid_date")
        rules = self._reading.rules
        hour = parse_datetime(f"{text[:13]}:00:00{text[13:]}", rules)
        if hour + timedelta(hours=1) > rules.latest:
            raise BadValue("date_out_of_range")
        return hour

    def _numbers(self, row: list[str]) -> tuple[str, ...]:
        columns = self._reading.columns
        note, tags, attributes, numbers = (_text(columns.cell(row, name)[0] or "") for name in _NOTE_FIELDS)
        told = parse_aliexpress_numbers(numbers) if numbers else ()
        found = find_aliexpress_numbers(note=note, attributes=attributes, tags=tags)
        return tuple(dict.fromkeys((*told, *found))) if told or found else ()


def _getter(indexes: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(indexes) > 1:
        return itemgetter(*indexes)
    return lambda row: tuple(row[at] for at in indexes)


def _within_hour(text: str) -> timedelta:
    if not _MINUTE_SECOND.fullmatch(text):
        raise BadValue("invalid_date")
    return timedelta(minutes=int(text[1:3]), seconds=int(text[4:6]))


#: Orders come in the order of their dates, so most share their hour with the last one: a date is read from the two.
_HOUR = re.compile(r"20\d\d-\d\d-\d\d[ T]\d\d [+-]\d{4}", re.ASCII)
_MINUTE_SECOND = re.compile(r":[0-5]\d:[0-5]\d", re.ASCII)
_WITHIN_HOUR = Known(_within_hour)


def _not_given(cell: str) -> None:
    return None


def _text(cell: str) -> str:
    text = cell.strip()
    return text if text.isascii() else clean_text(text)


def _quantity(cell: str) -> int | None:
    return parse_quantity(cell) if cell.strip() else None


#: Of the fields that are not text with few values: makes a reader. These parsers take a blank cell, as "".
_READERS: dict[str, Callable[[], Read]] = {
    "number": lambda: parse_order_number,
    "external_id": lambda: _text,
    "email": lambda: parse_email,
    "phone": lambda: parse_phone,
    "customer_name": lambda: parse_person_name,
    "country": lambda: Known(parse_country).__getitem__,
    "note": lambda: _text,
    "line_quantity": lambda: Known(_quantity).__getitem__,
}
