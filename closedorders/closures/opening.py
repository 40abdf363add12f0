"""A new incident of an account, and which of its incidents takes new closures. The caller has locked the team."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.orders.models import BuyerAccount

from .actions.reasons import code_of
from .models import ClosureReason, Incident


def open_incident(
    *,
    team: Team,
    buyer_account: BuyerAccount,
    cause: ClosureReason | None,
    by: Membership,
    now: datetime,
    follows: Incident | None = None,
    takes_closures: bool = True,
) -> Incident:
    """Open the team's next incident. `takes_closures`: new closures of the account join it; no other may, then."""
    last = Incident.objects.filter(team=team).aggregate(last=Max("number"))["last"] or 0
    incident: Incident = Incident.objects.create(
        team=team,
        number=last + 1,
        buyer_account=buyer_account,
        cause=cause,
        owner=by if by.is_merchant else None,
        opened_at=now,
        opened_by=by,
        passed_on_at=None if takes_closures else now,
        follows=follows,
    )
    after = {"cause": code_of(cause), "follows": follows.number if follows else None}
    record(by=by, verb="incident_opened", thing=incident, after=after)
    return incident


def pass_on(incident: Incident, *, now: datetime) -> None:
    """Let new closures of the account go to another incident from now on."""
    incident.passed_on_at = now
    incident.save(update_fields=["passed_on_at"])
