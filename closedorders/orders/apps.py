from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "closedorders.orders"

    def ready(self) -> None:
        # Models can be imported only now.
        from closedorders.accounts.audit.words import hide_field, name_fields, name_values
        from closedorders.documents import extensions as documents

        from .bulk import verbs as bulk_verbs  # noqa: F401  # Importing registers them.
        from .bulk.plan import verb_label
        from .field_names import FIELD_NAMES
        from .listing.rows import SHOP_STATES
        from .listing.tabs import FILTERS
        from .models import AlipayVerification, BuyerAccount, Platform, SupplierOrder

        documents.register_numbers("orders", SupplierOrder.objects.known_numbers)
        # Of a tab that a person kept its name says enough: the rest are codes and keys.
        for each in ("view", "sort", *FILTERS):
            hide_field(each, thing="accounts.membership")
            # So is the list that was exported; whose file it was and when says enough.
            hide_field(each, thing="accounts.team")
        hide_field("columns", thing="accounts.membership")
        name_fields(FIELD_NAMES)
        name_fields(
            {
                "bulk_verb": _("What was done"),
                "bulk_wanted": _("Value"),
                "bulk_left": _("Changed since, left as they are"),
                "platform": _("Platform"),
                "sender_name": _("Sender name"),
                "sender_email": _("Sender e-mail"),
                "reply_to": _("Replies go to"),
                "delivery_days": _("Days of delivery promised"),
                "label": _("Label"),
                "tier": _("Tier"),
                "card_country": _("Country of the card"),
                "ordering_place": _("Usual place of ordering"),
                "alipay_outcome": _("Alipay verification"),
            }
        )
        name_values("bulk_verb", verb_label)
        name_values("state", BuyerAccount.State, thing="orders.buyeraccount")
        name_values("alipay_outcome", AlipayVerification.Outcome)
        name_values("platform", Platform)
        name_values("payment_method", SupplierOrder.PaidWith)
        for field in ("financial_status", "fulfillment_status"):
            name_values(field, lambda state: str(SHOP_STATES.get(state, state)))
