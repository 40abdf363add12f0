"""Celery tasks of no app in particular: the heartbeat of workers and the removal of stray files."""

from __future__ import annotations

from celery import shared_task
from celery.signals import worker_ready
from django.db import close_old_connections, connection

from closedorders.core.files import stored_files
from closedorders.core.health import worker_is_here


@shared_task(name="closedorders.core.tasks.heartbeat")
def heartbeat() -> None:
    """Note that a worker is alive. Beat enqueues it, so it shows that beat, broker and a worker all run."""
    worker_is_here()


@shared_task(name="closedorders.core.tasks.remove_stray_files")
def remove_stray_files() -> None:
    stored_files.remove_stray_files()


@worker_ready.connect(dispatch_uid="closedorders.core.first-heartbeat")
def first_heartbeat(**_: object) -> None:
    """Note at its start that a worker is alive: beat enqueues the first heartbeat only later."""
    close_old_connections()
    worker_is_here()
    connection.close()
