from __future__ import annotations

from django.apps import AppConfig
from django.urls import reverse


class IncidentsConfig(AppConfig):
    name = "closedorders.incidents"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.utils.translation import gettext_lazy as _

        from closedorders.accounts.audit.words import name_fields, name_values
        from closedorders.cases.undo import register_built_on
        from closedorders.closures.models import Incident
        from closedorders.core.page_urls import register_page
        from closedorders.orders import extensions
        from closedorders.orders.models import SupplierOrder
        from closedorders.responses.personal_data.subject import Holder, register_holder

        from .order_extension import IncidentsOfOrders
        from .reminders.personal_data import erase_notes_of_customer, notes_of_customer
        from .reorder.models import ReorderLine
        from .undo import sending_rests_on

        def url(incident: Incident) -> str:
            return reverse("incidents:incident", args=[incident.team.slug, incident.number])

        register_page(Incident, url)
        extensions.register("incidents", IncidentsOfOrders())
        name_values("payment_method", SupplierOrder.PaidWith, thing="closures.incident")
        name_values("shipping", ReorderLine.Shipping, thing="closures.closure")
        name_fields(
            {
                "batch": _("Batch"),
                "batches": _("Batches"),
                "gift": _("Gift to add"),
                "items": _("Product lines"),
                "supplier_refund_expected": _("Expected back"),
                "supplier_refund_currency": _("Currency"),
                "supplier_refund_announced_on": _("Announced on"),
                "supplier_refund_received": _("Received"),
                "supplier_refund_received_on": _("Received on"),
                "announced_on": _("Announced on"),
                "received_on": _("Received on"),
                "first_day": _("Earliest, in business days"),
                "last_day": _("Latest, in business days"),
                "due_at": _("Follow up on"),
                "note": _("Note"),
                "person": _("Who"),
                "digest": _("Morning summary"),
            }
        )
        name_values("digest", lambda value: str(_("On") if value == "on" else _("Off")))
        register_built_on(sending_rests_on)
        register_holder("reminders", Holder(notes_of_customer, erase_notes_of_customer))
