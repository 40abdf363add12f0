from __future__ import annotations

from django.apps import AppConfig


class ClosuresConfig(AppConfig):
    name = "closedorders.closures"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.utils.translation import gettext_lazy as _

        from closedorders.accounts.audit.words import (
            hide_field,
            name_fields,
            name_team_values,
            name_things,
            name_values,
        )
        from closedorders.orders import extensions
        from closedorders.orders.bulk.plan import register
        from closedorders.orders.models import SupplierOrder

        from .builtin_reasons import BUILTIN
        from .bulk_reason import SetMissingReasons
        from .models import Closure, ClosureReason, Incident
        from .order_extension import ClosuresOfOrders

        register(SetMissingReasons())

        def reason(code: str) -> str:
            return str(BUILTIN[code].name) if code in BUILTIN else code

        name_fields(
            {
                "reason": _("Reason"),
                "code": _("Reason"),
                "cause": _("Cause"),
                "closed_at": _("Closed at"),
                "orders": _("Orders"),
                "outcome": _("Outcome"),
                "incident": _("Incident"),
                "words": _("AliExpress's exact words"),
                "payment_method": _("Payment method"),
                "replacement": _("Number of the new AliExpress order"),
                "closures_still_open": _("Closures still open"),
                "what_happened": _("What happened"),
                "do_now": _("Do now"),
                "who_to_tell": _("Who to tell"),
                "payment_route": _("Payment route"),
                "prevention": _("Prevention"),
                "verified_on": _("Checked on"),
            }
        )
        name_values("reason", reason)
        name_values("cause", reason)
        name_values("code", reason)
        for field in ("reason", "cause", "code"):
            name_team_values(field, ClosureReason.objects.names)
        # Older lines of one reason for many have keys, which bulk edits keep by now; its code is what people read.
        hide_field("reason", thing="accounts.team")
        hide_field("reasons", thing="accounts.team")
        name_things(Incident)
        name_values("outcome", Closure.Outcome, thing="closures.closure")
        name_values("payment_method", SupplierOrder.PaidWith, thing="closures.closure")
        extensions.register("closures", ClosuresOfOrders())
