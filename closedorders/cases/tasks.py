from __future__ import annotations

from celery import shared_task

from closedorders.core.task_queue.enqueue import enqueue_on_commit

from . import retention
from .notices import sending


@shared_task(name="closedorders.cases.tasks.erase_documents")
def erase_documents() -> None:
    retention.erase_documents_of_closed_cases()


# Shorter than `sending.LEASE`: a row is never given to a second worker while the first may still send.
@shared_task(name="closedorders.cases.tasks.send_notice", soft_time_limit=120, time_limit=150)
def send_notice(notice_id: int) -> None:
    sending.send(notice_id)


@shared_task(name="closedorders.cases.tasks.sweep")
def sweep() -> None:
    """Enqueue every notice that is due and that no worker has, and forget those that are too old."""
    sending.forget_old()
    for notice_id in sending.due_ids():
        enqueue_on_commit(send_notice, notice_id)
