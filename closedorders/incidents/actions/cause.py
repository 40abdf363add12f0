from __future__ import annotations

from django.db import transaction

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.closures.actions.playbooks import apply_playbook
from closedorders.closures.actions.reasons import check_reason, code_of
from closedorders.closures.models import ClosureReason, Incident


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
