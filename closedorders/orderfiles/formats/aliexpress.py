"""Orders at AliExpress, as a browser extension and a userscript save them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from closedorders.orderfiles.cells import (
    is_date_only,
    is_in_bare_dollars,
    joined_parcels,
    parse_aliexpress_number,
    parse_order_number,
    parse_price_info,
    parse_quantity,
    parse_tracking_number,
)

from ..columns import normalised_header
from ..issues import RowIssue, row_issue
from ..records import ParsedLine, ParsedSupplierOrder
from ..row_reader import RowReader
from .base import Format, Outcome, Row

if TYPE_CHECKING:
    from ..reader import Reading

#: How AliExpress's pages word a status; the Portuguese is from exports. No whole list of the Spanish was found:
#: "aguardando envío", "terminado" and "congelado" are quoted by chinapost.es on how to follow a purchase, and Spanish
#: dropshippers write of "pedidos cerrados". Other words are kept as they are and mean nothing to us.
SUPPLIER_STATUSES: Mapping[str, tuple[str, ...]] = {
    "awaiting_payment": ("awaiting payment", "to pay", "unpaid", "aguardando pagamento"),
    "verifying_payment": ("payment being verified", "payment verification"),
    "awaiting_shipment": ("awaiting shipment", "to ship", "processing", "aguardando envio"),
    "shipped": ("awaiting delivery", "processed", "shipped"),
    "completed": ("completed", "finished", "concluido", "terminado"),
    "cancelled": ("canceled", "cancelled", "order canceled", "order cancelled", "cancelado"),
    "closed": ("closed", "order closed", "cerrado", "pedido cerrado"),
    "expired": ("expired", "expirado"),
    "frozen": ("frozen", "congelado"),
}
_STATUS_CODES = {word: code for code, words in SUPPLIER_STATUSES.items() for word in words}

#: Of an order of which one part has these, the others say nothing that weighs more.
ENDED = frozenset({"closed", "cancelled", "expired"})
#: What a script writes for something it did not find on the page.
_UNDEFINED = frozenset({"undefined", "null"})


def supplier_status_code(status: str) -> str:
    """The code of a status as an AliExpress page words it, "" where the wording is new to us."""
    return _STATUS_CODES.get(normalised_header(status), "")


class AliExpressOrders(Format):
    """What the two AliExpress formats share: a row is a product of an order, complete in itself."""

    #: Whether a row's cost is the order's, which each of its rows repeats, and not its product's.
    cost_is_whole: ClassVar[bool] = True
    date_fields = ("placed_at",)
    amount_fields = ("cost", "price")
    sign_in = ("price", "cost")

    def build(self, block: list[Row], ragged: Mapping[int, RowIssue], reading: Reading) -> Outcome:
        outcome = Outcome()
        used = reading.used_cells
        seen: set[object] = set()
        order: ParsedSupplierOrder | None = None
        lines: list[ParsedLine] = []
        sources: list[int] = []
        rows_read: list[tuple[str, ...]] = []
        currencies: set[str] = set()
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
            reader = RowReader(reading, line, row)
            parsed = self._order(reader)
            if order is not None and self._says_otherwise(parsed, order):
                reader.issues.append(row_issue(line, row, "order_repeated", {"first_line": sources[0]}))
            if reader.issues:
                outcome.reject(reader.issues)
                whole = False
                continue
            lines.extend(parsed.lines)
            currencies |= {parsed.currency for _ in parsed.lines}
            sources.append(line)
            rows_read.append(tuple(row))
            order = parsed if order is None else self._joined(order, parsed)
        if order is None:
            return outcome
        first_line = reading.seen_at(order.number, block, sources[0])
        if first_line == 0:
            outcome.duplicate += len(sources)
        elif first_line != sources[0]:
            rows = dict(block)
            for line in sources:
                outcome.reject([row_issue(line, rows[line], "order_apart", {"first_line": first_line})])
        else:
            outcome.accepted += len(sources)
            cost = order.cost
            in_one_currency = len(currencies) <= 1
            if (
                cost is None
                and whole
                and lines
                and in_one_currency
                and all(line.price is not None for line in lines)
            ):
                cost = sum(
                    (line.price * line.quantity for line in lines if line.price is not None), Decimal(0)
                )
            order = replace(order, source_lines=tuple(sources), lines=tuple(lines), cost=cost)
            if order.store_order_number:
                order = replace(order, cells=tuple(rows_read))
            outcome.items.insert(0, order)
        return outcome

    def _says_otherwise(self, further: ParsedSupplierOrder, order: ParsedSupplierOrder) -> bool:
        """Whether it names another order of the shop, of which this can belong to one only, or another cost."""
        numbers = {each.store_order_number.removeprefix("#") for each in (order, further)}
        costs = {each.cost for each in (order, further)}
        return len(numbers - {""}) > 1 or (self.cost_is_whole and len(costs - {None}) > 1)

    def _joined(self, order: ParsedSupplierOrder, further: ParsedSupplierOrder) -> ParsedSupplierOrder:
        """The order, after another of its rows was read.

        Each row repeats the order, so the first one that tells something stands. But its products may travel in several
        parcels, and one that was closed must be seen, whatever the others say.
        """
        blank = {
            name: told
            for name in ("placed_at", "status", "supplier_name", "supplier_url", "cost")
            if not getattr(order, name) and (told := getattr(further, name)) is not None
        }
        if "placed_at" in blank:
            blank["date_only"] = further.date_only
        if "status" in blank:
            blank["status_code"] = further.status_code
        order = replace(order, **blank) if blank else order
        if further.tracking and further.tracking != order.tracking:
            order = replace(order, tracking=joined_parcels(order.tracking or "", further.tracking))
        if further.currency_told and not order.currency_told:
            order = replace(order, currency=further.currency, currency_told=True)
        if not order.store_order_number:
            order = replace(order, store_order_number=further.store_order_number)
        if further.status_code in ENDED and order.status_code not in ENDED:
            order = replace(order, status=further.status, status_code=further.status_code)
        return order

    def _order(self, reader: RowReader) -> ParsedSupplierOrder:
        number = reader.value("number", parse_aliexpress_number, required=True)
        currency, currency_told = self._currency(reader)
        status, status_code = self._status(reader)
        placed = reader.text("placed_at")
        tracking = reader.string("tracking", parse_tracking_number)
        line = self._line(reader, currency)
        return ParsedSupplierOrder(
            source_lines=(reader.line,),
            number=number or "",
            placed_at=reader.moment("placed_at"),
            date_only=bool(placed) and is_date_only(placed or ""),
            status=status,
            status_code=status_code,
            supplier_name=reader.text("supplier_name"),
            supplier_url=reader.text("supplier_url"),
            currency=currency,
            currency_told=currency_told,
            cost=self._cost(reader, currency),
            tracking="" if tracking in _UNDEFINED else tracking and joined_parcels(tracking),
            lines=() if line is None else (line,),
            store_order_number=reader.value("store_order", parse_order_number) or "",
        )

    def _currency(self, reader: RowReader) -> tuple[str, bool]:
        """The row's currency, and whether the row itself tells it.

        AliExpress writes the dollars of others as `AU $` or `C$`, and those of the USA as `US $`, or as `$`.

        To a shop that sells in dollars `$` may be its own. To any other it is the USA's, and never the shop's currency.
        """
        told = reader.told_currency("currency", sign_in=self.sign_in)
        reading = reader.reading
        dollars = any(is_in_bare_dollars(reader.text(name) or "") for name in self.sign_in)
        if not told and dollars and not reading.sells_in_dollars:
            reading.assume("dollars", line=reader.line)
            told = "USD"
        return reading.currency_or_default(told), bool(told)

    def _status(self, reader: RowReader) -> tuple[str | None, str]:
        status = reader.text("status")
        return status, supplier_status_code(status) if status else ""

    def _cost(self, reader: RowReader, currency: str) -> Decimal | None:
        return reader.value("cost", lambda text: _amount_or_undefined(text, currency, reader.reading))

    def _line(self, reader: RowReader, currency: str) -> ParsedLine | None:
        name = reader.text("line_name")
        quantity = reader.value("line_quantity", _quantity_or_undefined)
        price = reader.value("price_info", lambda text: _exact_price(text, currency, reader.reading))
        if price is None:
            price = reader.value("price", lambda text: _amount_or_undefined(text, currency, reader.reading))
        if (not name or name in _UNDEFINED) and quantity is None and price is None:
            return None
        return ParsedLine(name or "", reader.text("line_sku"), None, quantity or 1, price)


def _quantity_or_undefined(text: str) -> int | None:
    return None if text in _UNDEFINED else parse_quantity(text.lstrip("xX×"))


def _exact_price(text: str, currency: str, reading: Reading) -> Decimal:
    return parse_price_info(text, currency=currency) if "|" in text else reading.amount(text, currency)


def _amount_or_undefined(text: str, currency: str, reading: Reading) -> Decimal | None:
    return None if text in _UNDEFINED else reading.amount(text, currency)


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
    # Order ID, Order Date, Title and Status head any shop's list of orders.
    telling = frozenset({"price_info", "supplier_url", "product_url"})


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
    telling = frozenset({"cost", "supplier_name", "tracking_status", "option"})
    telling_needed = 2
    date_order = "mdy"
