from __future__ import annotations

from celery import shared_task

from closedorders.core.queue import ring

from . import import_runs
from .models import Import

# A file of a million rows takes longer than a task usually may. Killing one loses nothing: the sweep resumes it.
_LIMITS = {"soft_time_limit": 3 * 3600, "time_limit": 3 * 3600 + 60}


@shared_task(name="closedorders.orders.tasks.read_import", **_LIMITS)
def read_import(import_id: int) -> None:
    import_runs.read_file(import_id)


@shared_task(name="closedorders.orders.tasks.commit_import", **_LIMITS)
def commit_import(import_id: int) -> None:
    import_runs.commit_file(import_id)


@shared_task(name="closedorders.orders.tasks.sweep")
def sweep() -> None:
    """Ring for every import that no worker has: new ones whose bell was lost, and those of killed workers."""
    due = Import.objects.due().order_by("pk").values_list("pk", "state")[:100]
    for import_id, state in due:
        ring(commit_import if state == Import.State.COMMITTING else read_import, import_id)
