"""From when on a team wants a second merchant."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused

from ..approving.second import other_merchants
from ..models import ApprovalRule

FIELDS = ("people", "amount", "refund")


@transaction.atomic
def set_approval_rule(
    *, people: int | None, amount: Decimal | None, refund: Decimal | None, by: Membership
) -> ApprovalRule:
    """Want a second merchant for campaigns to more people, or with more to give back, and for larger refunds.

    None: never. Refused while the team has nobody who could be the second.
    """
    allow(by, MERCHANT, team_id=by.team_id)
    lock_team(by.team_id)
    wanted = {"people": people, "amount": amount, "refund": refund}
    if any(value is not None for value in wanted.values()) and not other_merchants(by):
        raise Refused(_("You are the only merchant of your team: invite another one first."))
    rule, _created = ApprovalRule.objects.get_or_create(team=by.team)
    before = {f"second_{name}": getattr(rule, name) for name in FIELDS}
    for name, value in wanted.items():
        setattr(rule, name, value)
    rule.save(update_fields=list(FIELDS))
    after = {f"second_{name}": value for name, value in wanted.items()}
    if before != after:
        record(by=by, verb="approval_rule_set", thing=rule, before=before, after=after)
    return rule
