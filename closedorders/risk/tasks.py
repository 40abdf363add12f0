from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.core.task_queue.enqueue import enqueue_on_commit

from . import totals, window
from .alerts import sending
from .checklist import history

AT_ONCE = 200


@shared_task(name="closedorders.risk.tasks.settle_totals")
def settle_totals(team_id: int) -> None:
    """Count the changed days, and look at the checklist anew: what an import made worse is told in minutes."""
    totals.settle(team_id)
    window.fill(team_id)
    if history.may_have_snapshots(team_id):
        enqueue_on_commit(take_snapshot, team_id)


@shared_task(name="closedorders.risk.tasks.take_snapshot")
def take_snapshot(team_id: int) -> None:
    window.fill(team_id)
    history.take_snapshot(Team.objects.get(pk=team_id))


# Shorter than the lease of a row: it is never given to a second worker while the first may still send.
@shared_task(name="closedorders.risk.tasks.send_alert", soft_time_limit=200, time_limit=240)
def send_alert(delivery_id: int) -> None:
    sending.send(delivery_id)


@shared_task(name="closedorders.risk.tasks.sweep_alerts")
def sweep_alerts() -> None:
    """Enqueue the alerts that are due and that no worker has."""
    for delivery_id in sending.due_ids(timezone.now()):
        enqueue_on_commit(send_alert, delivery_id)


@shared_task(name="closedorders.risk.tasks.sweep")
def sweep() -> None:
    """Enqueue the teams whose daily totals are to be counted, and those whose checklist was long not looked at."""
    for team_id in totals.due_teams().order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        enqueue_on_commit(settle_totals, team_id)
    for team in history.due_teams(timezone.now())[:AT_ONCE]:
        enqueue_on_commit(take_snapshot, team.pk)
