from __future__ import annotations

from celery import shared_task

from . import retention


@shared_task(name="closedorders.cases.tasks.erase_documents")
def erase_documents() -> None:
    retention.erase_documents_of_closed_cases()
