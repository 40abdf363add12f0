"""Discount codes on their way into a shop."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow

from ..models import DiscountCode
from .rows import per_campaign


@transaction.atomic
def export_codes(*, codes: QuerySet[DiscountCode], by: Membership) -> list[DiscountCode]:
    """The codes for a file that a shop loads, noted as handed out now."""
    allow(by, MERCHANT, team_id=by.team_id)
    found = list(
        codes.filter(store__team=by.team_id)
        .select_related("customer", "store", "campaign__team", "campaign__incident")
        .order_by("pk")
    )
    DiscountCode.objects.filter(pk__in=[code.pk for code in found]).update(exported_at=timezone.now())
    for campaign, count in per_campaign(found).items():
        record(by=by, verb="codes_exported", thing=campaign, after={"count": count})
    return found


@transaction.atomic
def mark_codes_loaded(*, codes: QuerySet[DiscountCode], by: Membership) -> int:
    """A person has put these codes into the shop; returns how many that is news of."""
    allow(by, MERCHANT, team_id=by.team_id)
    found = list(
        codes.filter(store__team=by.team_id, loaded_at=None).select_related(
            "campaign__team", "campaign__incident"
        )
    )
    DiscountCode.objects.filter(pk__in=[code.pk for code in found], loaded_at=None).update(
        loaded_at=timezone.now(), loaded_by=by
    )
    for campaign, count in per_campaign(found).items():
        record(by=by, verb="codes_loaded", thing=campaign, after={"count": count})
    return len(found)
