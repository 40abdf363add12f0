"""Whether a team wants a second merchant: for a campaign above so many people or so much money, for a large refund."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from closedorders.accounts.models import ExchangeRate, Membership, Role, Team
from closedorders.core.money import Total, in_home_currency, totals

from ..models import Approval, ApprovalRule, Refund
from ..plans.plan import Plan


def rule_of(team: Team | int) -> ApprovalRule | None:
    return ApprovalRule.objects.filter(team=team).select_related("team").first()


def needs_second(plan: Plan) -> bool:
    """Whether the campaign is above what one merchant may approve alone.

    An amount in a currency of which the team has stated no rate counts as too much: nobody can say that it is not.
    """
    rule = rule_of(plan.campaign.team_id)
    if rule is None:
        return False
    if rule.people is not None and len(plan.people) > rule.people:
        return True
    return rule.amount is not None and _is_above(_given(plan), rule.amount, rule.team)


def _given(plan: Plan) -> list[Total]:
    """What the campaign gives back or as store credit, and what faster shipping costs."""
    found = plan.compensations
    amounts = [(refunds.amount, refunds.currency) for refunds in plan.refund_totals]
    for kind, wanted in found.offers.items():
        amounts += [(wanted.amount, wanted.currency)] * len(found.to_get(kind))
    return totals(amounts)


def refunds_above(refunds: Sequence[Refund], team: Team) -> list[Refund]:
    """Those of them that are above what one merchant may approve and pay alone."""
    rule = rule_of(team)
    limit = rule.refund if rule else None
    if rule is None or limit is None:
        return []
    return [each for each in refunds if _is_above(totals([(each.amount, each.currency)]), limit, rule.team)]


def other_merchants(by: Membership) -> list[Membership]:
    """Who of the team could be the second: other people, at most three."""
    merchants = Membership.objects.filter(team=by.team_id, role=Role.MERCHANT, ended_at=None)
    return list(merchants.exclude(user=by.user_id).select_related("user").order_by("pk")[:3])


def asked_of(membership: Membership) -> list[Approval]:
    """What another merchant asks this one to approve: the oldest three. One query; none for other roles."""
    if not membership.is_merchant:
        return []
    found = Approval.objects.asked().filter(campaign__team=membership.team_id)
    found = found.exclude(asked_by__user=membership.user_id).order_by("pk")
    return list(
        found.select_related("campaign__team", "campaign__incident", "campaign__store", "asked_by__user")[:3]
    )


def _is_above(given: list[Total], limit: Decimal, team: Team) -> bool:
    if not given:
        return False
    rates = ExchangeRate.objects.filter(team=team, home=team.currency).values_list("currency", "rate")
    amount = in_home_currency(given, team.currency, dict(rates))
    return amount is None or amount > limit
