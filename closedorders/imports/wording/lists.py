"""Lists that are no list of orders: what each is, and where the orders are exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from .names import Sentence

#: Code of `tables.base.REFUSALS` -> what the file is.
LISTS: Mapping[str, Sentence] = {
    "list_of_carts": _(
        "This is a list of abandoned carts: nobody paid for them, so there are no orders in this file."
    ),
    "list_of_payments": _("This is a list of payments, not of orders."),
    "list_of_payouts": _("This is a list of payouts to your bank, not of orders."),
    "list_of_customers": _("This is a list of customers, not of orders."),
    "list_of_products": _("This is a list of products, not of orders."),
    "list_of_drafts": _("These are draft orders: customers have not placed them yet."),
    "list_of_refunds": _("This is a list of refunds, not of orders."),
    "list_of_sums": _("This is a sales report: it adds orders up and does not list them."),
}

#: Whose export it is -> where the list of orders is found there.
_WHERE: Mapping[str, Sentence] = {
    "shopify": _("In Shopify, open Orders, choose Export at the top, and upload the CSV file you get."),
    "woocommerce": _(
        "In WooCommerce, open Analytics, then Orders, choose Download, and upload the CSV file you get."
    ),
    "aliexpress": _(
        "Export your orders from “My orders” at AliExpress with a browser extension, and upload that file."
    ),
    "dsers": _("In DSers, export your orders, or export them from your shop, and upload that file."),
}
_ANYWHERE = _("Open the list of orders in your shop, export it as CSV, and upload that file.")


def where_orders_are(params: Mapping[str, Any]) -> str:
    return str(_WHERE.get(params.get("shop", ""), _ANYWHERE))
