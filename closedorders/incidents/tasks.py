from __future__ import annotations

from celery import shared_task

from .drill import actions


@shared_task(name="closedorders.incidents.tasks.remove_old_drills")
def remove_old_drills() -> None:
    """Delete fire drills that nobody ended within a day."""
    actions.remove_old_drills()
