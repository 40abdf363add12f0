"""Until when a campaign waits for the rules of its store: for pages, and so that no worker is rung for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Min
from django.utils import timezone

from closedorders.senders.pace.caps import reached

from ..models import Campaign, Message

CAPS = (Campaign.WaitCause.HOURLY_CAP, Campaign.WaitCause.DAILY_CAP)


def note_wait(campaign: Campaign) -> None:
    """Write down until when no mail of it leaves, and why; or that it does not wait."""
    waits_until, waits_for = _wait_of(campaign)
    if (campaign.waits_until, campaign.waits_for) != (waits_until, waits_for):
        Campaign.objects.filter(pk=campaign.pk).update(waits_until=waits_until, waits_for=waits_for)
        campaign.waits_until, campaign.waits_for = waits_until, waits_for


def at_cap(campaigns: Collection[int]) -> set[int]:
    """Those of them that wait for a cap: their mails are due, and none may leave."""
    found = Campaign.objects.filter(pk__in=campaigns, waits_for__in=CAPS, waits_until__gt=timezone.now())
    return set(found.values_list("pk", flat=True))


def _wait_of(campaign: Campaign) -> tuple[datetime | None, str]:
    of_campaign = Message.objects.filter(campaign=campaign)
    if of_campaign.due().exists():
        cap = reached(campaign.store_id)
        if cap is None:
            return None, ""
        return cap.until, Campaign.WaitCause.DAILY_CAP if cap.of_day else Campaign.WaitCause.HOURLY_CAP
    waiting = of_campaign.filter(
        state=Message.State.QUEUED, not_before__gt=timezone.now(), not_after__isnull=False
    )
    found: datetime | None = waiting.aggregate(first=Min("not_before"))["first"]
    return found, Campaign.WaitCause.HOURS if found else ""
