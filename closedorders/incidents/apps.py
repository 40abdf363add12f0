from __future__ import annotations

from django.apps import AppConfig
from django.urls import reverse


class IncidentsConfig(AppConfig):
    name = "closedorders.incidents"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.utils.translation import gettext_lazy as _

        from closedorders.accounts.audit.words import name_fields, name_values
        from closedorders.closures.models import Incident
        from closedorders.core.page_urls import register_page
        from closedorders.orders.models import SupplierOrder

        from .reorder.models import ReorderLine

        name_fields(
            {
                "batch": _("Batch"),
                "batches": _("Batches"),
                "gift": _("Gift to add"),
                "items": _("Product lines"),
            }
        )
        name_values("payment_method", SupplierOrder.PaidWith, thing="closures.incident")
        name_values("shipping", ReorderLine.Shipping, thing="closures.closure")

        def url(incident: Incident) -> str:
            return reverse("incidents:incident", args=[incident.team.slug, incident.number])

        register_page(Incident, url)
