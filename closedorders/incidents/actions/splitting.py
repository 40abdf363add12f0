from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.closures.models import Closure, Incident
from closedorders.closures.opening import open_incident, pass_on
from closedorders.core.refusals import Refused
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach.actions.incidents import move_refunds_and_codes
from closedorders.outreach.message_states import UNRESOLVED

from .guards import is_over_block, locked, refuse_ended, refuse_while_mails_wait

_BATCH = 500


@transaction.atomic
def split_incident(*, incident: Incident, closures: Collection[int], by: Membership) -> Incident:
    """Move the closures with these keys into a new incident of the account, each with the others of its sale.

    Who was told of them stays told; what was prepared for them and not sent goes with them. New closures of the
    account go on joining this incident, or the new one where this one is over its block.
    """
    allow(by, MERCHANT, team_id=incident.team_id)
    lock_team(incident.team_id)
    [fresh] = locked(incident)
    refuse_ended(fresh)
    refuse_while_mails_wait([fresh], UNRESOLVED)
    chosen = _with_their_sales(fresh, closures)
    if not any(closure.reopened_at is None for closure in chosen):
        raise Refused(_("Choose at least one closed order."))
    moved = [closure.pk for closure in chosen]
    standing = fresh.closures.filter(reopened_at=None)
    if standing.count() == sum(closure.reopened_at is None for closure in chosen):
        raise Refused(_("These are all closed orders of this incident: at least one must stay in it."))
    now = timezone.now()
    takes_closures = fresh.passed_on_at is None and is_over_block(fresh)
    if takes_closures:
        pass_on(fresh, now=now)
    reasons = {closure.reason for closure in chosen}
    new = open_incident(
        team=fresh.team,
        buyer_account=fresh.buyer_account,
        cause=reasons.pop() if len(reasons) == 1 else None,
        by=by,
        now=now,
        follows=fresh,
        takes_closures=takes_closures,
    )
    for start in range(0, len(moved), _BATCH):
        Closure.objects.filter(pk__in=moved[start : start + _BATCH]).update(incident=new)
    orders = {closure.supplier_order.store_order_id for closure in chosen}
    move_refunds_and_codes(source=fresh, target=new, orders=[pk for pk in orders if pk is not None])
    refresh_status(orders)
    record(by=by, verb="incident_split", thing=fresh, after={"orders": len(moved), "into": new.number})
    incident.refresh_from_db(fields=["passed_on_at"])
    return new


def _with_their_sales(incident: Incident, chosen: Collection[int]) -> list[Closure]:
    """The incident's closures with these keys, and its others of the same store orders: one refund is for both."""
    wanted = set(chosen)
    all_of_it = list(
        incident.closures.select_related("reason", "supplier_order")
        .only("reopened_at", "reason", "supplier_order__store_order")
        .order_by("pk")
    )
    sales = {
        closure.supplier_order.store_order_id
        for closure in all_of_it
        if closure.pk in wanted and closure.supplier_order.store_order_id is not None
    }
    return [
        closure
        for closure in all_of_it
        if closure.pk in wanted or closure.supplier_order.store_order_id in sales
    ]
