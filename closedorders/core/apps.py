"""The Django app of the plumbing that all other apps use."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    name = "closedorders.core"

    def ready(self) -> None:
        # Here and not in the package: processes without Django import parts of it, and Celery takes them 0.15 s.
        from closedorders import celery  # noqa: F401  # What it makes is the app that tasks are sent with.
        from closedorders.core import checks  # noqa: F401  # Importing registers them.
        from closedorders.core.database import any_of  # noqa: F401  # Importing registers it.
        from closedorders.core.database.name_folding import teach_sqlite

        connection_created.connect(teach_sqlite)
