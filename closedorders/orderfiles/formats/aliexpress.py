"""Orders at AliExpress, as a browser extension and a userscript save them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

from closedorders.orderfiles.cells import (
    is_date_only,
    is_in_bare_dollars,
    joined_parcels,
    parse_price_info,
)

from ..cell_columns import CellColumns
from ..columns import normalised_header
from ..fields import SUPPLIER_ORDER_FIELDS, UNDEFINED
from ..records import ParsedLine, ParsedSupplierOrder
from .base import Format

#: How AliExpress's pages word a status; the Portuguese is from exports. No whole list of the Spanish was found:
#: "aguardando envío", "terminado" and "congelado" are quoted by chinapost.es on how to follow a purchase, and Spanish
#: dropshippers write of "pedidos cerrados" and of "Verificación del pago". Payments under verification are known in
#: every way of saying so, for each of them may be closed within the day. Other words are kept and mean nothing to us.
SUPPLIER_STATUSES: Mapping[str, tuple[str, ...]] = {
    "awaiting_payment": ("awaiting payment", "to pay", "unpaid", "aguardando pagamento"),
    "verifying_payment": (
        "payment being verified", "payment is being verified", "payment verification", "payment under verification",
        "payment under review", "payment being processed", "verifying payment", "verification of payment",
        "risk control", "risk control hold",
        "verificacion del pago", "verificacion de pago", "verificacion de pago en curso", "verificando el pago",
        "verificando pago", "pago en verificacion", "pago en proceso de verificacion", "comprobando el pago",
        "comprobacion del pago", "pago en revision",
        "verificacao do pagamento", "verificacao de pagamento", "verificando o pagamento", "verificando pagamento",
        "pagamento em verificacao", "pagamento sendo verificado", "pagamento em analise",
        "verification du paiement", "verification de paiement", "verification du paiement en cours",
        "paiement en cours de verification",
        "zahlung wird uberpruft", "zahlung wird gepruft", "zahlungsuberprufung", "zahlungsprufung",
        "uberprufung der zahlung", "prufung der zahlung",
        "verifica del pagamento", "pagamento in verifica", "pagamento in fase di verifica",
    ),
    "awaiting_shipment": ("awaiting shipment", "to ship", "processing", "aguardando envio"),
    "shipped": ("awaiting delivery", "processed", "shipped"),
    "completed": ("completed", "finished", "concluido", "terminado"),
    "cancelled": ("canceled", "cancelled", "order canceled", "order cancelled", "cancelado"),
    "closed": ("closed", "order closed", "cerrado", "pedido cerrado"),
    "expired": ("expired", "expirado"),
    "frozen": ("frozen", "congelado"),
}  # fmt: skip
_STATUS_CODES = {word: code for code, words in SUPPLIER_STATUSES.items() for word in words}

#: Of an order of which one part has these, the others say nothing that weighs more.
ENDED = frozenset({"closed", "cancelled", "expired"})


def supplier_status_code(status: str) -> str:
    """The code of a status as an AliExpress page words it, "" where the wording is new to us."""
    return _STATUS_CODES.get(normalised_header(status), "")


class AliExpressOrders(Format):
    """What the two AliExpress formats share: a row is a product of an order, complete in itself."""

    #: Whether a row's cost is the order's, which each of its rows repeats, and not its product's.
    cost_is_whole: ClassVar[bool] = True
    registry = SUPPLIER_ORDER_FIELDS
    sign_in = ("price", "cost")

    def orders(self, cells: CellColumns) -> list[ParsedSupplierOrder]:
        """The order that each row tells, with the row's product."""
        codes, told = self._currencies(cells)
        placed = cells.cells("placed_at")
        columns = zip(
            cells.rows,
            cells.read("number"),
            cells.read("placed_at"),
            placed,
            self.statuses(cells),
            cells.read("tracking"),
            cells.read("supplier_name"),
            cells.read("supplier_url"),
            codes,
            told,
            self.costs(cells, codes),
            self.lines(cells, codes),
            cells.read("store_order"),
            cells.read("paid_at"),
            strict=True,
        )
        return [
            ParsedSupplierOrder(
                source_lines=(line,),
                number=number,
                placed_at=placed_at,
                date_only=bool(text.strip()) and is_date_only(text),
                status=status,
                status_code=status_code,
                supplier_name=supplier,
                supplier_url=url,
                currency=currency,
                currency_told=currency_told,
                cost=cost,
                tracking="" if tracking in UNDEFINED else tracking and joined_parcels(tracking),
                lines=() if product is None else (product,),
                store_order_number=store_order or "",
                paid_at=paid_at,
            )
            for (line, _), number, placed_at, text, (
                status,
                status_code,
            ), tracking, supplier, url, currency, (
                currency_told
            ), cost, product, store_order, paid_at in columns
        ]

    def whole(
        self,
        order: ParsedSupplierOrder,
        rows: Sequence[ParsedSupplierOrder],
        cells: Sequence[tuple[str, ...]],
        *,
        complete: bool,
    ) -> ParsedSupplierOrder:
        """The joined order, with the products of its rows; `complete` where none of them was refused.

        Where no row tells the order's cost, it is what its products cost together.
        """
        lines = tuple(line for each in rows for line in each.lines)
        cost = order.cost
        in_one_currency = len({each.currency for each in rows if each.lines}) <= 1
        if cost is None and complete and lines and in_one_currency:
            prices = [line.price * line.quantity for line in lines if line.price is not None]
            cost = sum(prices, Decimal(0)) if len(prices) == len(lines) else None
        return replace(
            order,
            source_lines=tuple(line for each in rows for line in each.source_lines),
            lines=lines,
            cost=cost,
            cells=tuple(cells) if order.store_order_number else (),
        )

    def contradicts(self, further: ParsedSupplierOrder, order: ParsedSupplierOrder) -> bool:
        """Whether it names another order of the shop, of which this can belong to one only, or another cost."""
        numbers = {each.store_order_number.removeprefix("#") for each in (order, further)}
        costs = {each.cost for each in (order, further)}
        return len(numbers - {""}) > 1 or (self.cost_is_whole and len(costs - {None}) > 1)

    def joined(self, order: ParsedSupplierOrder, further: ParsedSupplierOrder) -> ParsedSupplierOrder:
        """The order, after another of its rows was read.

        Each row repeats the order, so the first one that tells something stands. But its products may travel in several
        parcels, and one that was closed must be seen, whatever the others say.
        """
        blank = {
            name: told
            for name in ("placed_at", "paid_at", "status", "supplier_name", "supplier_url", "cost")
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

    def _currencies(self, cells: CellColumns) -> tuple[list[str], list[bool]]:
        """Each row's currency, and whether the row itself tells it.

        AliExpress writes the dollars of others as `AU $` or `C$`, and those of the USA as `US $`, or as `$`.

        To a shop that sells in dollars `$` may be its own. To any other it is the USA's, and never the shop's currency.
        """
        conventions = cells.conventions
        codes = [code or "" for code in self.told_currencies(cells)]
        if not conventions.sells_in_dollars:
            for at, amounts in enumerate(zip(*map(cells.cells, self.sign_in), strict=True)):
                if not codes[at] and any(map(is_in_bare_dollars, amounts)):
                    conventions.assume("dollars", line=cells.rows[at][0])
                    codes[at] = "USD"
        return [conventions.currency_or_default(code) for code in codes], list(map(bool, codes))

    def statuses(self, cells: CellColumns) -> list[tuple[str | None, str]]:
        """Each row's status as it is worded, and its code."""
        return [(status, supplier_status_code(status or "")) for status in cells.read("status")]

    def costs(self, cells: CellColumns, codes: Sequence[str]) -> Sequence[Decimal | None]:
        return self._amounts(cells, "cost", codes)

    def lines(self, cells: CellColumns, codes: Sequence[str]) -> list[ParsedLine | None]:
        """The product of each row, None where it names none."""

        def exact(text: str, code: str) -> Decimal:
            if "|" in text:
                return parse_price_info(text, currency=code)
            return cells.conventions.amount(text, code)

        names, quantities, skus = map(cells.read, ("line_name", "line_quantity", "line_sku"))
        exact_prices = cells.parse("price_info", exact, codes)
        others = self._amounts(cells, "price", codes, where=[price is None for price in exact_prices])
        return [
            None
            if (not name or name in UNDEFINED) and quantity is None and exact is None and other is None
            else ParsedLine(name or "", sku, None, quantity or 1, other if exact is None else exact)
            for name, quantity, sku, exact, other in zip(
                names, quantities, skus, exact_prices, others, strict=True
            )
        ]

    def _amounts(
        self, cells: CellColumns, name: str, codes: Sequence[str], where: Sequence[bool] | None = None
    ) -> Sequence[Decimal | None]:
        amount = cells.conventions.amount
        return cells.parse(
            name, lambda text, code: None if text in UNDEFINED else amount(text, code), codes, where=where
        )


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
