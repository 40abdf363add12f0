from __future__ import annotations

from celery import shared_task

from closedorders.core.task_queue.enqueue import enqueue_on_commit

from .logs import running
from .models import ClosureLog


@shared_task(name="closedorders.closures.tasks.run_log")
def run_log(log_id: int) -> None:
    running.run_log(log_id)


@shared_task(name="closedorders.closures.tasks.sweep")
def sweep() -> None:
    """Enqueue every log that no worker has: new ones whose task was lost, and those of killed workers."""
    for log_id in ClosureLog.objects.due().order_by("pk").values_list("pk", flat=True)[:100]:
        enqueue_on_commit(run_log, log_id)
