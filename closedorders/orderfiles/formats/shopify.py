"""Shopify's order export."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from closedorders.orderfiles.cells import (
    find_aliexpress_numbers,
    parse_aliexpress_numbers,
    parse_country,
    parse_email,
    parse_external_id,
    parse_order_number,
    parse_person_name,
    parse_phone,
    parse_quantity,
)

from ..columns import ALIEXPRESS_NUMBER_HEADERS, ORDER_NUMBER_HEADERS, Columns, normalised_header
from ..issues import RowIssue, row_issue
from ..quick_orders import QuickOrders
from ..records import ParsedLine, ParsedStoreOrder
from ..row_reader import RowReader
from .base import Format, Outcome, Row

if TYPE_CHECKING:
    from ..reader import Reading


_NAMES = frozenset({"name", "nombre"})
_NUMBERS = frozenset({*ORDER_NUMBER_HEADERS, "order id"})


class ShopifyOrders(Format):
    """Shopify's order export: 71, 73, 75 or 79 columns, the help page's header, and what merchants leave of them.

    The first row of an order carries everything; further rows only repeat Name, Created at, Email and Phone and add a
    product. Headers are English in every shop language; Spanish ones come from merchants who translated them.
    """

    key = "shopify_orders"
    title = "Shopify order export"
    table = {
        "number": (("name", "order name", "nombre", "nombre del pedido", "pedido"),),
        "external_id": (("id",),),
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
        "financial_status": (("financial status", "estado financiero"),),
        "fulfillment_status": (("fulfillment status",),),
        "payment_method": (("payment method", "metodo de pago"),),
        "tags": (("tags", "etiquetas"),),
        "note": (("notes", "note", "notas", "nota"),),
        "note_attributes": (("note attributes",),),
        "aliexpress": (ALIEXPRESS_NUMBER_HEADERS,),
        "line_quantity": (("lineitem quantity",),),
        "line_name": (("lineitem name",),),
        "line_price": (("lineitem price",),),
        "line_sku": (("lineitem sku",),),
        "line_vendor": (("vendor",),),
    }
    required = ("number",)
    # What nobody else titles like this. Name, Email and Total head any list, and Created at a list of customers.
    telling = frozenset(
        {"financial_status", "fulfillment_status", "note_attributes"}
        | {"line_name", "line_quantity", "line_price", "line_sku"}
    )
    date_fields = ("placed_at", "paid_at", "cancelled_at")
    amount_fields = ("total", "subtotal", "line_price", "shipping", "refunded")
    # Shopify writes all it has: what is blank there is gone.
    erasable = frozenset({"refunded", "cancelled_at", "paid_at", "note", "tags", "lines"})

    #: Filled on the first row of every order and on no other; the second ones tell where the first were cut away. Paid
    #: at is none of them: it is blank until an order is paid.
    _first_row_fields = ("financial_status", "currency")
    _other_first_row_fields = ("total", "subtotal", "external_id")
    #: Whether a row with none of them filled is always a further one.
    always_marked: ClassVar[bool] = True
    _line_fields = ("line_name", "line_quantity", "line_price", "line_sku", "line_vendor")

    def score(self, columns: Columns) -> int:
        """0 too where another column is the order's number: then Name is a person's."""
        titles = {normalised_header(title) for title in columns.header}
        if titles & _NAMES and titles & _NUMBERS:
            return 0
        # Of the products merchants may leave what is not read, and nobody else has columns of that name.
        has_products = any(title.startswith("lineitem ") for title in titles)
        if has_products and columns.fields.issuperset(self.required):
            return len(columns.used)
        return super().score(columns)

    def quick_orders(self, reading: Reading) -> QuickOrders | None:
        columns = reading.columns
        line_columns = columns.firsts(self._line_fields)
        own = [index for index in columns.used if index not in line_columns]
        # Nothing to gain from one column, where all of them are also a product's (a person may name one twice), and
        # where only the sign of an amount tells the currency.
        if len(columns.used) < 2 or not own or (self.sign_in and "currency" not in columns.fields):
            return None
        return QuickOrders(
            reading,
            own=own,
            marks=self._marks(columns),
            always_marked=self.always_marked,
            may_repeat=self._may_repeat(columns),
            sign_elsewhere=bool(self.sign_in),
        )

    def build(self, block: list[Row], ragged: Mapping[int, RowIssue], reading: Reading) -> Outcome:
        outcome = Outcome()
        heads = self._heads(block, reading.columns)
        if not heads and ragged:
            heads = [next(at for at, (line, _) in enumerate(block) if line in ragged)]
        if not heads:
            for line, row in block:
                outcome.reject([ragged.get(line) or row_issue(line, row, "order_without_first_row")])
            return outcome
        head_line, head = block[heads[0]]
        if head_line in ragged:
            order, issues = None, [ragged[head_line]]
        else:
            reader = RowReader(reading, head_line, head)
            order, issues = self._order(reader, head), reader.issues
        if order is None:
            for line, row in block:
                if line == head_line:
                    outcome.reject(issues)
                else:
                    follows = row_issue(line, row, "first_row_rejected", {"first_line": head_line})
                    outcome.reject([ragged.get(line, follows)])
            return outcome
        if order.email == "":
            reading.assume_no_email(head_line)
        first_line = reading.seen_at(order.number, block, head_line)
        if first_line == 0:
            outcome.duplicate = len(block)
            return outcome
        if first_line != head_line:
            # Where nothing marks a first row, one that was sorted away from it looks like the order again.
            is_marked = self.always_marked and self._marks(reading.columns)
            again = "order_repeated" if is_marked else "order_apart"
            for line, row in block:
                outcome.reject([row_issue(line, row, again, {"first_line": first_line})])
            return outcome
        if len(block) == 1:
            outcome.accepted = 1
            outcome.items.append(order)
            return outcome
        self._add_lines(order, block, heads, ragged, reading, outcome)
        return outcome

    def _marks(self, columns: Columns) -> tuple[int, ...]:
        marks = columns.firsts(self._first_row_fields)
        if not marks and columns.firsts(self._line_fields):
            marks = columns.firsts(self._other_first_row_fields)
        return marks

    def _may_repeat(self, columns: Columns) -> bool:
        """Whether further rows may say again what is the order's own, of which nothing else tells that they may not."""
        return not self.always_marked or not self._marks(columns)

    def _heads(self, block: list[Row], columns: Columns) -> list[int]:
        marks = self._marks(columns)
        if not marks:
            return [0]
        heads = []
        for at, (_, row) in enumerate(block):
            for mark in marks:
                if row[mark] and row[mark].strip():
                    heads.append(at)
                    break
        return heads if heads or self.always_marked else [0]

    def _add_lines(
        self,
        order: ParsedStoreOrder,
        block: list[Row],
        heads: list[int],
        ragged: Mapping[int, RowIssue],
        reading: Reading,
        outcome: Outcome,
    ) -> None:
        columns = reading.columns
        used = reading.used_cells
        line_cells = columns.firsts(self._line_fields)
        own = [index for index in columns.used if index not in line_cells]
        may_repeat = self._may_repeat(columns)
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
            if cells in seen and (doubled or (may_repeat and not line_cells)):
                outcome.duplicate += 1
                continue
            seen.add(cells)
            others = [index for index in own if row[index].strip() != head[index].strip()]
            # What is left blank in a row that nothing marks as a first one is not said otherwise.
            if others and (at in heads or (may_repeat and any(row[index].strip() for index in others))):
                outcome.reject([row_issue(line, row, "order_repeated", {"first_line": head_line})])
                continue
            reader = RowReader(reading, line, row)
            parsed = self._line(reader, order.currency)
            if reader.issues:
                outcome.reject(reader.issues)
                continue
            if parsed is not None:
                lines.append(parsed)
            sources.append(line)
            outcome.accepted += 1
        outcome.items.insert(0, order._replace(lines=tuple(lines), source_lines=tuple(sources)))

    def _order(self, reader: RowReader, row: list[str]) -> ParsedStoreOrder | None:
        number = reader.value("number", parse_order_number, required=True)
        told = reader.told_currency("currency", sign_in=self.sign_in)
        currency = reader.reading.currency_or_default(told)

        def amount(text: str) -> Decimal:
            return reader.reading.amount(text, currency)

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
            external_id=reader.string("external_id", parse_external_id),
            email=reader.string("email", parse_email),
            phone=reader.string("phone", parse_phone),
            customer_name=reader.string("customer_name", parse_person_name),
            country=reader.string("country", parse_country),
            currency=currency,
            currency_told=bool(told),
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

    def _line(self, reader: RowReader, currency: str) -> ParsedLine | None:
        name = reader.text("line_name")
        quantity = reader.value("line_quantity", parse_quantity)
        price = reader.value("line_price", lambda text: reader.reading.amount(text, currency))
        if not name and quantity is None and price is None:
            return None
        return ParsedLine(
            name or "", reader.text("line_sku"), reader.text("line_vendor"), quantity or 1, price
        )
