from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "closedorders.orders"

    def ready(self) -> None:
        # Models can be imported only now.
        from closedorders.accounts.audit.words import hide_field, name_fields, name_values

        from .bulk import verbs as bulk_verbs  # noqa: F401  # Importing registers them.
        from .bulk.plan import verb_label
        from .field_names import FIELD_NAMES
        from .listing.rows import SHOP_STATES
        from .listing.tabs import FILTERS

        # Of a tab that a person kept its name says enough: the rest are codes and keys.
        for each in ("view", "sort", *FILTERS):
            hide_field(each, thing="accounts.membership")
        name_fields(FIELD_NAMES)
        name_fields(
            {
                "bulk_verb": _("What was done"),
                "bulk_wanted": _("Value"),
                "bulk_left": _("Changed since, left as they are"),
            }
        )
        name_values("bulk_verb", verb_label)
        for field in ("financial_status", "fulfillment_status"):
            name_values(field, lambda state: str(SHOP_STATES.get(state, state)))
