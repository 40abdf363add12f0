from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.closures.actions.playbooks import apply_playbook
from closedorders.closures.actions.reasons import check_reason, code_of
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.orders.status import refresh_status as refresh_status


@transaction.atomic
def set_cause(*, incident: Incident, cause: ClosureReason | None, by: Membership) -> None:
    """Store what the whole incident came from. What its playbook says to do now comes with it, as steps to tick."""
    allow(by, MERCHANT, team_id=incident.team_id)
    check_reason(cause, incident.team)
    before = (
        Incident.objects.select_for_update(of=("self",)).select_related("cause").get(pk=incident.pk).cause
    )
    if before == cause:
        return
    incident.cause = cause
    incident.save(update_fields=["cause"])
    record(
        by=by,
        verb="incident_cause_set",
        thing=incident,
        before={"cause": code_of(before)},
        after={"cause": code_of(cause)},
    )
    if cause is not None and incident.ended_at is None:
        apply_playbook(incident=incident, reason=cause, by=by)


@transaction.atomic
def end_incident(*, incident: Incident, by: Membership) -> None:
    """End the incident: all is made good, or as good as it gets. Later closures of the account open a new one.

    Its customers need no mail any more.
    """
    allow(by, MERCHANT, team_id=incident.team_id)
    lock_team(incident.team_id)
    now = timezone.now()
    ended = Incident.objects.open().filter(pk=incident.pk).update(ended_at=now, ended_by=by)
    if not ended:
        return
    incident.ended_at, incident.ended_by = now, by
    standing = incident.closures.filter(reopened_at=None)
    still_open = standing.filter(outcome=Closure.Outcome.OPEN).count()
    # The status of orders "told" or without one stays; for the others a mail may be under way, and may yet come back.
    orders = standing.exclude(supplier_order__store_order__told_state__in=["", "told"])
    refresh_status(orders.order_by().values_list("supplier_order__store_order", flat=True))
    record(by=by, verb="incident_ended", thing=incident, after={"closures_still_open": still_open})
