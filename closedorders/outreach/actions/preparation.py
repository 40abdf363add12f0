"""The codes, refunds and other compensations a draft's offer needs."""

from __future__ import annotations

from django.db import transaction

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.orders.status import refresh_status as refresh_status

from .. import codes
from ..audience import Person
from ..compensations.listing import list_compensations
from ..locking import lock
from ..models import Campaign, DiscountCode, Refund
from ..plans.plan import Plan
from .rows import ROWS_AT_ONCE, note_refund_moves


@transaction.atomic
def prepare(*, campaign: Campaign, by: Membership) -> Plan:
    """Make the codes and refunds the offer needs for everyone in the audience; again for whoever was added since.

    What fits stays. A code of another worth that was never mailed gives way to a new one; a refund of another amount
    that is not paid is proposed anew. Orders without an amount get none: `Plan.without_amount` lists them.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    plan = Plan(fresh)
    made = _prepare_codes(plan)
    refunds = _prepare_refunds(plan, by)
    listed = list_compensations(plan)
    if made or refunds or listed:
        after = {"codes": made, "refunds": refunds}
        if listed:
            after["compensations"] = listed
        record(by=by, verb="campaign_prepared", thing=fresh, after=after)
    return Plan(fresh)


def _prepare_codes(plan: Plan) -> int:
    campaign, people = plan.campaign, plan.without_code
    if not plan.offers_code:
        return 0
    moved = [plan.codes[p.customer.pk].pk for p in plan.to_get_code if plan.code_of(p) is not None]
    DiscountCode.objects.filter(pk__in=moved).exclude(campaign=campaign).update(campaign=campaign)
    outdated = [plan.codes[p.customer.pk].pk for p in people if p.customer.pk in plan.codes]
    DiscountCode.objects.filter(pk__in=outdated).delete()
    for start in range(0, len(people), ROWS_AT_ONCE):
        _make_codes(campaign, people[start : start + ROWS_AT_ONCE])
    return len(people)


def _make_codes(campaign: Campaign, people: list[Person]) -> None:
    """Codes for these people that no other code of the store equals. Whole sets are drawn until none is taken."""
    taken: set[str] = set()
    while True:
        drawn: dict[int, str] = {}
        for person in people:
            used = taken.union(drawn.values())
            drawn[person.customer.pk] = codes.make_code(
                person.customer.name, campaign.code_percent, used.__contains__
            )
        clashes = set(
            DiscountCode.objects.filter(store=campaign.store, code__in=drawn.values()).values_list(
                "code", flat=True
            )
        )
        if not clashes:
            break
        taken |= clashes
    DiscountCode.objects.bulk_create(
        DiscountCode(
            store=campaign.store,
            campaign=campaign,
            incident=campaign.incident,
            customer=person.customer,
            code=drawn[person.customer.pk],
            percent=campaign.code_percent,
            expires_on=campaign.code_expires_on,
        )
        for person in people
    )


def _prepare_refunds(plan: Plan, by: Membership) -> int:
    campaign = plan.campaign
    if not plan.offers_refund:
        open_states = [Refund.State.PROPOSED, Refund.State.APPROVED]
        theirs = [order.pk for person in plan.people for order in person.orders]
        dropped = list(
            Refund.objects.filter(incident=campaign.incident, store_order__in=theirs, state__in=open_states)
            .select_related("team", "store_order")
            .defer("store_order__lines")
        )
        Refund.objects.filter(pk__in=[refund.pk for refund in dropped]).update(state=Refund.State.DROPPED)
        refresh_status(theirs)
        note_refund_moves(by, [(refund, refund.state) for refund in dropped], to=Refund.State.DROPPED)
        return len(dropped)
    new, changed, moved = [], [], []
    moves: list[tuple[Refund, str]] = []
    for item in plan.order_refunds:
        refund = item.refund
        if refund is not None and refund.campaign_id != campaign.pk:
            moved.append(refund.pk)
        if item.is_prepared or item.amount is None:
            continue
        if refund is None:
            refund = Refund(
                team=campaign.team,
                campaign=campaign,
                incident=campaign.incident,
                store_order=item.order,
                amount=item.amount,
                currency=item.currency,
                percent=campaign.refund_percent,
            )
            new.append(refund)
            moves.append((refund, ""))
        else:
            refund.store_order = item.order
            moves.append((refund, refund.state))
            refund.amount, refund.currency = item.amount, item.currency
            refund.percent, refund.state = campaign.refund_percent, Refund.State.PROPOSED
            refund.approved_at = refund.approved_by = None
            changed.append(refund)
    Refund.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
    Refund.objects.bulk_update(
        changed,
        ["amount", "currency", "percent", "state", "approved_at", "approved_by"],
        batch_size=ROWS_AT_ONCE,
    )
    Refund.objects.filter(pk__in=moved).update(campaign=campaign)
    refresh_status(refund.store_order_id for refund in (*new, *changed))
    note_refund_moves(by, moves, to=Refund.State.PROPOSED)
    return len(new) + len(changed)
