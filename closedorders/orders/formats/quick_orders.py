"""Store orders read at speed: rows in which every cell is well-formed, which are nearly all of a big file.

What differs from row to row is looked up, not decided again: where a field's column is and how it is parsed is
settled once per file and currency, and a cell whose text came before (a status, a price, a whole product) is not
parsed again. Nothing is taken here that the careful way (`RowReader`) would not take, with the same values: the
parsers are the same, and a cell that is bad, or needs a look at the rest of the file, sends its row there.
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

K = TypeVar("K", str, tuple[str, ...])
V = TypeVar("V")
Read = Callable[[str], Any]

#: How many values a `Known` keeps, and of how long a text: more than stores have products, and no file fills memory.
_KEPT = 4096
_KEPT_CHARACTERS = 200
_CURRENCIES_KEPT = 16

#: The fields of an order that are cells of its first row, as they follow each other in `ParsedStoreOrder`.
_ORDER_FIELDS = tuple(
    each.name
    for each in fields(ParsedStoreOrder)
    if each.name not in ("source_lines", "aliexpress_numbers", "lines")
)
_AMOUNTS = frozenset({"subtotal", "shipping", "total", "refunded"})
_MOMENTS = frozenset({"placed_at", "paid_at", "cancelled_at"})
_NOTE_FIELDS = ("note", "tags", "note_attributes", "aliexpress")
_LINE_FIELDS = ("line_name", "line_quantity", "line_price", "line_sku", "line_vendor")


class Known(dict[K, V]):
    """The values of the keys asked for lately; `known[key]` makes one that is not there. An error is not kept."""

    __slots__ = ("_kept", "_make")

    def __init__(self, make: Callable[[K], V], *, kept: int = _KEPT) -> None:
        super().__init__()
        self._make: Callable[[K], V] = make
        self._kept = kept

    def __missing__(self, key: K) -> V:
        value: V = self._make(key)
        length = len(key) if isinstance(key, str) else sum(map(len, key))
        if length <= _KEPT_CHARACTERS:
            if len(self) >= self._kept:
                self.clear()
            self[key] = value
        return value


@dataclass(frozen=True, slots=True)
class _InCurrency:
    """How the cells of rows in one currency are read: those of an order, one by one, and those of a product."""

    order: list[Read]
    product: Known[tuple[str, ...], ParsedLine | None]


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
        self._line_names = [name for name in _LINE_FIELDS if name in sources]
        self._line_cells = _getter([sources[name][0] for name in self._line_names])
        #: (place among an order's cells, its further columns) of the fields that are in several columns.
        self._further = [
            (place, sources[name][1:])
            for place, name in enumerate(_ORDER_FIELDS)
            if len(sources.get(name, ())) > 1
        ]
        self._currency_at = reading.columns.first("currency")
        self._hours = Known(self._hour)
        self._shared = {name: self._reader(name) for name in _ORDER_FIELDS if name not in _AMOUNTS}
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
        product = read_in.product[self._line_cells(row)]
        values.append(() if product is None else (product,))
        return ParsedStoreOrder((line,), *values)

    def product(self, row: list[str], currency: str) -> ParsedLine | None:
        """What a further row tells; None where it names no product."""
        return self._in_currency[currency].product[self._line_cells(row)]

    def _made_for(self, currency_cell: str) -> _InCurrency:
        text = currency_cell.strip()
        if not text and self._currency_elsewhere:
            raise BadValue("missing_value")
        currency = self._reading.currency_or_default(parse_currency(text) if text else "")

        def amount(cell: str) -> Decimal | None:
            text = cell.strip()
            return self._reading.amount(text, currency) if text else None

        amounts = Known(amount).__getitem__
        own: dict[str, Read] = dict.fromkeys(_AMOUNTS & self._fields, amounts)
        own["currency"] = lambda cell: currency
        readers = self._shared | own
        line_readers: dict[str, Read] = {
            "line_name": _text,
            "line_quantity": lambda cell: parse_quantity(cell) if cell.strip() else None,
            "line_price": amount,
            "line_sku": _text,
            "line_vendor": _text,
        }

        def product(cells: tuple[str, ...]) -> ParsedLine | None:
            told = {
                name: line_readers[name](cell) for name, cell in zip(self._line_names, cells, strict=True)
            }
            name, quantity, price = (told.get(each) for each in ("line_name", "line_quantity", "line_price"))
            if not name and quantity is None and price is None:
                return None
            return ParsedLine(name or "", told.get("line_sku"), told.get("line_vendor"), quantity or 1, price)

        return _InCurrency([readers.get(name, _not_given) for name in _ORDER_FIELDS], Known(product))

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


#: Of the fields that are not text with few values: makes a reader. These parsers take a blank cell, as "".
_READERS: dict[str, Callable[[], Read]] = {
    "number": lambda: parse_order_number,
    "external_id": lambda: _text,
    "email": lambda: parse_email,
    "phone": lambda: parse_phone,
    "customer_name": lambda: parse_person_name,
    "country": lambda: Known(parse_country).__getitem__,
    "note": lambda: _text,
}
