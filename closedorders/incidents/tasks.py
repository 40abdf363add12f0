from __future__ import annotations

from celery import shared_task

from closedorders.core.task_queue.enqueue import enqueue_on_commit

from .digest import sending
from .drill import actions as drill


# Shorter than the lease of a row: it is never given to a second worker while the first may still send.
@shared_task(name="closedorders.incidents.tasks.send_digest", soft_time_limit=200, time_limit=240)
def send_digest(membership_id: int) -> None:
    sending.send(membership_id)


@shared_task(name="closedorders.incidents.tasks.sweep_digests")
def sweep_digests() -> None:
    """Enqueue every morning summary that is due and that no worker has."""
    for membership_id in sending.due_ids():
        enqueue_on_commit(send_digest, membership_id)


@shared_task(name="closedorders.incidents.tasks.remove_old_drills")
def remove_old_drills() -> None:
    """Delete fire drills that nobody ended within a day."""
    drill.remove_old_drills()
