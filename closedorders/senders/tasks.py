from __future__ import annotations

from celery import shared_task

from closedorders.core.task_queue.enqueue import enqueue_on_commit

from .models import ReplyTest, SenderCheck

_AT_ONCE = 20


# Shorter than `checking.LEASE` and `reply_mail.LEASE`: a row is never given to a second worker meanwhile.
@shared_task(name="closedorders.senders.tasks.check_sender", soft_time_limit=180, time_limit=210)
def check_sender(check_id: int) -> None:
    # Brings dnspython, which few workers ever need.
    from . import checking

    checking.run(check_id)


@shared_task(name="closedorders.senders.tasks.send_reply_test", soft_time_limit=180, time_limit=210)
def send_reply_test(test_id: int) -> None:
    from . import reply_mail

    reply_mail.send(test_id)


@shared_task(name="closedorders.senders.tasks.sweep")
def sweep() -> None:
    """Enqueue what is due and no worker has."""
    for check_id in SenderCheck.objects.due().order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]:
        enqueue_on_commit(check_sender, check_id)
    for test_id in ReplyTest.objects.due().order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]:
        enqueue_on_commit(send_reply_test, test_id)
