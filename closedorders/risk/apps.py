from __future__ import annotations

from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "closedorders.risk"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.utils.translation import gettext_lazy as _

        from closedorders.accounts.audit.words import name_fields, name_values
        from closedorders.closures.actions.storms import register_proposer
        from closedorders.documents.keys import register_wrapped_keys
        from closedorders.orders import extensions

        from .checklist import red_causes
        from .models import AccountEvent, AlertSettings, Confirmation, Notice, PocketEntry, Trip
        from .order_extension import RiskOfOrders
        from .tuning import TUNABLE

        register_proposer(red_causes)
        register_wrapped_keys(AlertSettings)
        extensions.register("risk", RiskOfOrders())

        name_fields(
            {
                "answer": _("Answer"),
                "expires_at": _("Good until"),
                "note": _("Note"),
                "notice": _("Message to"),
                "sent_on": _("Sent on"),
                "until": _("Until"),
                "starts_on": _("Leaves on"),
                "ends_on": _("Is back on"),
                "trip_step": _("Step"),
                "account_event": _("What was changed"),
                "happened_on": _("Happened on"),
                "pocket": _("Pocket credit"),
                "amount": _("Amount"),
                "expires_on": _("Good until"),
                "alerts_act": _("Alerts to act on"),
                "alerts_watch": _("Alerts to watch"),
                "alerts_unknown": _("Alerts of what is unknown"),
                "stated_on": _("As of"),
                "network": _("Network"),
                "first_day": _("First day"),
                "last_day": _("Last day"),
                "webhook_host": _("Webhook address"),
                **{name: tunable.label for name, tunable in TUNABLE.items()},
            }
        )
        name_values("answer", Confirmation.Answer)
        name_values("notice", Notice.Kind)
        name_values("trip_step", Trip.Step)
        name_values("account_event", AccountEvent.Kind)
        name_values("pocket", PocketEntry.Kind)
