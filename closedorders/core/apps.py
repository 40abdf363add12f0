from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "closedorders.core"

    def ready(self) -> None:
        from closedorders.core import checks  # noqa: F401  # Importing registers them.
