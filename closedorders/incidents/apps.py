from __future__ import annotations

from django.apps import AppConfig
from django.urls import reverse


class IncidentsConfig(AppConfig):
    name = "closedorders.incidents"

    def ready(self) -> None:
        # Models can be imported only now.
        from closedorders.cases.undo import register_built_on
        from closedorders.closures.models import Incident
        from closedorders.core.page_urls import register_page

        from .undo import sending_rests_on

        def url(incident: Incident) -> str:
            return reverse("incidents:incident", args=[incident.team.slug, incident.number])

        register_page(Incident, url)
        register_built_on(sending_rests_on)
