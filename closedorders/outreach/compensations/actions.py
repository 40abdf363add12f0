"""Store credit and faster shipping, from listed to given."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused

from ..locking import lock
from ..models import Campaign, Compensation
from ..plans.plan import Plan


@transaction.atomic
def export_compensations(*, campaign: Campaign, kind: str, by: Membership) -> list[Compensation]:
    """Those of one kind for a table that the shop is worked through with, noted as handed out now."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    found = list(campaign.compensations.filter(kind=kind).select_related("customer").order_by("pk"))
    campaign.compensations.filter(kind=kind).update(exported_at=timezone.now())
    record(by=by, verb="compensations_exported", thing=campaign, after={"given": kind, "count": len(found)})
    return found


@transaction.atomic
def issue_compensations(*, campaign: Campaign, kind: str, by: Membership) -> int:
    """A person says that these have been given: from here on a mail may name them. Returns how many that is news of.

    Refused where some are not as the offer wants them: what was given would be something else than the mail says.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    if Plan(fresh).compensations.missing(Compensation.Kind(kind)):
        raise Refused(_("The offer has changed since these were listed: prepare it again first."))
    count = fresh.compensations.not_issued().filter(kind=kind).update(issued_at=timezone.now(), issued_by=by)
    if count:
        record(by=by, verb="compensations_issued", thing=fresh, after={"given": kind, "count": count})
    return count


@transaction.atomic
def reopen_compensations(*, campaign: Campaign, kind: str, by: Membership) -> int:
    """Undo a mistaken tick, as long as the campaign is a draft: no mail has named them."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    count = (
        fresh.compensations.filter(kind=kind).exclude(issued_at=None).update(issued_at=None, issued_by=None)
    )
    if count:
        record(by=by, verb="compensations_reopened", thing=fresh, after={"given": kind, "count": count})
    return count
