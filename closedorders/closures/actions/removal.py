from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orders.actions.stubs import remove_stub
from closedorders.orders.extensions import extensions
from closedorders.orders.models import SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..models import Closure
from .reasons import code_of


def why_not_removable(closure: Closure) -> str:
    """Why the closure can no longer be taken out of the log; "" while nothing was built on it."""
    if closure.reopened_at is not None or closure.outcome != Closure.Outcome.OPEN:
        return _("It has an outcome: set it back to open first.")
    if closure.supplier_order.replacements.exists():
        return _("Another order was placed instead of it: take that back first.")
    if closure.incident.ended_at is not None:
        return _("Its incident has ended: it stays as history.")
    order = SupplierOrder.objects.filter(pk=closure.supplier_order_id)
    for each in extensions():
        for code, condition in each.closed_blockers().items():
            if order.filter(condition).exists():
                return _("It cannot be removed: %(reason)s.") % {"reason": each.undo_reasons[code]}
    return ""


@transaction.atomic
def remove_closure(*, closure: Closure, by: Membership) -> str:
    """Take a closure that was logged by mistake out of the log; the number of its order.

    Refused once something was built on it. An AliExpress order that only the log knew goes with it. The incident stays,
    also without a closure: the right number, logged next, belongs to it.
    """
    allow(by, DESK, team_id=closure.team_id)
    lock_team(closure.team_id)
    found = (
        Closure.objects.select_for_update(of=("self",))
        .select_related("supplier_order", "incident", "reason")
        .filter(pk=closure.pk)
        .first()
    )
    if found is None:
        raise Refused(_("This closure is gone already. Nothing was changed."))
    if reason := why_not_removable(found):
        raise Refused(reason)
    order, incident = found.supplier_order, found.incident
    record(
        by=by,
        verb="closure_removed",
        thing=found,
        before={"reason": code_of(found.reason), "incident": incident.number, "closed_at": found.closed_at},
    )
    found.delete()
    others = Closure.objects.filter(supplier_order=order)
    if not others.exists():
        SupplierOrder.objects.filter(pk=order.pk).update(closure_logged=False)
    refresh_status([order.store_order_id])
    if not others.exists():
        remove_stub(order=order, by=by)
    return order.number
