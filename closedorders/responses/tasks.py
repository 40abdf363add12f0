from __future__ import annotations

from celery import shared_task

from closedorders.core.task_queue.enqueue import enqueue_on_commit

from .inbox.models import ReplyMailbox

_AT_ONCE = 20


# Shorter than `inbox.reading.LEASE`: a mailbox is never given to a second worker meanwhile.
@shared_task(name="closedorders.responses.tasks.read_mailbox", soft_time_limit=180, time_limit=210)
def read_mailbox(mailbox_id: int) -> None:
    # Brings what reads mails, which few processes ever need.
    from .inbox import reading

    reading.run(mailbox_id)


@shared_task(name="closedorders.responses.tasks.sweep_mailboxes")
def sweep_mailboxes() -> None:
    """Enqueue the mailboxes that are due and no worker has."""
    due = ReplyMailbox.objects.due().order_by("due_at").values_list("pk", flat=True)[:_AT_ONCE]
    for mailbox_id in due:
        enqueue_on_commit(read_mailbox, mailbox_id)
