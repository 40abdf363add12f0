from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.closures.models import Closure, Incident
from closedorders.core.refusals import Refused
from closedorders.orders.status import refresh_status as refresh_status

from .guards import is_over_block, locked, refuse_while_mails_wait


@transaction.atomic
def end_incident(*, incident: Incident, by: Membership) -> None:
    """End the incident: all is made good, or as good as it gets. Later closures of the account open a new one.

    Its customers need no mail any more. Refused while mails are on their way to them.
    """
    allow(by, MERCHANT, team_id=incident.team_id)
    lock_team(incident.team_id)
    [fresh] = locked(incident)
    if fresh.ended_at is not None:
        return
    refuse_while_mails_wait([fresh])
    incident.ended_at, incident.ended_by = timezone.now(), by
    incident.save(update_fields=["ended_at", "ended_by"])
    standing = incident.closures.filter(reopened_at=None)
    still_open = standing.filter(outcome=Closure.Outcome.OPEN).count()
    # The status of orders "told" or without one stays; for the others a mail may be uncertain, and may yet come back.
    orders = standing.exclude(supplier_order__store_order__told_state__in=["", "told"])
    refresh_status(orders.order_by().values_list("supplier_order__store_order", flat=True))
    record(by=by, verb="incident_ended", thing=incident, after={"closures_still_open": still_open})


@transaction.atomic
def reopen_incident(*, incident: Incident, by: Membership) -> None:
    """Go on with an incident that was ended: whoever was not told is to be told again.

    New closures join it where no other incident of the account takes them. Refused where one does that was opened
    since, and this one is not over its block: both would wait for the same answer of AliExpress.
    """
    allow(by, MERCHANT, team_id=incident.team_id)
    lock_team(incident.team_id)
    [fresh] = locked(incident)
    if fresh.ended_at is None:
        return
    if fresh.merged_into_id is not None:
        raise Refused(
            _("Its closures are in %(incident)s now: split them off there instead.")
            % {"incident": fresh.merged_into}
        )
    others = Incident.objects.taking_closures().filter(buyer_account=fresh.buyer_account_id)
    other = others.select_related("team").first()
    if other is not None and fresh.passed_on_at is None and not is_over_block(fresh):
        raise Refused(
            _("%(incident)s of the same account is open, and both wait for AliExpress. End that one first.")
            % {"incident": other}
        )
    ended_at = fresh.ended_at
    incident.ended_at = incident.ended_by = None
    incident.passed_on_at = timezone.now() if other is not None else None
    incident.save(update_fields=["ended_at", "ended_by", "passed_on_at"])
    orders = incident.closures.filter(reopened_at=None).order_by()
    refresh_status(orders.values_list("supplier_order__store_order", flat=True))
    record(by=by, verb="incident_reopened", thing=incident, before={"ended_at": ended_at})
