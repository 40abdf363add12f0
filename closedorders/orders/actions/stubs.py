"""What is known of orders and accounts by name alone, until an import says more."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record, record_each
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused

from ..extensions import notify_bought_changed
from ..models import BuyerAccount, SupplierOrder


@transaction.atomic
def ensure_supplier_orders(
    *, team: Team, numbers: Sequence[str], buyer_account: BuyerAccount | None, by: Membership
) -> dict[str, SupplierOrder]:
    """The team's AliExpress orders of these numbers, by number; unknown ones are made as stubs.

    A known order without a buyer account gets `buyer_account`; one that has another keeps it. Safe to run twice at
    once: the loser of a race reads what the winner wrote. Five queries at most, however many numbers.
    """
    allow(by, DESK, team_id=team.pk)
    # Sorted, so that two people who paste the same numbers take the rows' locks in the same order.
    wanted = sorted(set(numbers))
    theirs = SupplierOrder.objects.for_team(team).filter(number__any_of=set(wanted))
    orders = _by_number(theirs)
    missing = [number for number in wanted if number not in orders]
    if missing:
        SupplierOrder.objects.bulk_create(
            [SupplierOrder(team=team, number=number, buyer_account=buyer_account) for number in missing],
            ignore_conflicts=True,
            batch_size=500,
        )
        orders = _by_number(theirs)
        record_each(
            by=by, verb="supplier_order_noted", changes=[(orders[number], {}, {}) for number in missing]
        )
    if buyer_account is not None:
        homeless = [order for order in orders.values() if order.buyer_account_id is None]
        if homeless:
            SupplierOrder.objects.filter(
                pk__any_of={order.pk for order in homeless}, buyer_account=None
            ).update(buyer_account=buyer_account, updated_at=timezone.now())
            for order in homeless:
                order.buyer_account = buyer_account
            notify_bought_changed(team, (order.placed_at for order in homeless))
            # Of those that were just noted, the account is a part of what was.
            known = [order for order in homeless if order.number not in missing]
            values = ({"buyer_account": ""}, {"buyer_account": buyer_account.label})
            record_each(by=by, verb="supplier_order_account_set", changes=[(each, *values) for each in known])
    return {number: orders[number] for number in dict.fromkeys(numbers)}


@transaction.atomic
def remove_stub(*, order: SupplierOrder, by: Membership) -> bool:
    """Remove an AliExpress order of which nothing but the number is known; False where something is."""
    allow(by, DESK, team_id=order.team_id)
    order = SupplierOrder.objects.select_for_update(of=("self",)).get(pk=order.pk)
    known = (
        order.came_with_id
        or order.status
        or order.tracking_number
        or order.replaces_id
        or order.edited_fields
    )
    if not order.is_stub or known or order.replacements.exists():
        return False
    record(by=by, verb="supplier_order_removed", thing=order)
    order.delete()
    return True


def _by_number(orders: QuerySet[SupplierOrder]) -> dict[str, SupplierOrder]:
    return {order.number: order for order in orders.all()}


@transaction.atomic
def ensure_buyer_account(*, team: Team, label: str, by: Membership) -> BuyerAccount:
    """The team's buyer account of this label, whatever its capitals; made when there is none."""
    allow(by, DESK, team_id=team.pk)
    label = " ".join(label.split())
    if not label:
        raise Refused(_("Give the buyer account a name."))
    # Locked, so that two tabs that name the same first account make one.
    lock_team(team.pk)
    account = BuyerAccount.objects.filter(team=team, label__iexact=label).first()
    if account is None:
        account = BuyerAccount.objects.create(team=team, label=label)
        record(by=by, verb="buyer_account_added", thing=account)
    return account
