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
        from closedorders.imports import extensions as import_extensions
        from closedorders.orders import extensions
        from closedorders.orders.bulk.plan import register
        from closedorders.orders.models import SupplierOrder

        from .builtin_reasons import BUILTIN
        from .bulk.reason import SetMissingReasons
        from .bulk.rules import LEFT_OUT
        from .bulk.verbs import OUTCOME_VERBS
        from .logs.import_extension import ClosuresOfImports
        from .models import Closure, ClosureReason, Incident
        from .order_extension import ClosuresOfOrders
        from .playbooks import PLAYBOOK_LABELS

        register(SetMissingReasons())
        for verb in OUTCOME_VERBS:
            register(verb(), LEFT_OUT)

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
                "origin": _("Closed by"),
                "closures": _("Closures"),
                "hours": _("Hours"),
                "proposed_cause": _("Likely cause"),
                "storm_closures": _("Closures that make a storm"),
                "storm_hours": _("Hours of a storm"),
                "payment_method": _("Payment method"),
                "replacement": _("Number of the new AliExpress order"),
                "closures_still_open": _("Closures still open"),
                "verified_on": _("Last checked on"),
                "steps": _("Steps"),
                "step": _("Step"),
                "minutes": _("Minutes"),
                "customers_asked": _("Customers who had to ask"),
                "lessons": _("What we change"),
                **PLAYBOOK_LABELS,
                "follows": _("Follows incident"),
                "into": _("Into incident"),
                "why": _("Why"),
                "ended_at": _("Ended"),
            }
        )
        name_values("reason", reason)
        name_values("cause", reason)
        name_values("proposed_cause", reason)
        name_values("code", reason)
        for field in ("reason", "cause", "code", "proposed_cause"):
            name_team_values(field, ClosureReason.objects.names)
        # Older lines of one reason for many have keys, which bulk edits keep by now; its code is what people read.
        hide_field("reason", thing="accounts.team")
        hide_field("reasons", thing="accounts.team")
        name_things(Incident)
        name_values("outcome", Closure.Outcome, thing="closures.closure")
        name_values("outcome", Closure.Outcome, thing="accounts.team")
        name_values("origin", Closure.Origin, thing="closures.closure")
        name_values("source", Closure.Source, thing="closures.closure")
        name_values("payment_method", SupplierOrder.PaidWith, thing="closures.closure")
        extensions.register("closures", ClosuresOfOrders())
        import_extensions.register("closures", ClosuresOfImports())
