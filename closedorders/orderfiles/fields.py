"""The fields that files have of an order: how the cells of each are read, and how people title their columns.

A column of a known export that is read is a line here and a line in the format's table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from .cells import (
    parse_aliexpress_number,
    parse_aliexpress_numbers,
    parse_country,
    parse_currency,
    parse_discount_code,
    parse_email,
    parse_emails,
    parse_external_id,
    parse_external_ids,
    parse_language,
    parse_order_number,
    parse_order_numbers,
    parse_person_name,
    parse_person_names,
    parse_phone,
    parse_phones,
    parse_quantity,
    parse_tracking_number,
    unmasked_text,
    unmasked_texts,
)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column can have of an order.

    `parse` reads a cell that is not blank, or is what the file decides: an amount in the order's currency, a moment in
    its zone. `many` reads cells at once, blank ones too, and may raise `BadValue` without saying for which; without it
    values are remembered by their text. `blank` is the value of a blank cell; a `required` one may not be blank.
    `titles` are how people head such a column in lists of their own, normalised, from the plainest spelling to the
    vaguest; what a program writes is in the table of its format.
    """

    name: str
    parse: Callable[[str], Any] | Literal["amount", "moment"] = unmasked_text
    many: Callable[[Sequence[str]], Sequence[Any]] | None = None
    blank: Any = ""
    required: bool = False
    titles: tuple[str, ...] = ()


#: What a script writes for something it did not find on the page.
UNDEFINED = frozenset({"undefined", "null"})


def parse_scraped_quantity(text: str) -> int | None:
    return None if text in UNDEFINED else parse_quantity(text.lstrip("xX×"))


def _spelt(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


_NUMBER_TITLES = _spelt(
    "order number, order no, order nr, order, order id, order name, order ref, order reference, sale, "
    "orderid, ordernumber, numero de pedido, n pedido, no pedido, pedido, id pedido, id de pedido, "
    "n de pedido, no de pedido, numero de orden, n de orden, no de orden, n orden, id de orden, id orden, orden, "
    "numero de venta, id de venta, web order number, order code, "
    "bestellnummer, bestell nr, bestellnr, bestellung, auftragsnummer, auftrag, bestell id, "
    "numero de commande, n de commande, no de commande, commande, id commande, id de commande, "
    "numero ordine, numero d ordine, n ordine, ordine, id ordine, "
    "numero da encomenda, numero do pedido, n do pedido, encomenda, id da encomenda, id do pedido, "
    "bestelnummer, ordernummer, bestelling, order nummer, bestel id, "
    "numer zamowienia, nr zamowienia, zamowienie, id zamowienia, "
    "referencia, reference, ref, number, numero, no, nr"
)
#: Titles that say they are a store's order number. Not "name": Shopify alone calls it that, everybody else a person.
ORDER_NUMBER_TITLES = _spelt(
    "store order number, store order, shop order, shopify order, shopify order number, woocommerce order, "
    "order number, order name, order, order no, numero de pedido, nombre del pedido, pedido, "
    "pedido tienda, pedido de la tienda, n pedido, no pedido"
)
ALIEXPRESS_NUMBER_TITLES = _spelt(
    "aliexpress order number, aliexpress order numbers, aliexpress order, aliexpress orders, "
    "aliexpress order id, aliexpress order ids, aliexpress number, aliexpress numbers, aliexpress id, "
    "aliexpress, ali order number, ali order numbers, ali order, ali orders, ali order id, ali number, "
    "ae order number, ae order, ae order id, pedido aliexpress, pedidos aliexpress, pedido de aliexpress, "
    "numero de pedido aliexpress, numero de pedido de aliexpress, numero pedido aliexpress, "
    "numeros aliexpress, numero aliexpress, n pedido aliexpress"
)


def _registry(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in fields}


def _amount(name: str, titles: str) -> Field:
    return Field(name, "amount", blank=None, titles=_spelt(titles))


def _moment(name: str, titles: str) -> Field:
    return Field(name, "moment", blank=None, titles=_spelt(titles))


STORE_ORDER_FIELDS = _registry(
    Field(
        "number",
        parse_order_number,
        parse_order_numbers,
        required=True,
        titles=(*_NUMBER_TITLES, "name", "nombre", "nombre del pedido", *ORDER_NUMBER_TITLES),
    ),
    Field("currency", parse_currency, titles=_spelt("currency, currency code, moneda, divisa")),
    Field(
        "note",
        many=unmasked_texts,
        titles=_spelt(
            "note, notes, comment, comments, remarks, nota, notas, comentario, comentarios, observaciones"
        ),
    ),
    Field("order_notes", many=unmasked_texts),
    Field("tags", titles=_spelt("tags, labels, etiquetas")),
    Field("note_attributes", many=unmasked_texts),
    Field("aliexpress", parse_aliexpress_numbers, blank=(), titles=(*ALIEXPRESS_NUMBER_TITLES, "ae", "ali")),
    Field("products"),
    Field(
        "line_name",
        titles=_spelt(
            "product, product name, item, item name, title, description, producto, articulo, descripcion, "
            "lineitem name, product title"
        ),
    ),
    Field("line_variation"),
    Field("line_product"),
    Field(
        "line_quantity",
        parse_quantity,
        blank=None,
        titles=_spelt("quantity, qty, units, pcs, cantidad, uds, unidades, lineitem quantity"),
    ),
    Field("line_quantity_left", parse_quantity, blank=None),
    Field(
        "line_sku",
        titles=_spelt("sku, item sku, product sku, variant sku, referencia producto, lineitem sku, sku id"),
    ),
    Field("line_vendor", titles=_spelt("vendor, brand, proveedor, marca")),
    Field("external_id", parse_external_id, parse_external_ids, titles=_spelt("id")),
    Field(
        "email",
        parse_email,
        parse_emails,
        titles=_spelt(
            "email, e mail, mail, email address, customer email, correo, correo electronico, buyer email"
        ),
    ),
    Field(
        "phone",
        parse_phone,
        parse_phones,
        titles=_spelt("phone, telephone, mobile, tel, telefono, movil, billing phone, shipping phone"),
    ),
    Field(
        "customer_name",
        parse_person_name,
        parse_person_names,
        titles=_spelt(
            "customer, customer name, first name, given name, billing first name, client, client name, buyer, "
            "buyer name, full name, recipient, ship to, cliente, nombre del cliente, nombre y apellidos, "
            "comprador, destinatario, nombre, name, billing name, shipping name"
        ),
    ),
    Field(
        "customer_last_name",
        parse_person_name,
        parse_person_names,
        titles=_spelt(
            "last name, surname, family name, billing last name, shipping last name, apellido, apellidos"
        ),
    ),
    Field("ship_name", parse_person_name, parse_person_names),
    Field("ship_last_name", parse_person_name, parse_person_names),
    Field(
        "country",
        parse_country,
        titles=_spelt(
            "country, country code, ship country, shipping country, pais, pais de envio, billing country"
        ),
    ),
    _amount(
        "total",
        "total, order total, grand total, amount, total price, total amount, total paid, importe, "
        "importe total, total pedido, precio total",
    ),
    _amount("subtotal", "subtotal, sub total"),
    _amount("line_price", "price, unit price, item price, precio, precio unitario, lineitem price"),
    _amount(
        "shipping",
        "shipping cost, shipping price, delivery cost, gastos de envio, coste de envio, costo de envio, portes, "
        "shipping, envio",
    ),
    _amount(
        "refunded",
        "refund, refunded, refund amount, reembolso, reembolsado, refunded amount, importe reembolsado",
    ),
    _moment(
        "placed_at",
        "date, order date, created, created at, placed, placed at, purchase date, fecha, fecha pedido, "
        "fecha de pedido, fecha del pedido, fecha de compra, datum, fecha de creacion, creado el",
    ),
    _moment("paid_at", "paid, paid at, payment date, fecha de pago, pagado el"),
    _moment("cancelled_at", "cancelled at, canceled at, cancelado el"),
    Field(
        "financial_status",
        titles=_spelt("payment status, estado del pago, financial status, estado financiero"),
    ),
    Field(
        "fulfillment_status",
        titles=_spelt(
            "shipping status, delivery status, order status, estado del envio, estado del pedido, "
            "estado de preparacion, fulfillment status"
        ),
    ),
    Field("payment_method", titles=_spelt("payment method, payment, metodo de pago, forma de pago")),
    Field(
        "discount_code",
        parse_discount_code,
        titles=_spelt(
            "discount code, coupon code, coupon, coupons, voucher, voucher code, promo code, codigo de descuento, "
            "codigo descuento, cupon, cupones, codigo promocional"
        ),
    ),
    Field(
        "language",
        parse_language,
        titles=_spelt(
            "customer language, language, locale, customer locale, order language, wpml language, idioma, "
            "idioma del cliente, lengua"
        ),
    ),
)

SUPPLIER_ORDER_FIELDS = _registry(
    Field("number", parse_aliexpress_number, required=True, titles=ALIEXPRESS_NUMBER_TITLES + _NUMBER_TITLES),
    STORE_ORDER_FIELDS["currency"],
    Field("status", titles=_spelt("status, order status, state, estado, estado del pedido")),
    Field("end_reason"),
    Field("frozen"),
    Field(
        "tracking",
        parse_tracking_number,
        titles=_spelt(
            "tracking, tracking number, tracking no, tracking code, seguimiento, numero de seguimiento, "
            "n seguimiento"
        ),
    ),
    STORE_ORDER_FIELDS["line_name"],
    replace(STORE_ORDER_FIELDS["line_quantity"], parse=parse_scraped_quantity),
    Field("price_info"),
    STORE_ORDER_FIELDS["line_sku"],
    STORE_ORDER_FIELDS["placed_at"],
    STORE_ORDER_FIELDS["paid_at"],
    Field(
        "supplier_name",
        titles=_spelt("supplier, seller, store, store name, shop, proveedor, vendedor, tienda"),
    ),
    Field("supplier_url", titles=_spelt("store url, seller url, store link, shop link")),
    _amount(
        "cost",
        "cost, total, order total, amount, order amount, total price, coste, costo, importe, total pagado, "
        "total order amount",
    ),
    _amount("price", "price, unit price, item price, precio, precio unitario"),
    Field("store_order", parse_order_number, titles=ORDER_NUMBER_TITLES + _NUMBER_TITLES),
)

LINK_FIELDS = _registry(
    replace(STORE_ORDER_FIELDS["number"], titles=(*_NUMBER_TITLES, *ORDER_NUMBER_TITLES, "name")),
    replace(STORE_ORDER_FIELDS["aliexpress"], required=True),
)
