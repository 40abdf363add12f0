"""Undoing what an approval has written so far: its campaign is a draft again, and no mail of it ever left."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from closedorders.core.database.jobs import Claim, ClaimLost, claim
from closedorders.orders.status import refresh_status as refresh_status

from ..locking import lock
from ..models import Approval, Campaign, Message
from ..order_status import orders_of_messages

BATCH = 2_000


def undo(approval_id: int) -> None:
    """Undo it if that is due and no other worker has it."""
    lease = timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
    undoing = Approval.State.UNDOING
    until = claim(Approval.objects.due(), approval_id, waiting=(undoing,), working=undoing, lease=lease)
    if until is None:
        return
    job = Approval.objects.select_related("campaign").get(pk=approval_id)
    mine = Claim(job, until, lease)
    remove_rows(job, mine)
    with suppress(ClaimLost), transaction.atomic():
        fresh = lock(job.campaign, Campaign.State.APPROVING)
        fresh.state = Campaign.State.DRAFT
        fresh.save(update_fields=["state"])
        ended = Approval.State.REFUSED if job.refusal else Approval.State.CANCELLED
        mine.end(ended, finished_at=timezone.now())


def remove_rows(job: Approval, mine: Claim[Approval] | None = None) -> None:
    """Delete the rows that it made, and cancel those that were there before: a batch a transaction."""
    of_campaign = Message.objects.filter(campaign=job.campaign_id)
    # A draft has no rows but of people who were left out by hand, and those are older.
    made = of_campaign.filter(
        created_at__gte=job.started_at,
        attempt=0,
        state__in=[Message.State.QUEUED, Message.State.SKIPPED],
    )
    while keys := list(made.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            orders = orders_of_messages(keys)
            Message.closures.through.objects.filter(message__in=keys).delete()
            Message.objects.filter(pk__in=keys).delete()
            refresh_status(orders)
        if mine is not None:
            mine.heartbeat()
    waiting = of_campaign.filter(state=Message.State.QUEUED)
    while keys := list(waiting.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            Message.objects.filter(pk__in=keys).update(state=Message.State.CANCELLED)
            refresh_status(orders_of_messages(keys))
        if mine is not None:
            mine.heartbeat()
