from __future__ import annotations

from django.apps import AppConfig


class ResponsesConfig(AppConfig):
    name = "closedorders.responses"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.urls import reverse

        from closedorders.core.page_urls import register_page
        from closedorders.orders import extensions
        from closedorders.outreach.models import Message

        from .order_extension import ResponsesOfOrders

        extensions.register("responses", ResponsesOfOrders())
        register_page(
            Message, lambda message: reverse("responses:page", args=[message.team.slug, message.pk])
        )
