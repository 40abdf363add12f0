from __future__ import annotations

from celery import shared_task

from closedorders.core.task_queue.enqueue import enqueue_on_commit

from .people import password_resets


# Shorter than `password_resets.LEASE`: a row is never given to a second worker while the first may still send.
@shared_task(name="closedorders.accounts.tasks.send_password_reset", soft_time_limit=120, time_limit=150)
def send_password_reset(request_id: int) -> None:
    password_resets.send(request_id)


@shared_task(name="closedorders.accounts.tasks.sweep")
def sweep() -> None:
    """Enqueue every password reset that is due and that no worker has, and forget those that are too old."""
    password_resets.forget_old()
    for request_id in password_resets.due_ids():
        enqueue_on_commit(send_password_reset, request_id)
