"""Known order exports: how each is recognised by its header, and how its rows become orders.

    reading = read_orders(file, zone=team_zone, date_order=None, default_currency="EUR")
    for item in reading:
        match item:
            case ParsedStoreOrder() | ParsedSupplierOrder() | ParsedLink(): ...
            case RowIssue(): ...

Reading streams: memory holds one order. At any moment
`rows_read == rows_accepted + rows_rejected + rows_duplicate` for what was handed over.

**Not given is not blank.** A field is None where the file has no column for it; a text field is "" where the cell is
blank. Amounts and dates are None in both cases, so ask `reading.fields`, the names of the fields the file has columns
for. A field outside it must never overwrite what is known.

**Duplicates.** Two identical further lines of one store order are two line items, unless the order's first row is
repeated too: then the file was doubled and each row counts once. In AliExpress files an identical row is always a
duplicate: AliExpress adds up quantities itself. A whole order that comes again later, with the same values in every
column we read, counts once; with other values it is refused row by row (`order_repeated`).

**A new format** is a `Format` with a table of its columns; a per-store column mapping is the same table, made by hand.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import BinaryIO, ClassVar, Literal, TypeVar

from closedorders.orders.csv_rows import CsvRows, FileRefused
from closedorders.orders.values import (
    AmbiguousDate,
    BadValue,
    DateRules,
    clean_text,
    date_order_of,
    date_rules,
    find_aliexpress_numbers,
    is_date_only,
    parse_aliexpress_number,
    parse_aliexpress_numbers,
    parse_amount,
    parse_country,
    parse_currency,
    parse_datetime,
    parse_email,
    parse_order_number,
    parse_person_name,
    parse_phone,
    parse_price_info,
    parse_priced_currency,
    parse_quantity,
)

MAX_LINES_IN_ORDER = 5_000
_MAX_VALUE_SHOWN = 200
_ROWS_BETWEEN_PROGRESS = 2_000

DateOrder = Literal["dmy", "mdy"]
T = TypeVar("T")

#: What we took for granted, for the preview to say.
ASSUMPTIONS: Mapping[str, str] = {
    "encoding": "The bytes only suggest the encoding: names with accents should be looked at. Params: encoding.",
    "delimiter": "Cells are separated by something other than a comma. Params: delimiter.",
    "unwrapped": "A spreadsheet had put each row into one cell; they were taken apart again.",
    "date_order": "The order of day and month follows from dates in the file. Params: date_order, line, value.",
    "time_zone": "Dates without an offset are in the team's time zone. Params: zone.",
    "currency": "Orders without a currency are in the store's. Params: currency.",
}
#: What a person must answer, once per file; reading again with the answer takes the rows refused for it.
QUESTIONS: Mapping[str, str] = {
    "date_order": "Is 03/04/2025 the third of April (dmy) or the fourth of March (mdy)? Params: line, column, value.",
}


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One product of an order. `price` is for one piece, in the order's currency."""

    name: str
    sku: str | None
    vendor: str | None
    quantity: int
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class ParsedStoreOrder:
    """What a customer bought. `source_lines` are the file lines its rows start at; times are UTC."""

    source_lines: tuple[int, ...]
    number: str
    external_id: str | None
    email: str | None
    phone: str | None
    customer_name: str | None
    country: str | None
    currency: str
    subtotal: Decimal | None
    shipping: Decimal | None
    total: Decimal | None
    refunded: Decimal | None
    placed_at: datetime | None
    paid_at: datetime | None
    cancelled_at: datetime | None
    financial_status: str | None
    fulfillment_status: str | None
    payment_method: str | None
    tags: str | None
    note: str | None
    aliexpress_numbers: tuple[str, ...]
    lines: tuple[ParsedLine, ...]


@dataclass(frozen=True, slots=True)
class ParsedSupplierOrder:
    """What was bought at AliExpress. `status` as worded there; `status_code` is one of `SUPPLIER_STATUSES`, "" if new.

    `placed_at` is UTC, and the start of the day in the team's zone where the file gives a date alone (`date_only`).
    `cost` is what the file tells: the order's total, or else its lines added up, without shipping and discounts.
    """

    source_lines: tuple[int, ...]
    number: str
    placed_at: datetime | None
    date_only: bool
    status: str | None
    status_code: str
    supplier_name: str | None
    supplier_url: str | None
    currency: str
    cost: Decimal | None
    tracking: str | None
    lines: tuple[ParsedLine, ...]


@dataclass(frozen=True, slots=True)
class ParsedLink:
    """AliExpress order numbers of one store order; several rows may add to the same order."""

    source_lines: tuple[int, ...]
    store_order_number: str
    aliexpress_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowIssue:
    """Why a row was not taken. `column` is the file's own header, "" for the row as a whole; `value` may be cut.

    One row can have several issues. `cells` is the row as the file has it, for the file of rows to mend; it is empty
    where broken quotes hide the cells. `code` is a key of `values.ISSUES`.
    """

    line: int
    column: str
    value: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assumption:
    """`code` is a key of `ASSUMPTIONS`."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """`code` is a key of `QUESTIONS`; the params are the first cell that raised it."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)


ParsedOrder = ParsedStoreOrder | ParsedSupplierOrder | ParsedLink
Item = ParsedOrder | RowIssue
Row = tuple[int, list[str]]

SUPPLIER_STATUSES: Mapping[str, tuple[str, ...]] = {
    "awaiting_payment": ("awaiting payment", "to pay", "unpaid", "aguardando pagamento"),
    "verifying_payment": ("payment being verified", "payment verification"),
    "awaiting_shipment": ("awaiting shipment", "to ship", "processing"),
    "shipped": ("awaiting delivery", "processed", "shipped"),
    "completed": ("completed", "finished", "concluido"),
    "cancelled": ("canceled", "cancelled", "order canceled", "order cancelled", "cancelado"),
    "closed": ("closed", "order closed"),
    "expired": ("expired", "expirado"),
    "frozen": ("frozen",),
}
_STATUS_CODES = {word: code for code, words in SUPPLIER_STATUSES.items() for word in words}


def supplier_status_code(status: str) -> str:
    """The code of a status as an AliExpress page words it, "" where the wording is new to us."""
    return _STATUS_CODES.get(normalised_header(status), "")


def normalised_header(text: str) -> str:
    """A header as it is compared: lower case, no accents, anything but letters and digits as one space."""
    plain = unicodedata.normalize("NFKD", text.replace("\ufeff", "")).casefold()
    return " ".join(
        "".join(
            each if each.isalnum() else "" if unicodedata.combining(each) else " " for each in plain
        ).split()
    )


class Columns:
    """Where a file keeps each field of a format.

    `table` maps a field to its sources, best first; a source is the spellings of one column, normalised. The first
    source with text in a row wins (billing name, else shipping name).
    """

    def __init__(self, table: Mapping[str, Sequence[Sequence[str]]], header: Sequence[str]) -> None:
        self.header = header
        positions: dict[str, int] = {}
        repeated: dict[str, int] = {}
        for index, title in enumerate(header):
            key = normalised_header(title)
            if positions.setdefault(key, index) != index:
                repeated[key] = index
        self.sources: dict[str, tuple[int, ...]] = {}
        self.twice = ""
        for name, sources in table.items():
            found: list[int] = []
            for spellings in sources:
                at = next((positions[each] for each in spellings if each in positions), None)
                if at is not None and at not in found:
                    found.append(at)
                for each in spellings:
                    if each in repeated:
                        self.twice = header[repeated[each]]
            if found:
                self.sources[name] = tuple(found)
        self.fields = frozenset(self.sources)
        self.used = tuple(sorted({index for indexes in self.sources.values() for index in indexes}))
        self._firsts: dict[tuple[str, ...], tuple[int, ...]] = {}

    def first(self, name: str) -> int:
        """The index of the field's best column, -1 without one."""
        return self.sources.get(name, (-1,))[0]

    def firsts(self, names: tuple[str, ...]) -> tuple[int, ...]:
        """The indexes of the best columns of those fields the file has."""
        found = self._firsts.get(names)
        if found is None:
            found = tuple(self.sources[name][0] for name in names if name in self.sources)
            self._firsts[names] = found
        return found

    def all(self, name: str) -> tuple[int, ...]:
        return self.sources.get(name, ())

    def cell(self, row: Sequence[str], name: str) -> tuple[str | None, int]:
        """The field's text in this row and the column it came from; (None, -1) when the file does not have it."""
        indexes = self.sources.get(name)
        if indexes is None:
            return None, -1
        for index in indexes:
            text = row[index].strip()
            if text:
                return text, index
        return "", indexes[0]


class _RowReader:
    """Reads the cells of one row, keeping every problem instead of stopping at the first."""

    __slots__ = ("_reading", "_row", "_sources", "issues", "line")

    def __init__(self, reading: Reading, line: int, row: list[str]) -> None:
        self._reading = reading
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
                return text if text.isascii() else clean_text(text)
        return ""

    def string(self, name: str, parse: Callable[[str], str]) -> str | None:
        """None when the file has no such column, "" when the cell is blank or bad."""
        text, index = self._reading.columns.cell(self._row, name)
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

    def currency(self, name: str, *, sign_in: str = "") -> str:
        """The row's currency: its cell, else the sign of an amount, else the store's."""
        told = self.value(name, parse_currency) or ""
        if not told and sign_in and (text := self.text(sign_in)):
            # A sign that is none is reported when the amount itself is read.
            with suppress(BadValue):
                told = parse_priced_currency(text)
        return self._reading.currency_or_default(told)

    def moment(self, name: str) -> datetime | None:
        text, index = self._reading.columns.cell(self._row, name)
        if not text:
            return None
        reading = self._reading
        if len(text) != 25 and not text.endswith(("Z", "UTC")) and text[-5:-4] not in ("+", "-"):
            reading.assume("time_zone", zone=str(reading.rules.zone))
        try:
            return parse_datetime(text, reading.rules)
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
        column = self._reading.header[index] if index >= 0 else ""
        self.issues.append(_issue(self.line, self._row, error.code, error.params, column=column, value=text))


def _issue(
    line: int,
    row: Sequence[str],
    code: str,
    params: Mapping[str, object] | None = None,
    *,
    column: str = "",
    value: str = "",
) -> RowIssue:
    return RowIssue(line, column, value[:_MAX_VALUE_SHOWN], code, params or {}, tuple(row))


_amount = lru_cache(maxsize=8192)(
    parse_amount
)  # Prices repeat: two thirds of a store's rows share a few hundred.


@dataclass(slots=True)
class _Outcome:
    """What a block of rows came to. Every row is counted in exactly one of the three."""

    items: list[Item] = field(default_factory=list)
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0

    def reject(self, issues: Sequence[RowIssue]) -> None:
        self.rejected += 1
        self.items.extend(issues)


class Format:
    """One kind of file. Subclass, fill the tables, write `build`, and add an instance to `FORMATS`."""

    key: ClassVar[str]
    title: ClassVar[str]
    #: Field -> its columns, best first, each in all its (normalised) spellings.
    table: ClassVar[Mapping[str, Sequence[Sequence[str]]]]
    #: Fields without which the file is of no use; the first names the order.
    required: ClassVar[tuple[str, ...]]
    #: Fields that speak for this format, and how many of them a file must have.
    telling: ClassVar[frozenset[str]]
    telling_needed: ClassVar[int] = 1
    #: Whether rows next to each other with the same first required cell are one order.
    grouped: ClassVar[bool] = True
    #: The order of day and month where the program that writes the file always uses one.
    date_order: ClassVar[str] = ""
    date_fields: ClassVar[tuple[str, ...]] = ()

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

    def build(self, block: list[Row], ragged: Mapping[int, RowIssue], reading: Reading) -> _Outcome:
        """Turn the rows of one order into items. `ragged` holds the issues of rows of the wrong length, by line."""
        raise NotImplementedError


_ALIEXPRESS_NUMBER_HEADERS = (
    "aliexpress order number", "aliexpress order numbers", "aliexpress order", "aliexpress orders",
    "aliexpress order id", "aliexpress order ids", "aliexpress number", "aliexpress numbers", "aliexpress id",
    "aliexpress", "ali order number", "ali order numbers", "ali order", "ali orders", "ali order id", "ali number",
    "ae order number", "ae order", "ae order id", "pedido aliexpress", "pedidos aliexpress", "pedido de aliexpress",
    "numero de pedido aliexpress", "numero de pedido de aliexpress", "numero pedido aliexpress",
    "numeros aliexpress", "numero aliexpress", "n pedido aliexpress",
)  # fmt: skip


class ShopifyOrders(Format):
    """Shopify's order export: 71, 73, 75 or 79 columns, the help page's header, and what merchants leave of them.

    The first row of an order carries everything; further rows only repeat Name, Created at, Email and Phone and add a
    product. Headers are English in every shop language; Spanish ones come from merchants who translated them.
    """

    key = "shopify_orders"
    title = "Shopify order export"
    table = {
        "number": (("name", "order name", "nombre", "nombre del pedido", "pedido"),),
        "external_id": (("id", "order id"),),
        "email": (("email", "e mail", "correo electronico", "correo"),),
        "phone": (("phone", "telefono"), ("billing phone",), ("shipping phone",)),
        "customer_name": (("billing name", "cliente"), ("shipping name",), ("customer name", "customer")),
        "country": (("shipping country", "pais"), ("billing country",), ("country",)),
        "currency": (("currency", "moneda", "divisa"),),
        "subtotal": (("subtotal",),),
        "shipping": (("shipping", "envio"),),
        "total": (("total",),),
        "refunded": (("refunded amount", "importe reembolsado"),),
        "placed_at": (("created at", "fecha de creacion", "creado el"),),
        "paid_at": (("paid at", "pagado el", "fecha de pago"),),
        "cancelled_at": (("cancelled at", "canceled at", "cancelado el"),),
        "financial_status": (("financial status", "estado financiero", "estado del pago"),),
        "fulfillment_status": (("fulfillment status", "estado de preparacion"),),
        "payment_method": (("payment method", "metodo de pago"),),
        "tags": (("tags", "etiquetas"),),
        "note": (("notes", "note", "notas", "nota"),),
        "note_attributes": (("note attributes",),),
        "aliexpress": (_ALIEXPRESS_NUMBER_HEADERS,),
        "line_quantity": (("lineitem quantity",),),
        "line_name": (("lineitem name",),),
        "line_price": (("lineitem price",),),
        "line_sku": (("lineitem sku",),),
        "line_vendor": (("vendor",),),
    }
    required = ("number",)
    # Not the e-mail: Name and Email alone are a list of customers.
    telling = frozenset(
        {"currency", "subtotal", "total", "refunded", "placed_at", "paid_at", "cancelled_at"}
        | {"financial_status", "fulfillment_status", "line_name", "line_quantity", "line_price"}
    )
    date_fields = ("placed_at", "paid_at", "cancelled_at")

    #: Filled on the first row of an order and on no other: always, and where these columns were cut away, mostly.
    _first_row_fields = ("financial_status", "currency")
    _other_first_row_fields = ("total", "subtotal", "external_id", "paid_at")
    _line_fields = ("line_name", "line_quantity", "line_price", "line_sku", "line_vendor")

    def build(self, block: list[Row], ragged: Mapping[int, RowIssue], reading: Reading) -> _Outcome:
        outcome = _Outcome()
        heads = self._heads(block, reading.columns)
        if not heads and ragged:
            heads = [next(at for at, (line, _) in enumerate(block) if line in ragged)]
        if not heads:
            for line, row in block:
                outcome.reject([ragged.get(line) or _issue(line, row, "order_without_first_row")])
            return outcome
        head_line, head = block[heads[0]]
        reader = _RowReader(reading, head_line, head)
        order = None if head_line in ragged else self._order(reader, head)
        if order is None:
            for line, row in block:
                if line == head_line:
                    outcome.reject([ragged[line]] if line in ragged else reader.issues)
                else:
                    follows = _issue(line, row, "first_row_rejected", {"first_line": head_line})
                    outcome.reject([ragged.get(line, follows)])
            return outcome
        first_line = reading.seen_at(order.number, block, head_line)
        if first_line == 0:
            outcome.duplicate = len(block)
            return outcome
        if first_line != head_line:
            for line, row in block:
                outcome.reject([_issue(line, row, "order_repeated", {"first_line": first_line})])
            return outcome
        if len(block) == 1:
            outcome.accepted = 1
            outcome.items.append(order)
            return outcome
        self._add_lines(order, block, heads, ragged, reading, outcome)
        return outcome

    def _heads(self, block: list[Row], columns: Columns) -> list[int]:
        marks = columns.firsts(self._first_row_fields)
        if not marks and columns.firsts(self._line_fields):
            marks = columns.firsts(self._other_first_row_fields)
        if not marks:
            return [0]
        heads = []
        for at, (_, row) in enumerate(block):
            for mark in marks:
                if row[mark] and row[mark].strip():
                    heads.append(at)
                    break
        return heads

    def _add_lines(
        self,
        order: ParsedStoreOrder,
        block: list[Row],
        heads: list[int],
        ragged: Mapping[int, RowIssue],
        reading: Reading,
        outcome: _Outcome,
    ) -> None:
        columns = reading.columns
        used = reading.used_cells
        line_cells = columns.firsts(self._line_fields)
        head_line, head = block[heads[0]]
        head_used = used(head)
        doubled = any(used(block[at][1]) == head_used for at in heads[1:])
        seen = {head_used}
        lines: list[ParsedLine] = []
        sources: list[int] = []
        for at, (line, row) in enumerate(block):
            if line == head_line:
                lines.extend(order.lines)
                sources.append(line)
                outcome.accepted += 1
                continue
            if line in ragged:
                outcome.reject([ragged[line]])
                continue
            cells = used(row)
            if doubled and cells in seen:
                outcome.duplicate += 1
                continue
            seen.add(cells)
            if at in heads and any(
                row[index].strip() != head[index].strip() for index in columns.used if index not in line_cells
            ):
                outcome.reject([_issue(line, row, "order_repeated", {"first_line": head_line})])
                continue
            reader = _RowReader(reading, line, row)
            parsed = self._line(reader, order.currency)
            if reader.issues:
                outcome.reject(reader.issues)
                continue
            if parsed is not None:
                lines.append(parsed)
            sources.append(line)
            outcome.accepted += 1
        outcome.items.insert(0, replace(order, lines=tuple(lines), source_lines=tuple(sources)))

    def _order(self, reader: _RowReader, row: list[str]) -> ParsedStoreOrder | None:
        number = reader.value("number", parse_order_number, required=True)
        currency = reader.currency("currency")

        def amount(text: str) -> Decimal:
            return _amount(text, currency=currency)

        note = reader.text("note")
        tags = reader.text("tags")
        numbers = reader.value("aliexpress", parse_aliexpress_numbers) or ()
        attributes = reader.text("note_attributes")
        if note or tags or attributes:
            found = find_aliexpress_numbers(note=note or "", attributes=attributes or "", tags=tags or "")
            numbers = tuple(dict.fromkeys((*numbers, *found)))
        line = self._line(reader, currency)
        order = ParsedStoreOrder(
            source_lines=(reader.line,),
            number=number or "",
            external_id=reader.text("external_id"),
            email=reader.string("email", parse_email),
            phone=reader.string("phone", parse_phone),
            customer_name=reader.string("customer_name", parse_person_name),
            country=reader.string("country", parse_country),
            currency=currency,
            subtotal=reader.value("subtotal", amount),
            shipping=reader.value("shipping", amount),
            total=reader.value("total", amount),
            refunded=reader.value("refunded", amount),
            placed_at=reader.moment("placed_at"),
            paid_at=reader.moment("paid_at"),
            cancelled_at=reader.moment("cancelled_at"),
            financial_status=reader.text("financial_status"),
            fulfillment_status=reader.text("fulfillment_status"),
            payment_method=reader.text("payment_method"),
            tags=tags,
            note=note,
            aliexpress_numbers=numbers,
            lines=() if line is None else (line,),
        )
        return None if reader.issues else order

    def _line(self, reader: _RowReader, currency: str) -> ParsedLine | None:
        name = reader.text("line_name")
        quantity = reader.value("line_quantity", parse_quantity)
        price = reader.value("line_price", lambda text: _amount(text, currency=currency))
        if not name and quantity is None and price is None:
            return None
        return ParsedLine(
            name or "", reader.text("line_sku"), reader.text("line_vendor"), quantity or 1, price
        )


class AliExpressOrders(Format):
    """What the two AliExpress formats share: a row is a product of an order, complete in itself."""

    date_fields = ("placed_at",)

    def build(self, block: list[Row], ragged: Mapping[int, RowIssue], reading: Reading) -> _Outcome:
        outcome = _Outcome()
        used = reading.used_cells
        seen: set[object] = set()
        order: ParsedSupplierOrder | None = None
        lines: list[ParsedLine] = []
        sources: list[int] = []
        whole = True
        for line, row in block:
            if line in ragged:
                outcome.reject([ragged[line]])
                whole = False
                continue
            cells = used(row)
            if cells in seen:
                outcome.duplicate += 1
                continue
            seen.add(cells)
            reader = _RowReader(reading, line, row)
            parsed = self._order(reader)
            if reader.issues:
                outcome.reject(reader.issues)
                whole = False
                continue
            lines.extend(parsed.lines)
            sources.append(line)
            order = order or parsed
        if order is None:
            return outcome
        first_line = reading.seen_at(order.number, block, sources[0])
        if first_line == 0:
            outcome.duplicate += len(sources)
        elif first_line != sources[0]:
            rows = dict(block)
            for line in sources:
                outcome.reject([_issue(line, rows[line], "order_repeated", {"first_line": first_line})])
        else:
            outcome.accepted += len(sources)
            cost = order.cost
            if cost is None and whole and lines and all(line.price is not None for line in lines):
                cost = sum(
                    (line.price * line.quantity for line in lines if line.price is not None), Decimal(0)
                )
            outcome.items.insert(
                0, replace(order, source_lines=tuple(sources), lines=tuple(lines), cost=cost)
            )
        return outcome

    def _order(self, reader: _RowReader) -> ParsedSupplierOrder:
        number = reader.value("number", parse_aliexpress_number, required=True)
        currency = reader.currency("currency", sign_in="price")
        status = reader.text("status")
        placed = reader.text("placed_at")
        tracking = reader.text("tracking")
        line = self._line(reader, currency)
        return ParsedSupplierOrder(
            source_lines=(reader.line,),
            number=number or "",
            placed_at=reader.moment("placed_at"),
            date_only=bool(placed) and is_date_only(placed or ""),
            status=status,
            status_code=supplier_status_code(status) if status else "",
            supplier_name=reader.text("supplier_name"),
            supplier_url=reader.text("supplier_url"),
            currency=currency,
            cost=reader.value("cost", lambda text: _amount(text, currency=currency)),
            tracking="" if tracking in _UNDEFINED else tracking,
            lines=() if line is None else (line,),
        )

    def _line(self, reader: _RowReader, currency: str) -> ParsedLine | None:
        name = reader.text("line_name")
        quantity = reader.value("line_quantity", _quantity_or_undefined)
        price = reader.value("price_info", lambda text: parse_price_info(text, currency=currency))
        if price is None:
            price = reader.value("price", lambda text: _amount_or_undefined(text, currency))
        if (not name or name in _UNDEFINED) and quantity is None and price is None:
            return None
        return ParsedLine(name or "", reader.text("line_sku"), None, quantity or 1, price)


#: What a script writes for something it did not find on the page.
_UNDEFINED = frozenset({"undefined", "null"})


def _quantity_or_undefined(text: str) -> int | None:
    return None if text in _UNDEFINED else parse_quantity(text.lstrip("xX×"))


def _amount_or_undefined(text: str, currency: str) -> Decimal | None:
    return None if text in _UNDEFINED else _amount(text, currency=currency)


class AliExpressInventory(AliExpressOrders):
    """The CSV of the browser extension "Aliexpress Shopper Inventory"."""

    key = "aliexpress_inventory"
    title = "AliExpress orders (Shopper Inventory extension)"
    table = {
        "number": (("order id",),),
        "placed_at": (("order date",),),
        "line_name": (("title",),),
        "line_quantity": (("qty",),),
        "price_info": (("price info",),),
        "price": (("price",),),
        "supplier_name": (("store",),),
        "supplier_url": (("store url",),),
        "line_sku": (("sku id",),),
        "currency": (("currency",),),
        "status": (("status",),),
        "product_url": (("product url",),),
        "product_id": (("product id",),),
        "attributes": (("attributes",),),
    }
    required = ("number",)
    telling = frozenset(
        {"placed_at", "price_info", "supplier_url", "line_sku", "product_url", "status", "line_name"}
    )
    telling_needed = 2


class AliExpressUserscript(AliExpressOrders):
    """The tab-separated text of the userscript "AliExpress Bulk Order Exporter": no currency, dates month first."""

    key = "aliexpress_bulk_exporter"
    title = "AliExpress orders (Bulk Order Exporter script)"
    table = {
        "number": (("order number",),),
        "placed_at": (("order date",),),
        "cost": (("total order amount",),),
        "supplier_name": (("store name",),),
        "status": (("order status",),),
        "tracking": (("tracking number",),),
        "line_name": (("product title",),),
        "option": (("option",),),
        "price": (("price",),),
        "line_quantity": (("quantity",),),
        "tracking_status": (("tracking status",),),
        "product_url": (("product url",),),
    }
    required = ("number",)
    telling = frozenset({"cost", "supplier_name", "tracking", "line_name", "tracking_status"})
    telling_needed = 2
    date_order = "mdy"


class OrderLinks(Format):
    """Two columns: the store's order number, and the AliExpress order numbers bought for it."""

    key = "order_links"
    title = "Store orders and their AliExpress numbers"
    table = {
        "number": (
            (
                "store order number", "store order", "shop order", "shopify order", "shopify order number",
                "woocommerce order", "order number", "order name", "order", "order no", "name",
                "numero de pedido", "pedido", "pedido tienda", "pedido de la tienda", "n pedido", "no pedido",
            ),
        ),
        "aliexpress": (_ALIEXPRESS_NUMBER_HEADERS,),
    }  # fmt: skip
    required = ("number", "aliexpress")
    telling = frozenset({"aliexpress"})
    grouped = False

    def missing(self, columns: Columns) -> str:
        return "order" if "aliexpress" in columns.fields and "number" not in columns.fields else ""

    def build(self, block: list[Row], ragged: Mapping[int, RowIssue], reading: Reading) -> _Outcome:
        outcome = _Outcome()
        for line, row in block:
            if line in ragged:
                outcome.reject([ragged[line]])
                continue
            reader = _RowReader(reading, line, row)
            number = reader.value("number", parse_order_number, required=True)
            numbers = reader.value("aliexpress", parse_aliexpress_numbers, required=True)
            if reader.issues or number is None or numbers is None:
                outcome.reject(reader.issues)
            elif reading.seen_at("\n".join((number, *sorted(numbers))), [], line) != line:
                outcome.duplicate += 1
            else:
                outcome.accepted += 1
                outcome.items.append(ParsedLink((line,), number, numbers))
        return outcome


FORMATS: tuple[Format, ...] = (ShopifyOrders(), AliExpressInventory(), AliExpressUserscript(), OrderLinks())


class _SeenOrders:
    """Which orders a file had so far: number -> (digest of its rows, line). 16 bytes an order, hashes only.

    A dict of a million orders takes 110 MB; this takes 34. Two numbers of one file share a 64-bit hash once in about
    ten million files of that size.
    """

    def __init__(self) -> None:
        self._size = 1 << 12
        self._count = 0
        self._make()

    def _make(self) -> None:
        self._keys = array("Q", bytes(8 * self._size))
        self._digests = array("I", bytes(4 * self._size))
        self._lines = array("I", bytes(4 * self._size))

    def first(self, number: str, digest: int, line: int) -> tuple[int, int]:
        """(digest, line) of the order when it was first seen, which is now if it is new."""
        key = (hash(number) & 0xFFFFFFFFFFFFFFFF) or 1
        digest &= 0xFFFFFFFF
        at = self._place(key)
        if self._keys[at]:
            return self._digests[at], self._lines[at]
        self._put(at, key, digest, line)
        self._count += 1
        if self._count * 4 > self._size * 3:
            self._grow()
        return digest, line

    def _place(self, key: int) -> int:
        keys, mask = self._keys, self._size - 1
        at = key & mask
        while keys[at] and keys[at] != key:
            at = (at + 1) & mask
        return at

    def _put(self, at: int, key: int, digest: int, line: int) -> None:
        self._keys[at], self._digests[at], self._lines[at] = key, digest, line

    def _grow(self) -> None:
        old = zip(self._keys, self._digests, self._lines, strict=True)
        self._size *= 2
        self._make()
        for key, digest, line in old:
            if key:
                self._put(self._place(key), key, digest, line)


class Reading:
    """One pass over a file: iterate once for its items; the counts and lists fill while you do.

    `FileRefused` may still be raised while iterating (see `csv_rows`). `bytes_read` of `bytes_total` runs ahead of the
    rows by one buffer.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        zone: tzinfo,
        date_order: str = "",
        default_currency: str = "",
        on_progress: Callable[[Reading], None] | None = None,
        now: datetime | None = None,
    ) -> None:
        if date_order not in ("", "dmy", "mdy"):
            raise ValueError(f"date_order is dmy, mdy or nothing, not {date_order!r}")
        self._file = file
        self._rows = CsvRows(file)
        self._on_progress = on_progress
        self._default_currency = default_currency
        self.header: tuple[str, ...] = tuple(self._rows.header)
        self.format, self.columns = recognise(self.header)
        self.fields = self.columns.fields
        order = self.format.date_order or date_order
        self.rules: DateRules = date_rules(zone=zone, date_order=order, now=now)
        self.rows_read = self.rows_accepted = self.rows_rejected = self.rows_duplicate = 0
        self._assumptions: dict[str, Assumption] = {}
        self._questions: dict[str, Question] = {}
        self._seen = _SeenOrders()
        self._date_order_settled = bool(order)
        used = self.columns.used
        self.used_cells: Callable[[list[str]], object] = itemgetter(*used)
        self._raw_rows = iter(self._rows)
        first = next(self._raw_rows, None)
        if first is None:
            raise FileRefused("no_rows")
        self._raw_rows = chain((first,), self._raw_rows)
        layout = self._rows.layout
        if layout.encoding_assumed:
            self.assume("encoding", encoding=layout.encoding)
        if layout.wrapped_in:
            self.assume("unwrapped")
        elif layout.delimiter != ",":
            self.assume("delimiter", delimiter=layout.delimiter)

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

    def currency_or_default(self, told: str) -> str:
        if told or not self._default_currency:
            return told
        self.assume("currency", currency=self._default_currency)
        return self._default_currency

    def seen_at(self, number: str, block: list[Row], line: int) -> int:
        """`line` for a new order, 0 for one already read with the same rows, else the line of the other one."""
        digest = hash(tuple([self.used_cells(row) for _, row in block]))
        seen_digest, seen_line = self._seen.first(number, digest, line)
        if seen_line == line:
            return line
        return 0 if seen_digest == digest & 0xFFFFFFFF else seen_line

    def settle_date_order(self) -> bool:
        """Look through the whole file, once, for a date that can be read one way only. Whether the order is known."""
        if not self._date_order_settled:
            self._date_order_settled = True
            decided: dict[str, tuple[int, str]] = {}
            indexes = [index for name in self.format.date_fields for index in self.columns.all(name)]
            for line, row in CsvRows(self._file, layout=self._rows.layout):
                for index in indexes:
                    if row is not None and index < len(row) and (order := date_order_of(row[index])):
                        decided.setdefault(order, (line, row[index]))
            decided.pop("both", None)
            if len(decided) == 1:  # Both ways in one file: a spreadsheet turned some of them round.
                order, (line, value) = decided.popitem()
                self.rules = replace(self.rules, date_order=order)
                self.assume("date_order", date_order=order, line=line, value=value)
        return bool(self.rules.date_order)

    def __iter__(self) -> Iterator[Item]:
        key_index = self.columns.first(self.format.required[0])
        width = len(self.header)
        grouped = self.format.grouped
        block: list[Row] = []
        ragged: dict[int, RowIssue] = {}
        current: str | None = None
        countdown = _ROWS_BETWEEN_PROGRESS
        for line, cells in self._raw_rows:
            countdown -= 1
            if not countdown and self._on_progress is not None:
                countdown = _ROWS_BETWEEN_PROGRESS
                self._on_progress(self)
            if cells is None:
                outcome = _Outcome()
                outcome.reject([_issue(line, (), "broken_quotes")])
                yield from self._count(outcome, rows=1)
                continue
            row = cells
            if len(row) != width:
                found = len(row)
                while found > width and not row[found - 1].strip():
                    found -= 1
                if found != width:
                    params = {"expected": width, "found": found}
                    ragged_issue = _issue(line, row, "ragged_row", params)
                    row = row[:width] + [""] * (width - found)
                else:
                    ragged_issue = None
                    del row[width:]
            else:
                ragged_issue = None
            key = row[key_index]
            if key != current or not grouped:
                if block:
                    yield from self._count(self.format.build(block, ragged, self), rows=len(block))
                    block, ragged = [], {}
                current = key
            elif len(block) >= MAX_LINES_IN_ORDER:
                outcome = _Outcome()
                outcome.reject([_issue(line, row, "too_many_lines", {"limit": MAX_LINES_IN_ORDER})])
                yield from self._count(outcome, rows=1)
                continue
            if ragged_issue is not None:
                ragged[line] = ragged_issue
            block.append((line, row))
        if block:
            yield from self._count(self.format.build(block, ragged, self), rows=len(block))
        if self._on_progress is not None:
            self._on_progress(self)

    def _count(self, outcome: _Outcome, *, rows: int) -> list[Item]:
        self.rows_read += rows
        self.rows_accepted += outcome.accepted
        self.rows_rejected += outcome.rejected
        self.rows_duplicate += outcome.duplicate
        return outcome.items


def recognise(header: Sequence[str]) -> tuple[Format, Columns]:
    """The format whose columns a header has most of, or `FileRefused` with the best reason why there is none."""
    candidates = [(each, Columns(each.table, header)) for each in FORMATS]
    best, columns = max(candidates, key=lambda pair: pair[0].score(pair[1]))
    if best.score(columns):
        if columns.twice:
            raise FileRefused("duplicate_column", column=columns.twice)
        return best, columns
    if any(_is_a_value(title) for title in header):
        raise FileRefused("no_header")
    for each, its_columns in candidates:
        if missing := each.missing(its_columns):
            raise FileRefused("missing_column", column=missing, format=each.key)
    raise FileRefused("unknown_format", columns=", ".join(title.strip()[:40] for title in header[:8]))


def _is_a_value(text: str) -> bool:
    text = text.strip().strip("'")
    return (
        (text[:1] == "#" and text[1:2].isalnum())
        or ("@" in text and "." in text)
        or (
            len(text) > 3
            and text.replace(".", "").replace("-", "").replace("/", "").replace(":", "").isdigit()
        )
    )


def read_orders(
    file: BinaryIO,
    *,
    zone: tzinfo,
    date_order: DateOrder | None = None,
    default_currency: str = "",
    on_progress: Callable[[Reading], None] | None = None,
    now: datetime | None = None,
) -> Reading:
    """Recognise a seekable file and start reading it. Raises `FileRefused` with a code of `csv_rows.REFUSALS`.

    `zone` is the team's, for dates without an offset; `date_order` answers the question of the same name;
    `default_currency` is the store's, for files and rows without one; `on_progress` is called now and then and at the
    end; `now` bounds dates (none lies in the future).
    """
    return Reading(
        file,
        zone=zone,
        date_order=date_order or "",
        default_currency=default_currency,
        on_progress=on_progress,
        now=now,
    )
