from __future__ import annotations

from celery import shared_task

from closedorders.core.task_queue.enqueue import enqueue_on_commit

from . import sending
from .approving import running
from .models import Approval

_AT_ONCE = 20


@shared_task(name="closedorders.outreach.tasks.send_campaign")
def send_campaign(campaign_id: int) -> None:
    if sending.send_due(campaign_id):
        enqueue_on_commit(send_campaign, campaign_id)


@shared_task(name="closedorders.outreach.tasks.run_approval")
def run_approval(approval_id: int) -> None:
    running.run(approval_id)


@shared_task(name="closedorders.outreach.tasks.sweep")
def sweep() -> None:
    for approval_id in Approval.objects.due().order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]:
        enqueue_on_commit(run_approval, approval_id)
    for campaign_id, workers in sending.sweep().items():
        for _worker in range(workers):
            enqueue_on_commit(send_campaign, campaign_id)
