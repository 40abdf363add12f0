from __future__ import annotations

from celery import shared_task
from celery.signals import worker_ready
from django.db import close_old_connections, connection

from closedorders.core.files import stored_files
from closedorders.core.health import worker_is_here


@shared_task(name="closedorders.core.tasks.heartbeat")
def heartbeat() -> None:
    """Rung by beat, so its trace shows beat, broker and a worker to be alive."""
    worker_is_here()


@shared_task(name="closedorders.core.tasks.remove_stray_files")
def remove_stray_files() -> None:
    stored_files.remove_stray_files()


@worker_ready.connect(dispatch_uid="closedorders.core.first-heartbeat")
def first_heartbeat(**_: object) -> None:
    """Without this a page would call a fresh worker silent until beat's first ring."""
    close_old_connections()
    worker_is_here()
    connection.close()
