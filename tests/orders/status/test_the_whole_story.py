"""The stored status of orders is what the facts say: through a whole story, at any number, and after a check."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import OrderStatus, refresh_status
from closedorders.outreach import actions as outreach
from closedorders.outreach import sending
from closedorders.outreach.models import Message, Refund
from closedorders.outreach.order_status import refresh_marked
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    reason,
)
from tests.orders.status.stored import all_true, order_of, stored
from tests.outreach import scenes
from tests.outreach.scenes import make_scene


def test_through_the_whole_story_what_is_stored_is_what_the_facts_say(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 4)
    steps: list[OrderStatus] = []

    def after(step: object) -> None:
        del step
        steps.append(stored(order_of(scene)))
        assert all_true()

    first = Closure.objects.get(supplier_order__store_order=order_of(scene))
    after(closures.set_reason(closures=[first], reason=None, by=cast.assistant))
    after(closures.set_reason(closures=[first], reason=reason(), by=cast.assistant))
    campaign = scenes.draft(scene)
    after(scenes.make_ready(campaign, cast.merchant))
    after(scenes.approve(campaign, cast.merchant, 4))
    after(outreach.withdraw_approval(campaign=campaign, by=cast.merchant))
    campaign.refresh_from_db()
    after(scenes.approve(campaign, cast.merchant, 4))
    scenes.start(campaign)
    for message in Message.objects.order_by("pk"):
        assert sending.claim(message.pk, message.attempt, message.recipient)
        message.refresh_from_db()
        sending._settle(message, {"state": Message.State.SENT})
        refresh_marked([message.pk])
        after(message)
    after(outreach.issue_refunds(refunds=Refund.objects.all(), by=cast.merchant))
    after(outreach.reopen_refunds(refunds=Refund.objects.all(), by=cast.merchant))
    after(outreach.issue_refunds(refunds=Refund.objects.all(), by=cast.merchant))
    again = "8201447122039999"
    after(closures.set_outcome(closure=first, outcome="replaced", replacement=again, by=cast.assistant))
    assert steps[0] == OrderStatus("closed_open", "at_risk", "not_told", True, True)
    assert steps[-1] == OrderStatus("replaced", "back_10", "told", False, False)
    after(
        closures.log_closures(
            team=cast.team,
            numbers=[again],
            reason=None,
            buyer_account=make_buyer_account(cast.team),
            by=cast.assistant,
        )
    )
    # The order that stood in for it was closed as well: nobody has been told of that.
    assert steps[-1] == OrderStatus("closed_open", "back_10", "not_told", True, True)
    after(closures.reopen_closure(closure=Closure.objects.latest("pk"), by=cast.assistant))
    assert steps[-1] == OrderStatus("replaced", "back_10", "told", False, False)


def test_refreshing_costs_the_same_queries_however_many_orders(cast: Cast) -> None:
    spent = []
    for people in (2, 50):
        scene = make_scene(cast.merchant, people)
        orders = list(StoreOrder.objects.filter(store=scene.store).values_list("pk", flat=True))
        StoreOrder.objects.update(supplier_state="")
        with CaptureQueriesContext(connection) as queries:
            refresh_status(orders)
        spent.append(len(queries))
    assert spent[0] == spent[1]


def test_the_check_names_wrong_ones_and_repairs_them_when_told(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 3)
    order = order_of(scene)
    StoreOrder.objects.filter(pk=order.pk).update(told_state="told")
    run: Callable[..., str] = _check
    with pytest.raises(SystemExit):
        run()
    assert "1 wrong ones repaired" in run("--repair")
    assert stored(order).told_state == "not_told"
    assert "3 orders looked at, 0 wrong ones found." in run()


def _check(*options: str) -> str:
    output = StringIO()
    call_command("check_status", *options, stdout=output)
    return output.getvalue()
