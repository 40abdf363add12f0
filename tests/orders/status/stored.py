"""The stored status of orders, and what becomes of their mails and closures."""

from __future__ import annotations

from closedorders.accounts.models import Membership
from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import OrderStatus, changed_statuses
from closedorders.outreach import sending
from closedorders.outreach.models import Message
from closedorders.outreach.order_status import refresh_marked
from tests.factories import (
    make_buyer_account,
    reason,
)
from tests.outreach.scenes import Scene


def stored(order: StoreOrder) -> OrderStatus:
    order.refresh_from_db()
    return OrderStatus(
        order.supplier_state, order.money_state, order.told_state, order.lacks_reason, order.untold
    )


def all_true() -> bool:
    return changed_statuses(list(StoreOrder.objects.values_list("pk", flat=True))) == {}


def order_of(scene: Scene) -> StoreOrder:
    return StoreOrder.objects.get(customer=scene.customers[0])


def settle(state: Message.State) -> None:
    """What becomes of the mails that wait."""
    for message in Message.objects.filter(state="queued"):
        assert sending.claim(message.pk, message.attempt, message.recipient)
        message.refresh_from_db()
        sending._settle(message, {"state": state})
        refresh_marked([message.pk])


def close_again(order: StoreOrder, by: Membership) -> Closure:
    """AliExpress closes the same order once more, on another account: another incident."""
    bought = order.supplier_orders.get()
    result = closures.log_closures(
        team=order.team,
        numbers=[bought.number],
        reason=reason(),
        buyer_account=make_buyer_account(order.team),
        by=by,
    )
    return result.logged[0]
