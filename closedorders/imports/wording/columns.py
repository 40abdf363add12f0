"""What kinds of rows and columns are called where a person names the columns of a file."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from closedorders.orderfiles.formats.custom import MAPPED_FIELDS

Words = str | Promise

#: Kind -> (its name, what one row is).
KINDS: Mapping[str, tuple[Words, Words]] = {
    "store_orders": (
        _("Store orders"),
        _("What customers bought in your shop. Rows of one order number below each other are one order."),
    ),
    "aliexpress_orders": (
        _("AliExpress orders"),
        _(
            "What you bought at AliExpress, and for which order of your shop if the file says so. Rows of one "
            "AliExpress number below each other are one order."
        ),
    ),
    "order_links": (
        _("Which belongs to which"),
        _("Each row says which AliExpress orders were bought for a store order."),
    ),
}

_NAMES: Mapping[str, Words] = {
    "number": _("Order number"),
    "placed_at": _("Placed on"),
    "customer_name": _("Customer"),
    "customer_last_name": _("Customer's last name"),
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "country": _("Country"),
    "total": _("Total"),
    "currency": _("Currency"),
    "subtotal": _("Subtotal"),
    "shipping": _("Shipping"),
    "refunded": _("Refunded"),
    "financial_status": _("Payment state"),
    "fulfillment_status": _("Shipping state"),
    "paid_at": _("Paid on"),
    "cancelled_at": _("Cancelled on"),
    "payment_method": _("Payment method"),
    "aliexpress": _("AliExpress order number"),
    "line_name": _("Product"),
    "line_quantity": _("Quantity"),
    "line_price": pgettext_lazy("of one piece", "Price"),
    "line_sku": _("SKU"),
    "line_vendor": _("Vendor"),
    "note": _("Note"),
    "tags": _("Tags"),
    "external_id": _("Number inside the shop"),
    "discount_code": _("Discount code used"),
    "language": _("Customer's language"),
    "status": _("Status at AliExpress"),
    "tracking": _("Tracking number"),
    "cost": _("Cost of the order"),
    "supplier_name": _("Supplier"),
    "supplier_url": _("Supplier's address on the web"),
    "price": pgettext_lazy("of one piece", "Price"),
    "store_order": _("Order of your shop it was bought for"),
}


def column_name(kind: str, field: str) -> str:
    """What a column of this kind of rows is called; the order number is AliExpress's own where AliExpress has them."""
    if kind == "aliexpress_orders" and field == "number":
        field = "aliexpress"
    return str(_NAMES[field])


def column_choices(kind: str) -> list[tuple[str, str]]:
    """Field and name, in the order they are offered."""
    return [(field, column_name(kind, field)) for field in MAPPED_FIELDS[kind]]
