"""What fields of orders and customers are called on pages and in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: What `imports.merge.Change.field` and the audit trail call a field.
FIELD_NAMES: Mapping[str, Promise] = {
    "aliexpress_number": _("AliExpress order"),
    "buyer_account": _("Buyer account"),
    "buyer_name": _("Name on the order"),
    "cancelled_at": _("Cancelled"),
    "cost": _("Cost"),
    "currency": _("Currency"),
    "customer_country": _("Customer's country"),
    "customer_email": _("Customer's e-mail"),
    "customer_name": _("Customer's name"),
    "customer_phone": _("Customer's phone"),
    "customer_language": _("Customer's language"),
    "discount_code": _("Discount code used"),
    "email": _("E-mail"),
    "external_id": _("Number inside the shop"),
    "financial_status": _("Payment"),
    "fulfillment_status": _("Shipping state"),
    "language": _("Language"),
    "lines": _("Products"),
    "name": _("Name"),
    "note": _("Note"),
    "paid_at": _("Paid"),
    "payment_method": _("Payment method"),
    "placed_at": _("Placed"),
    "promised_by": _("Promised by"),
    "refunded": _("Refunded"),
    "ship_country": _("Ships to"),
    "shipping": _("Shipping"),
    "status": _("Status at AliExpress"),
    "store_order": _("Store order"),
    "subtotal": _("Subtotal"),
    "supplier": _("Supplier"),
    "tags": _("Tags"),
    "title": _("Product"),
    "total": _("Total"),
    "tracking_number": _("Tracking number"),
}


def field_name(field: str) -> str:
    return str(FIELD_NAMES.get(field, field.replace("_", " ").capitalize()))
