from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "closedorders.imports"

    def ready(self) -> None:
        # Models can be imported only now.
        from closedorders.accounts.audit.words import name_fields, name_values
        from closedorders.orders import extensions
        from closedorders.orders.field_names import field_name

        from .order_extension import ImportsOfOrders
        from .wording.columns import KINDS
        from .wording.names import ANSWER_NAMES, DATE_ORDERS, DECIMAL_SIGNS

        name_fields({name: words for name, words in ANSWER_NAMES.items() if name != "time_zone"})
        name_fields(
            {
                "kind_of_rows": _("Kind of rows"),
                "columns": _("Columns"),
                "new": _("New"),
                "changed": _("Changed"),
                "unchanged": _("Unchanged"),
                "removed": _("Removed again"),
                "changed_back": _("Changed back"),
                "left": _("Left as they are"),
                "bad_rows": _("Rows that could not be read"),
                "supplier_orders": _("AliExpress orders"),
                "taken_from_file": _("Taken from the file, not as typed"),
            }
        )
        name_values("kind_of_rows", lambda kind: str(KINDS[kind][0]) if kind in KINDS else kind)
        name_values("date_order", lambda code: str(DATE_ORDERS.get(code, code)))
        name_values("decimal_sign", lambda code: str(DECIMAL_SIGNS.get(code, code)))
        name_values("taken_from_file", lambda names: ", ".join(map(field_name, names.split(", "))))
        extensions.register("imports", ImportsOfOrders())
