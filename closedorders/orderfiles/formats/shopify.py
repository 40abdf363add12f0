"""Shopify's order export."""

from __future__ import annotations

from collections.abc import Sequence

from ..columns import Columns, normalised_header
from ..fields import ALIEXPRESS_NUMBER_TITLES, ORDER_NUMBER_TITLES
from .store_orders import StoreOrders

#: On further rows of an order Shopify fills these, and its products.
_REPEATED = ("number", "placed_at", "email", "phone")
_NAMES = frozenset({"name", "nombre"})
_NUMBERS = frozenset({*ORDER_NUMBER_TITLES, "order id"})


class ShopifyOrders(StoreOrders):
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
        "discount_code": (("discount code", "codigo de descuento"),),
        # A column of an app or of the merchant's own: Shopify itself writes none.
        "language": (("customer locale", "customer language", "locale", "language", "idioma"),),
        "tags": (("tags", "etiquetas"),),
        "note": (("notes", "note", "notas", "nota"),),
        "note_attributes": (("note attributes",),),
        "aliexpress": (ALIEXPRESS_NUMBER_TITLES,),
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
    # Shopify writes all it has: what is blank there is gone.
    erasable = frozenset({"refunded", "cancelled_at", "paid_at", "note", "tags", "lines"})

    #: Filled on the first row of every order and on no other; the second ones tell where the first were cut away. Paid
    #: at is none of them: it is blank until an order is paid.
    _first_row_fields = ("financial_status", "currency")
    _other_first_row_fields = ("total", "subtotal", "external_id")
    always_marked = True

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

    def continues(self, row: Sequence[str], columns: Columns) -> bool:
        """A product, and nothing of an order but what Shopify repeats on each of its rows."""
        if not any(row[at].strip() for name in ("line_name", "line_sku") for at in columns.all(name)):
            return False
        repeated = {at for name in _REPEATED for at in columns.all(name)}
        return not any(row[at].strip() for at in self.own_columns(columns) if at not in repeated)

    def first_row_columns(self, columns: Columns) -> tuple[int, ...]:
        marks = columns.firsts(self._first_row_fields)
        if not marks and not self.line_fields.isdisjoint(columns.fields):
            marks = columns.firsts(self._other_first_row_fields)
        return marks
