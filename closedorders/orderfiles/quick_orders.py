"""Store orders read at speed: many at once and column by column.

What is the same for all is settled once per file (where a field's column is, how it is parsed), and a cell of a field
with few texts (a status, a country, the name of a product) is not parsed again where it came before. Nothing is taken
here that the careful way (`RowReader`) would not take, with the same values: the parsers are the same, and an order
with a cell that is bad, or needs a look at the rest of the file, is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate, compress, pairwise, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from closedorders.core.memo import BoundedMemo
from closedorders.orderfiles.cells import (
    CURRENCY_DECIMALS,
    AmbiguousAmount,
    BadValue,
    find_aliexpress_numbers,
    is_in_cents,
    may_hold_numbers,
    parse_aliexpress_numbers,
    parse_amount,
    parse_country,
    parse_currency,
    parse_datetime,
    parse_emails,
    parse_external_ids,
    parse_order_numbers,
    parse_person_names,
    parse_phones,
    parse_quantity,
    unmasked_text,
)

from .records import ParsedLine, ParsedStoreOrder

if TYPE_CHECKING:
    from .formats.base import Row
    from .reader import Reading

T = TypeVar("T")
V = TypeVar("V")
#: Reads the cells of one field in many rows; raises `BadValue`, which does not say where, if any of them is bad.
ReadColumn = Callable[[Sequence[str]], Sequence[Any]]

#: A store has more totals than products, and they too come again.
_AMOUNTS_KEPT = 16_384
_CURRENCIES_KEPT = 16

#: The fields of an order that are cells of its first row, as they follow each other in `ParsedStoreOrder`.
_ORDER_FIELDS = tuple(
    name for name in ParsedStoreOrder._fields if name not in ("source_lines", "aliexpress_numbers", "lines")
)
_AMOUNTS = frozenset({"subtotal", "shipping", "total", "refunded"})
_MOMENTS = frozenset({"placed_at", "paid_at", "cancelled_at"})
_NOTE_FIELDS = ("note", "tags", "note_attributes")
_LINE_FIELDS = ("line_name", "line_sku", "line_vendor", "line_quantity", "line_price")


class QuickOrders:
    """Reads the store orders of one file, each a block of rows of which the first one tells the order."""

    def __init__(
        self,
        reading: Reading,
        *,
        own: Sequence[int],
        marks: Sequence[int],
        always_marked: bool,
        may_repeat: bool,
        sign_elsewhere: bool,
    ) -> None:
        """`own` are the columns of what is an order's own, `marks` those of them that only its first row fills.

        `always_marked`: a first row without one of them is none. `may_repeat`: further rows may have what is the
        order's own, as long as they say the same. `sign_elsewhere`: a row with a blank currency may tell it otherwise,
        for the careful way to find.
        """
        self._reading = reading
        self._used = reading.used_cells
        self._own = itemgetter(*own)
        self._marks = marks
        self._always_marked = always_marked
        self._may_repeat = may_repeat
        self._sign_elsewhere = sign_elsewhere
        columns = reading.columns
        place_of = {index: place for place, index in enumerate(columns.used)}
        #: Field -> its places among the cells that are used of a row, best first.
        self._places = {
            name: tuple(place_of[index] for index in indexes) for name, indexes in columns.sources.items()
        }
        self._mark_places = [place_of[index] for index in marks]
        self._note_places = [place for name in _NOTE_FIELDS for place in self._places.get(name, ())]
        self._hours = BoundedMemo(self._hour)
        self._codes = BoundedMemo(self._code, kept=_CURRENCIES_KEPT)
        self._readers: dict[str, ReadColumn] = {
            name: self._moments if name in _MOMENTS else _READERS.get(name) or BoundedMemo(_text).of
            for name in self._places
        }
        self._readers["country"] = BoundedMemo(parse_country).of
        self._readers["line_quantity"] = BoundedMemo(_quantity).of
        self.forget()

    def read_words(self, name: str, parse: Callable[[str], str | None]) -> None:
        """Read a field of few texts so, whose blank cells `parse` leaves blank."""
        self._readers[name] = BoundedMemo(lambda cell: parse(_text(cell))).of

    def forget(self) -> None:
        """Read amounts anew: how this file writes them has turned out only now."""
        self._amounts_in = BoundedMemo(self._known_amounts, kept=_CURRENCIES_KEPT)

    def takes(self, block: Sequence[Row]) -> bool:
        """Whether the block is one order: its further rows leave what is the order's own blank, or repeat it."""
        if len(block) > 1:
            (_, head), *further = block
            for _, row in further:
                # Row by row the careful way tells what is blank there, said again or said otherwise.
                if self._may_repeat and (
                    self._own(row) != self._own(head) or self._used(row) == self._used(head)
                ):
                    return False
                for mark in self._marks:
                    if row[mark] and row[mark].strip():
                        # The very same row again is for the careful way: a copy, or as much again.
                        if self._own(row) != self._own(head) or self._used(row) == self._used(head):
                            return False
                        break
        return True

    def orders(self, blocks: Sequence[Sequence[Row]]) -> list[tuple[ParsedStoreOrder, int] | None]:
        """The order of each block, with `Reading.digest` of its rows; None where it needs the careful way.

        The caller has asked `takes` of each.
        """
        if not blocks:
            return []
        used = list(map(self._used, [row for block in blocks for _, row in block]))
        spans = list(pairwise(accumulate(map(len, blocks), initial=0)))
        columns = list(zip(*[used[start] for start, _ in spans], strict=True))
        if self._always_marked and (unmarked := self._unmarked(columns)):
            marked = [at not in unmarked for at in range(len(blocks))]
            others = iter(self.orders(list(compress(blocks, marked))))
            return [next(others) if is_marked else None for is_marked in marked]
        bad: set[int] = set()
        codes = self._currencies(columns, len(blocks), bad)
        values: list[Iterable[Any]] = []
        for name in _ORDER_FIELDS:
            if name == "currency":
                values.append(codes)
            elif name == "currency_told":
                values.append(self._told(columns))
            elif name not in self._places:
                values.append(repeat(None))
            elif name in _AMOUNTS:
                values.append(self._amounts(self._cells(name, columns), codes, bad))
            else:
                values.append(_read(self._readers[name], self._cells(name, columns), bad))
        numbers = self._numbers(blocks, columns, bad)
        bad_rows: set[int] = set()
        products = self._products(used, codes, spans, bad_rows)
        if bad_rows:
            bad.update(
                at for at, (start, end) in enumerate(spans) if not bad_rows.isdisjoint(range(start, end))
            )
        orders = zip(
            [tuple([line for line, _ in block]) for block in blocks],
            *values,
            numbers,
            [tuple(filter(None, products[start:end])) for start, end in spans],
            strict=False,  # What the file does not tell is repeated without end.
        )
        digest = self._reading.digest
        digests = [digest(used[start:end]) for start, end in spans]
        read: list[tuple[ParsedStoreOrder, int] | None] = list(
            zip(map(ParsedStoreOrder._make, orders), digests, strict=True)
        )
        for at in bad:
            read[at] = None
        return read

    def _cells(self, name: str, columns: Sequence[Sequence[str]]) -> Sequence[str]:
        place, *others = self._places[name]
        cells = columns[place]
        for other in others:
            cells = list(map(str.strip, cells))
            if all(cells):
                break
            cells = [cell or instead for cell, instead in zip(cells, columns[other], strict=True)]
        return cells

    def _unmarked(self, columns: Sequence[Sequence[str]]) -> set[int]:
        """Which first rows have none of the marks: nothing else of them counts."""
        filled = [list(map(str.strip, columns[place])) for place in self._mark_places]
        if any(map(all, filled)):
            return set()
        return {at for at, marks in enumerate(zip(*filled, strict=True)) if not any(marks)}

    def _currencies(self, columns: Sequence[Sequence[str]], number: int, bad: set[int]) -> Sequence[str]:
        cells = self._cells("currency", columns) if "currency" in self._places else [""] * number
        return _read(self._codes.of, cells, bad, instead="")

    def _told(self, columns: Sequence[Sequence[str]]) -> Iterable[bool]:
        if "currency" not in self._places:
            return repeat(False)
        return [bool(cell and cell.strip()) for cell in self._cells("currency", columns)]

    def _code(self, cell: str) -> str:
        text = cell.strip()
        if not text and self._sign_elsewhere:
            raise BadValue("missing_value")
        return self._reading.currency_or_default(parse_currency(text) if text else "")

    def _amounts(self, cells: Sequence[str], codes: Sequence[str], bad: set[int]) -> Sequence[Decimal | None]:
        if len(set(codes)) == 1:
            return _read(self._amounts_in[codes[0]].of, cells, bad)
        known = self._amounts_in
        priced = list(zip(codes, cells, strict=True))
        return _read(lambda some: [known[code][cell] for code, cell in some], priced, bad)

    def _known_amounts(self, code: str) -> BoundedMemo[Decimal | None]:
        in_cents = CURRENCY_DECIMALS.get(code, 2) == 2
        reading = self._reading

        def amount(cell: str) -> Decimal | None:
            if in_cents and is_in_cents(cell):
                return Decimal(cell)
            text = cell.strip()
            if not text:
                return None
            # Where it takes the rest of the file to tell what marks decimals, the careful way asks it.
            if reading.asks_for_decimal_sign(text, code):
                raise AmbiguousAmount(code)
            return parse_amount(text, currency=code, decimal_sign=reading.decimal_sign)

        return BoundedMemo(amount, kept=_AMOUNTS_KEPT)

    def _products(
        self,
        used: Sequence[Sequence[str]],
        codes: Sequence[str],
        spans: Sequence[tuple[int, int]],
        bad: set[int],
    ) -> list[ParsedLine | None]:
        """What each row tells of a product; None where it names none."""
        if len(used) != len(codes):
            codes = [code for code, (start, end) in zip(codes, spans, strict=True) for _ in range(start, end)]
        columns = {
            name: list(map(itemgetter(self._places[name][0]), used))
            for name in _LINE_FIELDS
            if name in self._places
        }
        nothing: list[None] = [None] * len(used)
        names, skus, vendors, quantities = [
            _read(self._readers[name], columns[name], bad) if name in columns else nothing
            for name in ("line_name", "line_sku", "line_vendor", "line_quantity")
        ]
        prices = self._amounts(columns["line_price"], codes, bad) if "line_price" in columns else nothing
        rows = zip(names, skus, vendors, quantities, prices, strict=True)
        if all(names) and all(quantities):
            return list(map(ParsedLine._make, rows))
        return [
            None
            if not name and quantity is None and price is None
            else ParsedLine(name or "", sku, vendor, quantity or 1, price)
            for name, sku, vendor, quantity, price in rows
        ]

    def _moments(self, cells: Sequence[str]) -> Sequence[datetime | None]:
        if not any(cells):
            return [None] * len(cells)
        hours = self._hours
        return [
            hours[cell[:13] + cell[19:]] + _WITHIN_HOUR[cell[13:19]]
            if len(cell) == 25 and cell[19] == " "
            else self._moment(cell.strip())
            for cell in cells
        ]

    def _moment(self, text: str) -> datetime | None:
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

    def _numbers(
        self, blocks: Sequence[Sequence[Row]], columns: Sequence[Sequence[str]], bad: set[int]
    ) -> Iterable[tuple[str, ...]]:
        # A cell for nothing but numbers is read always, even to find that it has none.
        if "aliexpress" not in self._places and not any(
            may_hold_numbers("\n".join(columns[place])) for place in self._note_places
        ):
            return repeat(())
        rows = [block[0][1] for block in blocks]
        return _read(lambda some: list(map(self._numbers_of, some)), rows, bad)

    def _numbers_of(self, row: list[str]) -> tuple[str, ...]:
        cell = self._reading.columns.cell
        numbers, _ = cell(row, "aliexpress")
        told = parse_aliexpress_numbers(numbers) if numbers else ()
        note, tags, attributes = (_text(cell(row, name)[0] or "") for name in _NOTE_FIELDS)
        found = find_aliexpress_numbers(note=note, attributes=attributes, tags=tags)
        return tuple(dict.fromkeys((*told, *found))) if told or found else ()


def _read(
    read: Callable[[Sequence[T]], Sequence[V]], cells: Sequence[T], bad: set[int], *, instead: Any = None
) -> Sequence[V]:
    """All cells at once; where one of them is bad each by itself, its place in `bad` and `instead` in its place."""
    try:
        return read(cells)
    except BadValue:
        pass
    values: list[V] = []
    for at in range(len(cells)):
        try:
            values += read(cells[at : at + 1])
        except BadValue:
            bad.add(at)
            values.append(instead)
    return values


def _within_hour(text: str) -> timedelta:
    if not _MINUTE_SECOND.fullmatch(text):
        raise BadValue("invalid_date")
    return timedelta(minutes=int(text[1:3]), seconds=int(text[4:6]))


#: Orders come in the order of their dates, so most share their hour with the last one: a date is read from the two.
_HOUR = re.compile(r"20\d\d-\d\d-\d\d[ T]\d\d [+-]\d{4}", re.ASCII)
_MINUTE_SECOND = re.compile(r":[0-5]\d:[0-5]\d", re.ASCII)
_WITHIN_HOUR = BoundedMemo(_within_hour)


def _text(cell: str) -> str:
    text = cell.strip()
    return text if text.isascii() else unmasked_text(text)


def _texts(cells: Sequence[str]) -> list[str]:
    return [text if text.isascii() else unmasked_text(text) for text in map(str.strip, cells)]


def _quantity(cell: str) -> int | None:
    return parse_quantity(cell) if cell.strip() else None


#: How the fields are read that are not text with few values. Blank cells become "".
_READERS: dict[str, ReadColumn] = {
    "number": parse_order_numbers,
    "external_id": parse_external_ids,
    "email": parse_emails,
    "phone": parse_phones,
    "customer_name": parse_person_names,
    "note": _texts,
}
