"""Where orders stand is stored beside them: after every write it is what the facts say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.orders import actions
from closedorders.orders.models import StoreOrder, SupplierOrder
from closedorders.orders.standing import Standing, changed_standing, refresh_standing
from closedorders.outreach import actions as outreach
from closedorders.outreach import sending
from closedorders.outreach.models import Campaign, Kind, Message, Refund
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_customer,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.orders.files import ali_row, csv_file, import_file, shopify_row
from tests.outreach import scenes
from tests.outreach.scenes import Scene, make_scene


def stored(order: StoreOrder) -> Standing:
    order.refresh_from_db()
    return Standing(order.supplier_state, order.money_state, order.told_state, order.lacks_reason)


def all_true() -> bool:
    return changed_standing(list(StoreOrder.objects.values_list("pk", flat=True))) == {}


def order_of(scene: Scene) -> StoreOrder:
    return StoreOrder.objects.get(customer=scene.customers[0])


# --- Closures ---


def test_a_logged_closure_shows_on_all_three_axes_and_its_reason_later(cast: Cast) -> None:
    order = make_store_order(make_store(cast.team))
    bought = make_supplier_order(cast.team, order)
    result = closures.log_closures(
        team=cast.team,
        numbers=[bought.number],
        reason=None,
        buyer_account=make_buyer_account(cast.team),
        by=cast.assistant,
    )
    assert stored(order) == Standing("closed_open", "at_risk", "not_told", True)
    change = closures.set_reason(closures=result.logged, reason=reason(), by=cast.assistant)
    assert not stored(order).lacks_reason
    assert change.event is not None
    closures.undo_reason(event=change.event, by=cast.assistant)
    assert stored(order).lacks_reason


@pytest.mark.parametrize(
    ("outcome", "state"), [("replaced", "replaced"), ("refunded", "refunded"), ("written_off", "written_off")]
)
def test_an_outcome_shows_at_once_and_goes_when_taken_back(cast: Cast, outcome: str, state: str) -> None:
    scene = make_scene(cast.merchant, 1)
    order, closure = order_of(scene), Closure.objects.get()
    closures.set_outcome(closure=closure, outcome=outcome, by=cast.merchant)
    assert stored(order) == Standing(state, "", "", False)
    closures.set_outcome(closure=closure, outcome="open", by=cast.merchant)
    assert stored(order) == Standing("closed_open", "at_risk", "not_told", False)


def test_a_reopened_closure_counts_no_more(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    SupplierOrder.objects.update(status_code="shipped")
    closures.reopen_closure(closure=Closure.objects.get(), by=cast.merchant)
    assert stored(order_of(scene)) == Standing("shipped", "", "", False)


# --- Messages and refunds ---


def test_messages_and_refunds_show_as_they_move(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    order = order_of(scene)
    campaign = scenes.draft(scene)
    outreach.prepare(campaign=campaign, by=cast.merchant)
    assert stored(order).money_state == "refund_proposed"
    outreach.mark_codes_loaded(codes=campaign.codes.all(), by=cast.merchant)
    outreach.approve_refunds(refunds=campaign.refunds.all(), by=cast.merchant)
    assert stored(order).money_state == "refund_approved"
    scenes.approve(campaign, cast.merchant, 1)
    assert stored(order).told_state == "on_its_way"
    outreach.cancel_campaign(campaign=campaign, by=cast.merchant)
    assert stored(order).told_state == "not_told"


def test_a_send_taken_back_leaves_nobody_on_the_way_to_be_told(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = scenes.draft(scene, Kind.HOLDING)
    scenes.approve(campaign, cast.merchant, 2)
    assert stored(order_of(scene)).told_state == "on_its_way"
    outreach.take_back(campaign=campaign, by=cast.merchant)
    assert stored(order_of(scene)).told_state == "not_told"
    assert all_true()


def test_an_order_that_a_second_mail_is_no_longer_about_loses_what_the_first_said(cast: Cast) -> None:
    customer = make_customer(make_store(cast.team))
    scene = make_scene(cast.merchant, customers=[customer, customer], store=customer.store)
    kept, settled = StoreOrder.objects.order_by("pk")
    campaign = scenes.draft(scene, Kind.HOLDING)
    scenes.start(scenes.approve(campaign, cast.merchant, 1))
    message = Message.objects.get()
    assert sending.claim(message.pk, message.attempt)
    message.refresh_from_db()
    sending._settle(message, {"state": Message.State.FAILED})
    outreach.cancel_campaign(campaign=campaign, by=cast.merchant)
    assert (stored(kept).told_state, stored(settled).told_state) == ("failed", "failed")
    closures.set_outcome(
        closure=Closure.objects.get(supplier_order__store_order=settled), outcome="refunded", by=cast.merchant
    )
    scenes.approve(scenes.draft(scene, Kind.HOLDING), cast.merchant, 1)
    assert (stored(kept).told_state, stored(settled).told_state) == ("on_its_way", "")
    assert all_true()


def test_leaving_a_customer_out_shows_and_taking_them_in_changes_nothing_yet(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = scenes.draft(scene, Kind.HOLDING)
    outreach.leave_out(campaign=campaign, customer=scene.customers[0], by=cast.merchant)
    assert stored(order_of(scene)).told_state == "not_told"
    outreach.take_in(campaign=campaign, customer=scene.customers[0], by=cast.merchant)
    assert all_true()


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (Message.State.SENT, "told"),
        (Message.State.FAILED, "failed"),
        (Message.State.UNCERTAIN, "uncertain"),
        (Message.State.SKIPPED, "not_told"),
    ],
)
def test_what_became_of_a_mail_shows(cast: Cast, state: Message.State, word: str) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = scenes.sending(scene)
    message = Message.objects.get()
    assert sending.claim(message.pk, message.attempt)
    message.refresh_from_db()
    sending._settle(message, {"state": state})
    assert stored(order_of(scene)).told_state == word
    assert all_true()
    if state == Message.State.FAILED:
        outreach.retry_failed(campaign=campaign, by=cast.merchant)
        assert stored(order_of(scene)).told_state == "on_its_way"
    if state == Message.State.UNCERTAIN:
        outreach.mark_uncertain_as_sent(message=message, by=cast.merchant)
        assert stored(order_of(scene)).told_state == "told"


def test_a_mail_of_a_lost_worker_shows_as_uncertain(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    scenes.sending(scene, Kind.HOLDING)
    gone = timezone.now() - timedelta(hours=1)
    Message.objects.update(state="sending", claimed_until=gone, submitting_at=gone)
    sending.sweep()
    assert stored(order_of(scene)).told_state == "uncertain"
    assert Campaign.objects.get().state == Campaign.State.SENDING


# --- Orders and imports ---


def test_an_order_joined_by_hand_stands_where_its_aliexpress_order_does(cast: Cast) -> None:
    order = make_store_order(make_store(cast.team))
    bought = make_supplier_order(cast.team, status_code="shipped")
    actions.match_supplier_order(
        supplier_order=bought, store=order.store, number=order.number, by=cast.assistant
    )
    assert stored(order).supplier_state == "shipped"


def test_imports_of_every_kind_leave_orders_standing_as_they_should(cast: Cast) -> None:
    store = make_store(cast.team)
    number = "8201447122035519"
    rows = [shopify_row(), shopify_row(Name="#1002", Financial_Status="refunded")]
    import_file(csv_file(rows), store=store, by=cast.assistant)
    first, second = StoreOrder.objects.order_by("number")
    assert (stored(first), stored(second)) == (
        Standing("not_ordered", "", "", False),
        Standing("not_ordered", "refunded", "", False),
    )
    import_file(f"order,aliexpress\n#1001,{number}\n".encode(), store=store, by=cast.assistant)
    assert stored(first).supplier_state == "ordered"
    import_file(
        csv_file([ali_row(Order_ID=number, Status="Payment verification")]), store=store, by=cast.assistant
    )
    assert stored(first).supplier_state == "verifying_payment"
    rows[0] = shopify_row(Financial_Status="partially_refunded")
    import_file(csv_file(rows), store=store, by=cast.assistant)
    assert stored(first).money_state == "partly_refunded"
    assert all_true()


# --- The whole ---


def test_through_the_whole_story_what_is_stored_is_what_the_facts_say(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 4)
    steps: list[Standing] = []

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
    after(outreach.take_back(campaign=campaign, by=cast.merchant))
    campaign.refresh_from_db()
    after(scenes.approve(campaign, cast.merchant, 4))
    scenes.start(campaign)
    for message in Message.objects.order_by("pk"):
        assert sending.claim(message.pk, message.attempt)
        message.refresh_from_db()
        sending._settle(message, {"state": Message.State.SENT})
        after(message)
    after(outreach.issue_refunds(refunds=Refund.objects.all(), by=cast.merchant))
    after(outreach.reopen_refunds(refunds=Refund.objects.all(), by=cast.merchant))
    after(outreach.issue_refunds(refunds=Refund.objects.all(), by=cast.merchant))
    again = "8201447122039999"
    after(closures.set_outcome(closure=first, outcome="replaced", replacement=again, by=cast.assistant))
    assert steps[0] == Standing("closed_open", "at_risk", "not_told", True)
    assert steps[-1] == Standing("replaced", "refund_issued", "told", False)
    after(
        closures.log_closures(
            team=cast.team,
            numbers=[again],
            reason=None,
            buyer_account=make_buyer_account(cast.team),
            by=cast.assistant,
        )
    )
    # The order that stood in for it was closed as well: nobody has been told of that in words of their own.
    assert steps[-1] == Standing("closed_open", "refund_issued", "told", True)
    after(closures.reopen_closure(closure=Closure.objects.latest("pk"), by=cast.assistant))
    assert steps[-1] == Standing("replaced", "refund_issued", "told", False)


def test_refreshing_costs_the_same_queries_however_many_orders(cast: Cast) -> None:
    spent = []
    for people in (2, 50):
        scene = make_scene(cast.merchant, people)
        orders = list(StoreOrder.objects.filter(store=scene.store).values_list("pk", flat=True))
        StoreOrder.objects.update(supplier_state="")
        with CaptureQueriesContext(connection) as queries:
            refresh_standing(orders)
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
    call_command("check_standing", *options, stdout=output)
    return output.getvalue()
