from __future__ import annotations

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "closedorders.orders"

    def ready(self) -> None:
        # Models can be imported only now.
        from closedorders.accounts.audit_words import name_fields

        from .issue_texts import FIELD_NAMES

        name_fields(FIELD_NAMES)
