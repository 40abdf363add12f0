"""WooCommerce's order files: the Analytics report, and the exports of two plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache

from closedorders.orderfiles.cells import (
    BadValue,
    clean_text,
    find_aliexpress_numbers,
    parse_aliexpress_numbers,
    parse_country,
    parse_email,
    parse_order_number,
    parse_phone,
    parse_quantity,
)
from closedorders.orderfiles.tables.csv_table import MAX_COLUMNS

from ..columns import ALIEXPRESS_NUMBER_HEADERS, Columns, normalised_header
from ..records import ParsedLine, ParsedStoreOrder
from ..row_reader import RowReader
from .rows_of_order import RowsOfOrder, amount_in, full_name, unit_price_in
from .woo_cells import analytics_products, currency_of_amounts, two_amounts, webtoffee_item

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


class WooOrders(RowsOfOrder):
    """What the three have in common."""

    date_fields = ("placed_at", "paid_at")
    amount_fields = ("total", "subtotal", "line_price", "shipping", "refunded")

    def told_currency(self, reader: RowReader) -> str:
        return reader.told_currency("currency", sign_in=("total",))

    def total_and_refunded(self, reader: RowReader, currency: str) -> tuple[Decimal | None, Decimal | None]:
        def refund(text: str) -> Decimal:
            # Some write it below zero.
            return abs(reader.reading.amount(text, currency, allow_negative=True))

        return reader.value("total", amount_in(reader.reading, currency)), reader.value("refunded", refund)

    def order(self, reader: RowReader) -> ParsedStoreOrder:
        number = reader.value("number", parse_order_number, required=True)
        told = self.told_currency(reader)
        currency = reader.reading.currency_or_default(told)
        amount = amount_in(reader.reading, currency)
        total, refunded = self.total_and_refunded(reader, currency)
        note = reader.text("note")
        method = reader.text("payment_method")
        status = reader.text("financial_status")
        payment, shipping = shop_states(status, method or "") if status else (status, status)
        numbers = reader.value("aliexpress", parse_aliexpress_numbers) or ()
        found = find_aliexpress_numbers(note=f"{note or ''}\n{reader.text('order_notes') or ''}")
        return ParsedStoreOrder(
            source_lines=(reader.line,),
            number=number or "",
            external_id=reader.text("external_id"),
            email=reader.string("email", parse_email),
            phone=reader.string("phone", parse_phone),
            customer_name=full_name(reader, ("customer_name", "last_name"), ("ship_name", "ship_last_name")),
            country=reader.string("country", parse_country),
            currency=currency,
            currency_told=bool(told),
            subtotal=reader.value("subtotal", amount),
            shipping=reader.value("shipping", amount),
            total=total,
            refunded=refunded,
            placed_at=reader.moment("placed_at"),
            paid_at=reader.moment("paid_at"),
            cancelled_at=None,
            financial_status=payment,
            fulfillment_status=shipping,
            payment_method=method,
            tags=None,
            note=note,
            aliexpress_numbers=tuple(dict.fromkeys((*numbers, *found))),
            lines=(),
        )


#: In English, and as a plugin writes it that copies the report of a Spanish shop title by title (Lima Retail Analyzer).
_REPORTS_TOTAL = ("n revenue formatted", "net revenue formatted", "ingresos netos con formato")


class WooAnalytics(WooOrders):
    """The orders report of WooCommerce's Analytics: one row an order, amounts as text (`৳2,999`), no e-mail.

    "N. Revenue (formatted)" is the order's total as the shop words it, and after a refund two amounts: what it was and
    what is left. A refund also has a row of its own, below zero: that is no order. "Net sales" (once "N. Revenue") is
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
        "financial_status": (("status", "estado"),),
        "fulfillment_status": (("status", "estado"),),
        "customer_name": (("customer", "cliente"),),
        "customer_type": (("customer type", "tipo de cliente"),),
        "products": (("product s", "producto s"),),
        "items_sold": (("items sold", "articulos vendidos"),),
        "coupons": (("coupon s", "cupon es"),),
        "aliexpress": (ALIEXPRESS_NUMBER_HEADERS,),
    }  # fmt: skip
    required = ("number",)
    telling = frozenset({"total", "products", "items_sold", "coupons", "customer_type"})
    telling_needed = 2
    line_fields = frozenset({"products"})
    grouped = False

    def told_currency(self, reader: RowReader) -> str:
        told = ""
        if text := reader.text("total"):
            with suppress(BadValue):  # A sign that is none is reported when the amount itself is read.
                told = currency_of_amounts(text)
        return told or reader.told_currency("currency")

    def total_and_refunded(self, reader: RowReader, currency: str) -> tuple[Decimal | None, Decimal | None]:
        def amounts(text: str) -> tuple[Decimal, Decimal | None]:
            whole, left = two_amounts(
                text, lambda part: reader.reading.amount(part, currency, allow_negative=True)
            )
            if whole < 0:
                raise BadValue("refund_row")
            return whole, left

        if "total" not in reader.reading.fields:
            reader.reading.assume("no_total")
        found = reader.value("total", amounts)
        if found is None:
            return None, None
        whole, left = found
        return whole, Decimal(0) if left is None else whole - left

    def lines(self, reader: RowReader, currency: str) -> Sequence[ParsedLine]:
        return analytics_products(reader.text("products") or "")


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
        "currency": (("order currency",),),
        "payment_method": (("payment method title",), ("payment method",)),
        "email": (("billing email",), ("customer email",)),
        "phone": (("billing phone",), ("shipping phone",)),
        "customer_name": (("billing first name",),),
        "last_name": (("billing last name",),),
        "ship_name": (("shipping first name",),),
        "ship_last_name": (("shipping last name",),),
        "country": (("shipping country",), ("billing country",)),
        "note": (("customer note",),),
        "order_notes": (("order notes",),),
        "import_key": (("wt import key",),),
        "aliexpress": (ALIEXPRESS_NUMBER_HEADERS,),
        "line_items": tuple((f"line item {number}",) for number in range(1, MAX_COLUMNS)),
    }
    required = ("number",)
    telling = frozenset(
        {"total", "subtotal", "currency", "email", "customer_name", "shipping", "line_items", "import_key"}
        | {"paid_at", "note"}
    )
    # Some of these head other lists too: "Customer Email, Order Total, Paid Date".
    telling_needed = 4
    line_fields = frozenset({"line_items"})
    grouped = False

    def lines(self, reader: RowReader, currency: str) -> Sequence[ParsedLine]:
        return [
            line
            for line in reader.each("line_items", lambda text: webtoffee_item(text, currency, reader.reading))
            if line is not None
        ]


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
        "last_name": (("last name billing",),),
        "ship_name": (("first name shipping",), ("full name shipping",)),
        "ship_last_name": (("last name shipping",),),
        "country": (("country code shipping",), ("country code billing",)),
        "note": (("customer note",),),
        "order_notes": (("order notes",),),
        "aliexpress": (ALIEXPRESS_NUMBER_HEADERS,),
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
            "customer_name",
            "last_name",
            "email",
            "phone",
            "country",
            "ship_name",
            "total",
            "subtotal",
            "refunded",
        }
        | {"line_price", "line_total", "line_quantity_left"}
    )
    telling_needed = 2
    line_fields = frozenset(
        {"line_position", "line_name", "line_variation", "line_sku", "line_quantity", "line_quantity_left"}
        | {"line_price", "line_total"}
    )

    def continues(self, row: Sequence[str], columns: Columns) -> bool:
        """A product and nothing else. A sum at the end of the file has amounts too, but names no product."""
        if not any(row[at].strip() for name in ("line_name", "line_sku") for at in columns.all(name)):
            return False
        own = (*self.own_columns(columns), *_more_of_the_order(tuple(columns.header)))
        return not any(row[at].strip() for at in own)

    def lines(self, reader: RowReader, currency: str) -> Sequence[ParsedLine]:
        name = reader.text("line_name")
        quantity = reader.value("line_quantity", parse_quantity)
        price = reader.value("line_price", unit_price_in(reader.reading, currency))
        if quantity is None and not reader.text("line_quantity"):
            left = reader.text("line_quantity_left")
            if left in ("0", "0.0"):
                return ()  # Refunded whole, in a file that tells only what is left.
            quantity = reader.value("line_quantity_left", parse_quantity)
        if not name and quantity is None and price is None:
            return ()
        variation = reader.text("line_variation")
        worded = f"{name} ({variation})" if name and variation else name or ""
        return (ParsedLine(worded, reader.text("line_sku"), None, quantity or 1, price),)
