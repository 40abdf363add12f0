"""WooCommerce's order files: the Analytics report, and the exports of two plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from typing import Any

from closedorders.orderfiles.cells import BadValue, clean_text
from closedorders.orderfiles.tables.base import MAX_COLUMNS

from ..cell_columns import CellColumns
from ..columns import Columns, normalised_header
from ..fields import ALIEXPRESS_NUMBER_TITLES
from ..records import ParsedLine
from .store_orders import StoreOrders
from .woo_cells import (
    analytics_products,
    currency_of_amounts,
    two_amounts,
    unit_price,
    webtoffee_item,
    webtoffee_refunds,
)

#: WooCommerce's status -> (payment, shipping) in the words we keep, which are Shopify's. Where the status leaves one of
#: them open it is "", and a status that is not here stays as it is worded: a cancelled or failed order says nothing
#: sure of money, and plugins add statuses of their own.
WOO_STATUSES: Mapping[str, tuple[str, str]] = {
    "pending": ("pending", "unfulfilled"),
    "on hold": ("pending", "unfulfilled"),
    "processing": ("paid", "unfulfilled"),
    "completed": ("paid", "fulfilled"),
    "refunded": ("refunded", ""),
    "cancelled": ("cancelled", ""),
    "failed": ("failed", ""),
}
#: What the admin and the exports call the statuses: in English, and in its Spanish translation.
_STATUS_WORDS: Mapping[str, str] = {
    "pending payment": "pending", "pendiente de pago": "pending", "pendiente": "pending", "en espera": "on hold",
    "procesando": "processing", "completado": "completed", "reembolsado": "refunded", "cancelado": "cancelled",
    "canceled": "cancelled", "fallido": "failed",
}  # fmt: skip
#: What else people write of an order's payment in lists of their own, in Spanish, German, Portuguese and French.
_PAYMENT_WORDS: Mapping[str, str] = {
    word: state
    for state, words in {
        "refunded": "reembolsada devuelto devuelta erstattet ruckerstattet zuruckerstattet devolvido rembourse",
        "cancelled": "cancelada anulado anulada storniert abgebrochen annule annulee",
        "failed": "fallida fehlgeschlagen falhou echoue",
        "paid": "pagado pagada cobrado bezahlt pago paye payee",
        "pending": "pendiente offen ausstehend unbezahlt pendente unpaid",
    }.items()
    for word in words.split()
}
#: Ways to pay at the door: WooCommerce processes such an order before anybody paid.
_PAID_LATER = frozenset({"cod", "cash on delivery", "contra reembolso", "pago contra reembolso"})


def shop_states(status: str, payment_method: str = "") -> tuple[str, str]:
    """(payment, shipping) of an order from its status and the name or key of its payment method."""
    key = normalised_header(status).removeprefix("wc ")
    key = _STATUS_WORDS.get(key, key)
    if key not in WOO_STATUSES:
        return clean_text(status), ""
    payment, shipping = WOO_STATUSES[key]
    if key == "processing" and normalised_header(payment_method) in _PAID_LATER:
        payment = "pending"
    return payment, shipping


def payment_state(words: str | None) -> str | None:
    """How we word the state of a payment that a person wrote; as they did where we have no word for it."""
    if not words:
        return words
    key = normalised_header(words)
    if key in _PAYMENT_WORDS:
        return _PAYMENT_WORDS[key]
    state = _STATUS_WORDS.get(key, key if key in WOO_STATUSES else "")
    return WOO_STATUSES[state][0] if state else words


class WooOrders(StoreOrders):
    """What the three have in common."""

    repeats_order = True
    sign_in = ("total",)
    signed_in_refunds = ("total", "net", "items_sold", "line_quantity")

    def amounts(self, cells: CellColumns, codes: Sequence[str]) -> dict[str, Sequence[Decimal | None]]:
        def refund(text: str, code: str) -> Decimal:
            # Some write it below zero.
            return abs(cells.conventions.amount(text, code, allow_negative=True))

        plain = {name: cells.amounts(name, codes) for name in ("subtotal", "shipping", "total")}
        return {**plain, "refunded": cells.parse("refunded", refund, codes)}

    def statuses(self, values: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[str | None]]:
        statuses = zip(values["financial_status"], values["payment_method"], strict=True)
        states = [
            shop_states(status, method or "") if status else (status, status) for status, method in statuses
        ]
        payments, shipping = zip(*states, strict=True)
        return {"financial_status": payments, "fulfillment_status": shipping}


#: In English, and as a plugin writes it that copies the report of a Spanish shop title by title (Lima Retail Analyzer).
_REPORTS_TOTAL = ("n revenue formatted", "net revenue formatted", "ingresos netos con formato")


class WooAnalytics(WooOrders):
    """The orders report of WooCommerce's Analytics: one row an order, amounts as text (`৳2,999`), no e-mail.

    "N. Revenue (formatted)" is the order's total as the shop words it, and after a refund two amounts: what it was and
    what is left. A refund also has a row of its own, below zero (`refund_rows`). "Net sales" (once "N. Revenue") is
    no total: it lacks shipping and taxes. Titles are in the language of whoever exported.
    """

    key = "woo_analytics"
    title = "WooCommerce Analytics orders report"
    table = {
        "number": (
            ("order", "order number", "pedido", "pedido n", "pedido no", "n de pedido", "no de pedido", "n o de pedido",
             "numero de pedido"),
        ),
        "placed_at": (("date", "fecha"),),
        "total": (_REPORTS_TOTAL,),
        "refunded": (_REPORTS_TOTAL,),
        "net": (("n revenue", "net sales", "net revenue", "ventas netas", "ingresos netos"),),
        "financial_status": (("status", "estado"),),
        "fulfillment_status": (("status", "estado"),),
        "customer_name": (("customer", "cliente"),),
        "customer_type": (("customer type", "tipo de cliente"),),
        "products": (("product s", "producto s"),),
        "items_sold": (("items sold", "articulos vendidos"),),
        "discount_code": (("coupon s", "cupon es"),),
        "aliexpress": (ALIEXPRESS_NUMBER_TITLES,),
    }  # fmt: skip
    required = ("number",)
    telling = frozenset({"total", "products", "items_sold", "discount_code", "customer_type"})
    telling_needed = 2
    line_fields = frozenset({"products"})
    told_otherwise = frozenset({"total"})
    grouped = False

    def currency_of_sign(self, amount: str) -> str:
        with suppress(BadValue):  # A sign that is none is reported when the amount itself is read.
            return currency_of_amounts(amount)
        return ""

    def amounts(self, cells: CellColumns, codes: Sequence[str]) -> dict[str, Sequence[Decimal | None]]:
        def total_and_refund(text: str, code: str) -> tuple[Decimal, Decimal | None]:
            amount = cells.conventions.amount
            whole, left = two_amounts(text, lambda part: amount(part, code, allow_negative=True))
            if whole < 0:
                raise BadValue("refund_row")
            return whole, Decimal(0) if left is None else whole - left

        if not cells.has("total"):
            cells.conventions.assume("no_total")
        found = [each or (None, None) for each in cells.parse("total", total_and_refund, codes)]
        totals, refunded = zip(*found, strict=True)
        nothing = [None] * len(codes)
        return {"subtotal": nothing, "shipping": nothing, "total": totals, "refunded": refunded}

    def lines(self, cells: CellColumns, codes: Sequence[str]) -> Sequence[tuple[ParsedLine, ...]]:
        return [tuple(analytics_products(text or "")) for text in cells.read("products")]


class WooWebToffee(WooOrders):
    """The order export of WebToffee's import/export plugins: one row an order, its products in `line_item_1` to n."""

    key = "woo_webtoffee"
    title = "WooCommerce order export (WebToffee)"
    table = {
        "number": (("order number",), ("order id",)),
        "external_id": (("order id",),),
        "placed_at": (("order date",),),
        "paid_at": (("paid date",),),
        "financial_status": (("status",),),
        "fulfillment_status": (("status",),),
        "shipping": (("shipping total",),),
        "subtotal": (("order subtotal",),),
        "total": (("order total",),),
        "refunded": (("refund items",),),
        "currency": (("order currency",),),
        "payment_method": (("payment method title",), ("payment method",)),
        "email": (("billing email",), ("customer email",)),
        "phone": (("billing phone",), ("shipping phone",)),
        "customer_name": (("billing first name",),),
        "customer_last_name": (("billing last name",),),
        "ship_name": (("shipping first name",),),
        "ship_last_name": (("shipping last name",),),
        "country": (("shipping country",), ("billing country",)),
        "note": (("customer note",),),
        "order_notes": (("order notes",),),
        "import_key": (("wt import key",),),
        "discount_code": (("coupon items", "coupon code"),),
        "language": (("meta wpml language", "wpml language", "meta language", "language"),),
        "aliexpress": (ALIEXPRESS_NUMBER_TITLES,),
        "line_items": tuple((f"line item {number}",) for number in range(1, MAX_COLUMNS)),
    }
    required = ("number",)
    telling = frozenset(
        {
            "total", "subtotal", "currency", "email", "customer_name", "shipping", "line_items", "import_key",
            "paid_at", "note",
        }
    )  # fmt: skip
    # Some of these head other lists too: "Customer Email, Order Total, Paid Date".
    telling_needed = 4
    line_fields = frozenset({"line_items"})
    grouped = False

    def amounts(self, cells: CellColumns, codes: Sequence[str]) -> dict[str, Sequence[Decimal | None]]:
        def refunds(text: str, code: str) -> Decimal:
            return webtoffee_refunds(text, code, cells.conventions)

        plain = {name: cells.amounts(name, codes) for name in ("subtotal", "shipping", "total")}
        return {**plain, "refunded": cells.parse("refunded", refunds, codes)}

    def lines(self, cells: CellColumns, codes: Sequence[str]) -> Sequence[tuple[ParsedLine, ...]]:
        def item(text: str, code: str) -> ParsedLine:
            return webtoffee_item(text, code, cells.conventions)

        return list(map(tuple, cells.parse_each("line_items", item, codes)))


#: How the plugin's titles of an order's own columns begin and end; "Order Line …" is a product's.
_ORDERS_OWN = re.compile(
    r"(?:order(?! line| item)|customer|payment|transaction|cart) .*|.* (?:billing|shipping)"
)


@lru_cache(maxsize=8)
def _more_of_the_order(header: tuple[str, ...]) -> tuple[int, ...]:
    """The columns that are the order's by their titles, those among them that we have no use for."""
    return tuple(at for at, title in enumerate(header) if _ORDERS_OWN.fullmatch(normalised_header(title)))


class WooAdvancedExport(WooOrders):
    """ "Advanced Order Export" by AlgolPlus: a row a product, titles a shop may choose among and reorder.

    Shops fill the order's own columns on its first row only, its number among them, or on each row.
    """

    key = "woo_advanced_export"
    title = "WooCommerce order export (Advanced Order Export)"
    table = {
        "number": (("order number", "numero de pedido"), ("order id",)),
        "external_id": (("order id",),),
        "placed_at": (("order date",),),
        "paid_at": (("paid date",),),
        "financial_status": (("order status",),),
        "fulfillment_status": (("order status",),),
        "subtotal": (("order subtotal amount",),),
        "shipping": (("order shipping amount",),),
        "total": (("order total amount",),),
        "refunded": (("order refund amount",),),
        "currency": (("currency",),),
        "payment_method": (("payment method title",), ("payment method",)),
        "email": (("email billing",),),
        "phone": (("phone billing",), ("phone shipping",)),
        "customer_name": (("first name billing",), ("full name billing",)),
        "customer_last_name": (("last name billing",),),
        "ship_name": (("first name shipping",), ("full name shipping",)),
        "ship_last_name": (("last name shipping",),),
        "country": (("country code shipping",), ("country code billing",)),
        "note": (("customer note",),),
        "order_notes": (("order notes",),),
        "discount_code": (("coupon code", "coupons", "coupon codes"),),
        "language": (("wpml language", "order language", "customer language", "language"),),
        "aliexpress": (ALIEXPRESS_NUMBER_TITLES,),
        "line_position": (("item",),),
        "line_name": (("item name", "product name", "name"),),
        "line_variation": (("product variation",),),
        "line_sku": (("sku",),),
        "line_quantity": (("quantity", "qty"),),
        "line_quantity_left": (("quantity refund",),),
        "line_price": (("item cost",),),
        "line_total": (("order line total", "order line w o tax"),),
    }
    required = ("number",)
    telling = frozenset(
        {
            "customer_name", "customer_last_name", "email", "phone", "country", "ship_name", "total",
            "subtotal", "refunded", "line_price", "line_total", "line_quantity_left",
        }
    )  # fmt: skip
    telling_needed = 2
    line_fields = frozenset(
        {
            "line_position", "line_name", "line_variation", "line_sku", "line_quantity", "line_quantity_left",
            "line_price", "line_total",
        }
    )  # fmt: skip

    def continues(self, row: Sequence[str], columns: Columns) -> bool:
        """A product and nothing else. A sum at the end of the file has amounts too, but names no product."""
        if not any(row[at].strip() for name in ("line_name", "line_sku") for at in columns.all(name)):
            return False
        own = (*self.own_columns(columns), *_more_of_the_order(tuple(columns.header)))
        return not any(row[at].strip() for at in own)

    def lines(self, cells: CellColumns, codes: Sequence[str]) -> Sequence[tuple[ParsedLine, ...]]:
        names, variations, skus = map(cells.read, ("line_name", "line_variation", "line_sku"))
        quantities = cells.read("line_quantity")
        prices = cells.parse(
            "line_price", lambda text, code: unit_price(text, code, cells.conventions), codes
        )
        left = [cell.strip() for cell in cells.cells("line_quantity_left")]
        untold = [not cell.strip() for cell in cells.cells("line_quantity")]
        # Nothing left: refunded whole, in a file that tells only what is left.
        gone = [no_other and cell in ("0", "0.0") for no_other, cell in zip(untold, left, strict=True)]
        asked = [no_other and not none for no_other, none in zip(untold, gone, strict=True)]
        left_over = cells.read("line_quantity_left", where=asked)
        lines: list[tuple[ParsedLine, ...]] = []
        for name, variation, sku, told, more, price, is_gone in zip(
            names, variations, skus, quantities, left_over, prices, gone, strict=True
        ):
            quantity = told or more
            if is_gone or (not name and quantity is None and price is None):
                lines.append(())
                continue
            worded = f"{name} ({variation})" if name and variation else name or ""
            lines.append((ParsedLine(worded, sku, None, quantity or 1, price),))
        return lines
