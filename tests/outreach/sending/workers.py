from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from closedorders.outreach import sending
from closedorders.outreach.models import Campaign, Message


def only_message(campaign: Campaign) -> Message:
    return Message.objects.get(campaign=campaign)


def claimed_message(campaign: Campaign) -> Message:
    row = only_message(campaign)
    assert sending.claim(row.pk, row.attempt, row.recipient)
    return Message.objects.select_related("campaign__store", "customer").get(pk=row.pk)


def end_leases() -> None:
    Message.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
