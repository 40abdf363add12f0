from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.cases.actions import open_case
from closedorders.cases.models import Case
from closedorders.closures.models import Closure, Incident
from closedorders.core.refusals import Refused
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach.actions.incidents import move_campaigns, move_refunds_and_codes
from closedorders.outreach.message_states import UNRESOLVED

from .guards import is_over_block, locked, refuse_ended, refuse_while_mails_wait


@transaction.atomic
def merge_incident(*, incident: Incident, into: Incident, by: Membership) -> None:
    """Move all of `incident` into another open one of the account, and end it.

    Its customers are told of what no mail names yet, also those whom the other incident has told of other orders.
    Where the other one is over its block and this one is not, a new case is opened: nothing is solved before that.
    """
    allow(by, MERCHANT, team_id=incident.team_id)
    allow(by, MERCHANT, team_id=into.team_id)
    lock_team(incident.team_id)
    if incident.pk == into.pk or incident.buyer_account_id != into.buyer_account_id:
        raise Refused(_("Only two incidents of one AliExpress account can be merged."))
    source, target = locked(incident, into)
    refuse_ended(source)
    refuse_ended(target)
    refuse_while_mails_wait([source, target], UNRESOLVED)
    if len(Case.objects.blocked().filter(incident__in=[source, target])) > 1:
        raise Refused(_("Both incidents have a case that is not unblocked yet. Finish one of them first."))
    now = timezone.now()
    is_solved, took_closures = is_over_block(source), source.passed_on_at is None
    source.ended_at, source.ended_by, source.merged_into = now, by, target
    source.save(update_fields=["ended_at", "ended_by", "merged_into"])
    if took_closures and target.passed_on_at is not None:
        target.passed_on_at = None
        target.save(update_fields=["passed_on_at"])
    orders = list(source.closures.order_by().values_list("supplier_order__store_order", flat=True))
    moved = Closure.objects.filter(incident=source).update(incident=target)
    Case.objects.filter(incident=source).update(incident=target)
    move_refunds_and_codes(source=source, target=target, orders=[pk for pk in orders if pk is not None])
    move_campaigns(source=source, target=target)
    has_case = Case.objects.filter(incident=target).exists()
    if moved and not is_solved and has_case and is_over_block(target):
        open_case(incident=target, by=by, again=True)
    refresh_status(orders)
    record(by=by, verb="incident_merged", thing=source, after={"orders": moved, "into": target.number})
    incident.refresh_from_db()
