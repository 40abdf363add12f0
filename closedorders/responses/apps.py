from __future__ import annotations

from django.apps import AppConfig


class ResponsesConfig(AppConfig):
    name = "closedorders.responses"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.urls import reverse
        from django.utils.translation import gettext_lazy as _

        from closedorders.accounts.audit.words import name_fields, name_values
        from closedorders.core.page_urls import register_page
        from closedorders.documents.keys import register_wrapped_keys
        from closedorders.orders import extensions
        from closedorders.outreach.models import Message

        from .models import ReplyMailbox
        from .order_extension import ResponsesOfOrders

        name_fields({"mailbox_security": _("Encryption")})
        name_values("mailbox_security", ReplyMailbox.Security)
        register_wrapped_keys(ReplyMailbox)
        extensions.register("responses", ResponsesOfOrders())
        register_page(
            Message, lambda message: reverse("responses:page", args=[message.team.slug, message.pk])
        )
