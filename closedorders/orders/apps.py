from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "closedorders.orders"

    def ready(self) -> None:
        # Models can be imported only now.
        from closedorders.accounts.audit.words import hide_field, name_fields, name_values

        from . import bulk_verbs  # noqa: F401  # Importing registers them.
        from .bulk import verb_label
        from .column_names import KINDS
        from .issue_texts import ANSWER_NAMES, DATE_ORDERS, DECIMAL_SIGNS, FIELD_NAMES, field_name
        from .order_rows import SHOP_STATES
        from .order_views import FILTERS

        # Of a tab that a person kept its name says enough: the rest are codes and keys.
        for each in ("view", "sort", *FILTERS):
            hide_field(each, thing="accounts.membership")
        name_fields(FIELD_NAMES)
        name_fields({name: words for name, words in ANSWER_NAMES.items() if name not in ("time_zone",)})
        name_fields(
            {
                "kind_of_rows": _("Kind of rows"),
                "columns": _("Columns"),
                "taken_from_file": _("Taken from the file, not as typed"),
                "bulk_verb": _("What was done"),
                "bulk_wanted": _("Value"),
                "bulk_left": _("Changed since, left as they are"),
            }
        )
        name_values("kind_of_rows", lambda kind: str(KINDS[kind][0]) if kind in KINDS else kind)
        name_values("bulk_verb", verb_label)
        name_values("date_order", lambda code: str(DATE_ORDERS.get(code, code)))
        name_values("decimal_sign", lambda code: str(DECIMAL_SIGNS.get(code, code)))
        name_values("taken_from_file", lambda names: ", ".join(map(field_name, names.split(", "))))
        for field in ("financial_status", "fulfillment_status"):
            name_values(field, lambda state: str(SHOP_STATES.get(state, state)))
