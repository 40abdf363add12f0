from __future__ import annotations

from celery import shared_task

from closedorders.core.task_queue.enqueue import enqueue_on_commit

from .models import Document
from .proof import checking

#: Reading a document takes minutes, and mails wait in the same queue.
_AT_ONCE = 2


@shared_task(name="closedorders.documents.tasks.check_document")
def check_document(document_id: int) -> None:
    checking.check(document_id)


@shared_task(name="closedorders.documents.tasks.run_self_test")
def run_self_test(self_test_id: int) -> None:
    # Brings Pillow, 6 MB that few workers ever need.
    from .proof import self_test

    self_test.run(self_test_id)


@shared_task(name="closedorders.documents.tasks.sweep")
def sweep() -> None:
    """Enqueue a few documents that no worker checks, and delete what showed too much for a day."""
    # Actions name the tasks above.
    from .proof.actions import erase_left_leaks

    more = max(0, _AT_ONCE - Document.objects.being_checked().count())
    for document_id in Document.objects.due().order_by("pk").values_list("pk", flat=True)[:more]:
        enqueue_on_commit(check_document, document_id)
    erase_left_leaks()
