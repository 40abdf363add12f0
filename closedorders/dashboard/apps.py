from __future__ import annotations

from django.apps import AppConfig
from django.urls import reverse


class DashboardConfig(AppConfig):
    name = "closedorders.dashboard"

    def ready(self) -> None:
        # Models can be imported only now.
        from closedorders.accounts.models import Team
        from closedorders.core.page_urls import register_page

        register_page(Team, lambda team: reverse("dashboard:today", args=[team.slug]))
