"""Lists that shops export beside their orders: told by their header, or by what never varies in them.

They are named for what they are, and never read as orders: an abandoned cart has the columns of an order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from ..columns import Columns, normalised_header
from ..tables.base import FileRefused
from .base import Format
from .shopify import ShopifyOrders
from .woocommerce import WooOrders


class OtherList(NamedTuple):
    """`code` is a key of `REFUSALS`; `shop` is who writes such a list, "" where several do.

    A header is of it that has all titles of one of `headers`. Those are normalised.
    """

    code: str
    shop: str
    headers: tuple[frozenset[str], ...]


def _list(code: str, shop: str, *headers: str) -> OtherList:
    return OtherList(code, shop, tuple(frozenset(each.split(", ")) for each in headers))


OTHER_LISTS: tuple[OtherList, ...] = (
    _list(
        "list_of_carts", "woocommerce",
        "cart total, abandoned date", "cart total, cart status", "cart total, checkout link",
        "order status, cart total, email", "cart contents, cart total", "abandoned cart url, email",
        "abandoned date, email", "total del carrito, correo electronico", "carrito, total del carrito",
    ),
    _list("list_of_carts", "shopify", "abandoned checkout url, email", "checkout id, recovery status"),
    _list(
        "list_of_payments", "shopify",
        "transaction date, type, order, payout id, amount", "transaction date, payout status, amount, fee, net",
        "order, name, kind, gateway, amount", "order, kind, gateway, created at, status, amount",
        "type, order, card brand, payout date, amount",
    ),
    _list(
        "list_of_payments", "woocommerce",
        "transaction id, type, channel, amount, fees, net", "transaction id, date time, type, amount, fees, net",
        "transaction id, amount, fees, net, risk level", "transaction id, deposit id, amount",
    ),
    _list(
        "list_of_payments", "aliexpress",
        "payment id, order id, payment method, amount, payment time", "transaction id, order id, payment time",
        "paymentid, orderid, paymentmethod",
    ),
    _list(
        "list_of_payments", "",
        # PayPal in English, Spanish and German, and Stripe.
        "time zone, type, status, currency, gross, fee, net", "timezone, type, status, currency, gross, fee, net",
        "zona horaria, tipo, estado, divisa, bruto", "zeitzone, typ, status, wahrung, brutto, netto",
        "created utc, amount, amount refunded, currency, fee, card id",
        "created date utc, amount, amount refunded, currency, fee", "balance transaction id, gross, fee, net",
    ),
    _list(
        "list_of_payouts", "shopify",
        "payout date, status, charges, refunds, adjustments, fees, total", "payout date, charges, refunds, fees",
    ),
    _list(
        "list_of_payouts", "woocommerce",
        "deposit id, date, type, amount, status, bank account", "payout id, date, type, amount, status, bank account",
        "deposit id, amount, bank account", "payout id, amount, bank account",
    ),
    _list("list_of_payouts", "", "automatic payout id, payout amount", "payout id, arrival date, amount"),
    _list(
        "list_of_customers", "shopify",
        "first name, last name, email, total spent, total orders", "first name, last name, email, accepts marketing",
        "customer id, email, accepts email marketing", "customer id, first name, last name, total orders",
        "nombre, apellidos, correo electronico, total gastado", "email, total spent, total orders",
    ),
    _list(
        "list_of_customers", "woocommerce",
        "name, username, last active, email, orders, total spend",
        "nombre, nombre de usuario, ultima actividad, correo electronico", "username, email, total spend, aov",
        "user login, user email, user pass", "user login, user email, user registered",
        "customer id, user email, roles",
        "nombre, nombre de usuario, pedidos, gasto total",
    ),
    _list(
        "list_of_products", "shopify",
        "handle, title, vendor, variant price", "handle, title, body html, variant sku",
        "url handle, title, description, vendor, price", "title, url handle, sku, price",
        "handle, title, option1 name, sku, location", "handle, variant sku, variant price",
    ),
    _list(
        "list_of_products", "woocommerce",
        "id, type, sku, name, published, regular price", "id, tipo, sku, nombre, publicado, precio normal",
        "product title, sku, items sold, net sales, stock", "product title, sku, items sold, orders, category",
        "titulo del producto, sku, articulos vendidos, pedidos", "post title, sku, regular price, tax product type",
        "post title, post name, regular price, stock status",
    ),
    _list(
        "list_of_products", "aliexpress",
        "product id, product title, product url, sale price", "productid, title, producturl, saleprice",
    ),
    _list("list_of_products", "dsers", "product id, sku your product sku, supplier url optional"),
    _list("list_of_drafts", "shopify", "draft order, status, total", "name, invoice sent at, invoice url"),
    _list(
        "list_of_refunds", "aliexpress",
        "reverseorderid, orderid", "dispute id, order id", "disputeid, orderid", "refund id, order id, refund status",
    ),
    _list(
        "list_of_refunds", "shopify",
        "refund id, order, refunded at, amount", "refund id, order name, created at", "return name, order name",
        "order name, refund id, refund amount",
    ),
    _list(
        "list_of_refunds", "woocommerce",
        "refund id, order id, refund amount", "refund id, order number, refund amount",
        "refund id, order id, amount, reason", "refund id, parent id", "id de reembolso, pedido, importe",
    ),
    _list(
        "list_of_sums", "woocommerce",
        "date, orders, gross sales, returns, net sales, total sales",
        "fecha, pedidos, ventas brutas, devoluciones, ventas netas, ventas totales",
    ),
    _list(
        "list_of_sums", "shopify",
        "orders, gross sales, discounts, returns, net sales, total sales", "day, orders, total sales",
        "month, orders, total sales", "dia, pedidos, ventas totales", "mes, pedidos, ventas totales",
    ),
)  # fmt: skip

#: A column that a list of orders has and these have not, even where a shop added columns of theirs.
_OF_AN_ORDER = frozenset({"lineitem name", "lineitem quantity", "line item 1"})


def refuse_other_list(header: Sequence[str]) -> None:
    """Raise `FileRefused` where the header is of no list of orders but of another one we know."""
    titles = frozenset(map(normalised_header, header))
    if titles & _OF_AN_ORDER:
        return
    for each in OTHER_LISTS:
        if any(titles >= known for known in each.headers):
            raise FileRefused(each.code, shop=each.shop)


_DRAFT_NUMBER = re.compile(r"#?D\d+", re.ASCII)
_DRAFT_STATES = frozenset({"checkout draft", "wc checkout draft", "draft", "borrador"})

Rows = Callable[[], Iterable[tuple[int, list[str] | None]]]


def refuse_what_never_varies(
    format: Format, columns: Columns, first_rows: Sequence[list[str]], rows: Rows
) -> None:
    """Raise `FileRefused` for lists with the header of orders: abandoned carts, and drafts.

    `rows` gives the whole file: it is read where the first rows already look like that.
    """
    looked_for: dict[str, tuple[str, Callable[[list[str]], bool]]] = {}
    if isinstance(format, ShopifyOrders) and format.key == ShopifyOrders.key:
        states = (columns.first("financial_status"), columns.first("paid_at"))
        number = columns.first("number")
        looked_for = {
            "list_of_drafts": ("shopify", lambda row: bool(_DRAFT_NUMBER.fullmatch(row[number].strip())))
        }
        totals = columns.firsts(("total", "currency"))
        # Products whose orders' first rows were cut away have no total either.
        has_totals = len(totals) == 2 and any(
            all(row[at].strip() for at in totals) for row in first_rows if len(row) >= len(columns.header)
        )
        if states[0] >= 0 and has_totals:
            looked_for["list_of_carts"] = (
                "shopify",
                lambda row: not any(row[at].strip() for at in states if at >= 0),
            )
    elif isinstance(format, WooOrders) and (state := columns.first("financial_status")) >= 0:
        looked_for = {
            "list_of_drafts": (
                "woocommerce",
                lambda row: normalised_header(row[state]) in _DRAFT_STATES,
            )
        }
    width = len(columns.header)
    whole_rows = [row for row in first_rows if len(row) >= width]
    for code, (shop, is_one) in looked_for.items():
        if whole_rows and all(
            is_one(row)
            for row in chain(whole_rows, (row for _line, row in rows() if row and len(row) >= width))
        ):
            raise FileRefused(code, shop=shop)
