"""Where orders stand is stored beside them: after every write it is what the facts say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.imports import actions as import_actions
from closedorders.imports.undo import undo_file
from closedorders.incidents.actions import end_incident
from closedorders.orders.actions import supplier_orders as supplier_order_actions
from closedorders.orders.listing.rows import days_late
from closedorders.orders.models import StoreOrder, SupplierOrder
from closedorders.orders.status import OrderStatus as OrderStatus
from closedorders.orders.status import changed_statuses as changed_statuses
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach import actions as outreach
from closedorders.outreach import sending
from closedorders.outreach.audience import not_told, not_told_by_incident
from closedorders.outreach.models import Campaign, Kind, Message, Refund
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_customer,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import ali_row, csv_file, import_file, shopify_row
from tests.outreach import scenes
from tests.outreach.scenes import Scene, make_scene


def stored(order: StoreOrder) -> OrderStatus:
    order.refresh_from_db()
    return OrderStatus(
        order.supplier_state, order.money_state, order.told_state, order.lacks_reason, order.verifying_payment
    )


def all_true() -> bool:
    return changed_statuses(list(StoreOrder.objects.values_list("pk", flat=True))) == {}


def order_of(scene: Scene) -> StoreOrder:
    return StoreOrder.objects.get(customer=scene.customers[0])


def settle(state: Message.State) -> None:
    """What becomes of the mails that wait."""
    for message in Message.objects.filter(state="queued"):
        assert sending.claim(message.pk, message.attempt)
        message.refresh_from_db()
        sending._settle(message, {"state": state})


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
    assert stored(order) == OrderStatus("closed_open", "at_risk", "not_told", True, False)
    change = closures.set_reason(closures=result.logged, reason=reason(), by=cast.assistant)
    assert not stored(order).lacks_reason
    assert change.edit is not None
    closures.undo_reason(edit=change.edit, by=cast.assistant)
    assert stored(order).lacks_reason


@pytest.mark.parametrize(
    ("outcome", "told"), [("replaced", "not_told"), ("refunded", ""), ("written_off", "")]
)
def test_an_outcome_shows_at_once_and_goes_when_taken_back(cast: Cast, outcome: str, told: str) -> None:
    scene = make_scene(cast.merchant, 1)
    order, closure = order_of(scene), Closure.objects.get()
    closures.set_outcome(closure=closure, outcome=outcome, by=cast.merchant)
    assert stored(order) == OrderStatus(outcome, "", told, False, False)
    closures.set_outcome(closure=closure, outcome="open", by=cast.merchant)
    assert stored(order) == OrderStatus("closed_open", "at_risk", "not_told", False, False)


def test_a_reopened_closure_counts_no_more(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    SupplierOrder.objects.update(status_code="shipped")
    closures.reopen_closure(closure=Closure.objects.get(), by=cast.merchant)
    assert stored(order_of(scene)) == OrderStatus("shipped", "", "", False, False)


def test_a_replaced_order_stands_where_its_new_one_does_once_that_is_further_than_bought(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    SupplierOrder.objects.update(status_code="closed")
    order = order_of(scene)
    number = "8201447122039999"
    closures.set_outcome(
        closure=Closure.objects.get(), outcome="replaced", replacement=number, by=cast.assistant
    )
    assert stored(order).supplier_state == "replaced", "a number that was typed says nothing yet"
    for worded, state in [
        ("Awaiting shipment", "replaced"),
        ("Payment verification", "verifying_payment"),
        ("Awaiting payment", "awaiting_payment"),
        ("Frozen", "frozen"),
        ("Canceled", "cancelled"),
        ("Closed", "closed"),
        ("Expired", "expired"),
        ("Words that are new", "replaced"),
        ("Awaiting delivery", "shipped"),
        ("Finished", "completed"),
    ]:
        rows = [ali_row(Order_ID=number, Status=worded)]
        import_file(csv_file(rows), store=scene.store, by=cast.assistant)
        assert stored(order).supplier_state == state, worded
        assert all_true()


#: (Outcome of the closure that stands or "", status, which of those before it replaces) of each AliExpress order.
@pytest.mark.parametrize(
    ("bought", "state"),
    [
        ([("replaced", "closed", None)], "replaced"),
        ([("replaced", "closed", None), ("", "shipped", None)], "shipped"),
        ([("replaced", "closed", None), ("", "shipped", None), ("", "awaiting_shipment", 0)], "replaced"),
        ([("replaced", "closed", None), ("", "shipped", None), ("", "", 0)], "replaced"),
        ([("replaced", "closed", None), ("", "", 0), ("", "cancelled", None)], "cancelled"),
        ([("replaced", "closed", None), ("", "completed", 0), ("open", "closed", None)], "closed_open"),
        ([("replaced", "closed", None), ("", "shipped", 0), ("refunded", "closed", None)], "shipped"),
        ([("replaced", "closed", None), ("", "", 0), ("refunded", "closed", None)], "replaced"),
        ([("replaced", "closed", None), ("", "", 0), ("written_off", "closed", None)], "replaced"),
        ([("replaced", "closed", None), ("refunded", "closed", None)], "replaced"),
        ([("replaced", "closed", None), ("refunded", "closed", 0)], "refunded"),
        ([("replaced", "closed", None), ("written_off", "closed", 0)], "written_off"),
        ([("replaced", "closed", None), ("replaced", "closed", 0), ("", "shipped", 1)], "shipped"),
        ([("replaced", "closed", None), ("replaced", "closed", 0), ("", "", 1)], "replaced"),
        ([("refunded", "closed", None), ("written_off", "closed", None)], "refunded"),
        ([("written_off", "closed", None)], "written_off"),
        ([("open", "closed", None), ("", "awaiting_shipment", None)], "closed_open"),
        ([("open", "closed", None), ("", "", None)], "closed_open"),
        ([("open", "closed", None), ("", "verifying_payment", None), ("", "cancelled", None)], "closed_open"),
        ([("open", "closed", None), ("refunded", "closed", None), ("", "frozen", None)], "closed_open"),
        ([("refunded", "closed", None), ("", "verifying_payment", None)], "verifying_payment"),
        ([("refunded", "closed", None), ("", "awaiting_shipment", None)], "awaiting_shipment"),
        ([("written_off", "closed", None), ("", "", None)], "ordered"),
        ([("written_off", "closed", None), ("", "cancelled", None)], "cancelled"),
        ([("refunded", "closed", None), ("", "shipped", None)], "refunded"),
        ([("refunded", "closed", None), ("", "completed", None)], "refunded"),
        ([("", "closed", None)], "closed"),
    ],
)
def test_of_several_aliexpress_orders_a_closed_one_counts_by_its_outcome_alone(
    cast: Cast, bought: list[tuple[str, str, int | None]], state: str
) -> None:
    order = make_store_order(make_store(cast.team))
    rows: list[SupplierOrder] = []
    for _, status, replaced in bought:
        before = None if replaced is None else rows[replaced]
        rows.append(make_supplier_order(cast.team, order, status_code=status, replaces=before))
    closed = [row for row, (outcome, _, _) in zip(rows, bought, strict=True) if outcome]
    make_incident(cast.team, cast.merchant, closed, reason=reason())
    for row, (outcome, _, _) in zip(rows, bought, strict=True):
        Closure.objects.filter(supplier_order=row).update(outcome=outcome)
    refresh_status([order.pk])
    assert stored(order).supplier_state == state


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
    outreach.withdraw_approval(campaign=campaign, by=cast.merchant)
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
    outreach.include_again(campaign=campaign, customer=scene.customers[0], by=cast.merchant)
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
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    settle(state)
    message = Message.objects.get()
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


def test_a_holding_note_alone_tells_nobody_as_today_counts(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    scenes.sending(scene, Kind.HOLDING)
    settle(Message.State.SENT)
    assert stored(order_of(scene)).told_state == "not_told"
    assert not_told(cast.team).count == 1
    scenes.sending(scene, Kind.RESOLUTION)
    assert stored(order_of(scene)).told_state == "on_its_way"
    settle(Message.State.DELIVERED)
    assert stored(order_of(scene)).told_state == "told"
    assert not_told(cast.team).count == 0


def test_a_customer_of_a_replaced_order_is_still_to_be_told(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    closures.set_outcome(closure=Closure.objects.get(), outcome="replaced", by=cast.merchant)
    assert (stored(order_of(scene)).told_state, not_told(cast.team).count) == ("not_told", 1)
    scenes.sending(scene, Kind.RESOLUTION)
    settle(Message.State.SENT)
    assert (stored(order_of(scene)).told_state, not_told(cast.team).count) == ("told", 0)


def test_what_was_said_of_a_closure_that_was_taken_back_does_not_tell_of_the_next_one(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    order = order_of(scene)
    scenes.sending(scene, Kind.RESOLUTION)
    settle(Message.State.SENT)
    closures.reopen_closure(closure=Closure.objects.get(), by=cast.merchant)
    assert stored(order).told_state == "told", "of what is over, it still says what was written"
    close_again(order, cast.merchant)
    assert (stored(order).told_state, not_told(cast.team).count) == ("not_told", 1)
    assert all_true()


@pytest.mark.parametrize("state", [Message.State.FAILED, Message.State.UNCERTAIN])
def test_a_lost_mail_about_a_closure_that_was_taken_back_does_not_hide_an_untold_one(
    cast: Cast, state: Message.State
) -> None:
    scene = make_scene(cast.merchant, 1)
    order = order_of(scene)
    scenes.sending(scene, Kind.RESOLUTION)
    settle(state)
    closures.reopen_closure(closure=Closure.objects.get(), by=cast.merchant)
    assert stored(order).told_state == state
    close_again(order, cast.merchant)
    assert stored(order).told_state == "not_told"


def test_of_two_closures_of_a_sale_the_untold_one_counts(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    order = order_of(scene)
    scenes.sending(scene, Kind.RESOLUTION)
    settle(Message.State.SENT)
    later = make_supplier_order(cast.team, order)
    # Of the same incident too: its apology, which nobody gets twice, does not name this one.
    closure = closures.log_closures(
        team=cast.team,
        numbers=[later.number],
        reason=reason(),
        buyer_account=scene.incident.buyer_account,
        by=cast.merchant,
    ).logged[0]
    assert closure.incident == scene.incident
    assert (stored(order).told_state, not_told(cast.team).count) == ("not_told", 1)
    assert not_told_by_incident(cast.team, [scene.incident]) == {}, "no further apology can be prepared"
    closures.set_outcome(closure=closure, outcome="refunded", by=cast.merchant)
    assert (stored(order).told_state, not_told(cast.team).count) == ("told", 0)
    assert all_true()


def test_a_mail_on_its_way_about_one_closure_comes_before_another_that_is_untold(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    order = order_of(scene)
    later = make_supplier_order(cast.team, order)
    make_incident(cast.team, cast.merchant, [later], reason=reason())
    scenes.sending(scene, Kind.RESOLUTION)
    assert stored(order).told_state == "on_its_way"
    settle(Message.State.SENT)
    assert stored(order).told_state == "not_told"


@pytest.mark.parametrize(
    "shop", [{"Cancelled_at": "2026-10-02 10:00:00 +0200"}, {"Financial_Status": "voided"},
             {"Financial_Status": "refunded"}, {"Financial_Status": "Refunded"},
             {"Financial_Status": "cancelled"}, {"Financial_Status": "failed"},
             {"Financial_Status": "Cancelled"}, {"Financial_Status": "FAILED"}],
)  # fmt: skip
def test_of_what_the_shop_cancelled_or_gave_back_nobody_is_left_to_tell(
    cast: Cast, shop: dict[str, str]
) -> None:
    store, number = make_store(cast.team), "8201447122035519"
    import_file(csv_file([shopify_row(Notes=number)]), store=store, by=cast.assistant)
    closures.log_closures(
        team=cast.team,
        numbers=[number],
        reason=reason(),
        buyer_account=make_buyer_account(cast.team),
        by=cast.assistant,
    )
    order = StoreOrder.objects.get()
    StoreOrder.objects.update(promised_by=date(2026, 10, 20))
    late = StoreOrder.objects.for_team(cast.team).in_view("late", today=date(2026, 10, 25))
    assert (stored(order).told_state, not_told(cast.team).count, late.count()) == ("not_told", 1, 1)
    assert days_late(StoreOrder.objects.get(), date(2026, 10, 25)) == 5
    import_file(csv_file([shopify_row(Notes=number, **shop)]), store=store, by=cast.assistant)
    assert (stored(order).told_state, not_told(cast.team).count, late.count()) == ("", 0, 0)
    assert days_late(StoreOrder.objects.get(), date(2026, 10, 25)) == 0
    assert all_true()


def test_of_an_ended_incident_nobody_is_left_to_tell(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    end_incident(incident=scene.incident, by=cast.merchant)
    assert (stored(order_of(scene)).told_state, not_told(cast.team).count) == ("", 0)
    assert all_true()


def test_a_mail_that_is_cancelled_after_its_incident_ended_leaves_nobody_to_tell(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    end_incident(incident=scene.incident, by=cast.merchant)
    assert stored(order_of(scene)).told_state == "on_its_way"
    outreach.cancel_campaign(campaign=campaign, by=cast.merchant)
    assert stored(order_of(scene)).told_state == ""
    assert all_true()


@pytest.mark.parametrize(
    ("note", "apology", "word"),
    [
        (Message.State.FAILED, Message.State.DELIVERED, "told"),
        (Message.State.UNCERTAIN, Message.State.SENT, "told"),
        (Message.State.FAILED, Message.State.BOUNCED, "failed"),
        (Message.State.FAILED, Message.State.QUEUED, "failed"),
        (Message.State.DELIVERED, Message.State.FAILED, "failed"),
    ],
)
def test_a_note_to_wait_that_failed_is_made_good_by_an_apology_that_arrived(
    cast: Cast, note: Message.State, apology: Message.State, word: str
) -> None:
    scene = make_scene(cast.merchant, 1)
    for kind, state in ((Kind.HOLDING, note), (Kind.RESOLUTION, apology)):
        campaign = scenes.sending(scene, kind)
        Message.objects.filter(campaign=campaign).update(state=state)
    refresh_status([order_of(scene).pk])
    assert stored(order_of(scene)).told_state == word
    assert all_true()


@pytest.mark.parametrize(
    ("refund", "word"),
    [
        (Refund.State.APPROVED, "refund_approved"),
        (Refund.State.PROPOSED, "refunded"),
        (Refund.State.ISSUED, "refunded"),
    ],
)
def test_what_the_shop_gave_back_whole_says_more_than_any_refund_but_one_to_do(
    cast: Cast, refund: Refund.State, word: str
) -> None:
    scene = make_scene(cast.merchant, 1)
    outreach.prepare(campaign=scenes.draft(scene), by=cast.merchant)
    Refund.objects.update(state=refund)
    order = order_of(scene)
    StoreOrder.objects.update(financial_status="refunded")
    refresh_status([order.pk])
    assert stored(order).money_state == word


# --- Orders and imports ---


@pytest.mark.parametrize(
    ("shop", "status", "state"),
    [
        ("fulfilled", None, "shipped"),
        ("Fulfilled", None, "shipped"),
        ("fulfilled", "", "shipped"),
        ("fulfilled", "awaiting_shipment", "shipped"),
        ("fulfilled", "verifying_payment", "verifying_payment"),
        ("fulfilled", "cancelled", "cancelled"),
        ("fulfilled", "completed", "completed"),
        ("partial", None, "not_ordered"),
        ("unfulfilled", "", "ordered"),
        ("restocked", "awaiting_shipment", "awaiting_shipment"),
        ("", None, "not_ordered"),
    ],
)
def test_what_the_shop_shipped_is_shipped_where_aliexpress_says_nothing_further(
    cast: Cast, shop: str, status: str | None, state: str
) -> None:
    order = make_store_order(make_store(cast.team), fulfillment_status=shop)
    if status is not None:
        make_supplier_order(cast.team, order, status_code=status)
    refresh_status([order.pk])
    assert stored(order).supplier_state == state


def test_a_replaced_order_is_not_shipped_because_the_shop_shipped_what_was_closed(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1, fulfillment_status="fulfilled")
    assert stored(order_of(scene)).supplier_state == "closed_open"
    closures.set_outcome(
        closure=Closure.objects.get(), outcome="replaced", replacement="8201447122039999", by=cast.merchant
    )
    assert stored(order_of(scene)).supplier_state == "replaced"


def test_what_a_new_file_says_of_shipping_shows_for_new_and_for_known_orders(cast: Cast) -> None:
    store = make_store(cast.team)
    rows = [
        shopify_row(Fulfillment_Status="fulfilled"),
        shopify_row(Name="#1002", Fulfillment_Status="partial"),
        shopify_row(Name="#1003", Fulfillment_Status="unfulfilled", Notes="8201447122035519"),
    ]
    import_file(csv_file(rows), store=store, by=cast.assistant)

    def states() -> list[str]:
        assert all_true()
        return list(StoreOrder.objects.order_by("number").values_list("supplier_state", flat=True))

    assert states() == ["shipped", "not_ordered", "ordered"]
    rows[1] = shopify_row(Name="#1002", Fulfillment_Status="fulfilled")
    rows[2] = shopify_row(Name="#1003", Fulfillment_Status="fulfilled", Notes="8201447122035519")
    result = import_file(csv_file(rows), store=store, by=cast.assistant)
    assert states() == ["shipped", "shipped", "shipped"]
    import_actions.undo_import(source=result, by=cast.merchant)
    undo_file(result.pk)
    assert states() == ["shipped", "not_ordered", "ordered"]


def test_an_order_joined_by_hand_stands_where_its_aliexpress_order_does(cast: Cast) -> None:
    order = make_store_order(make_store(cast.team))
    bought = make_supplier_order(cast.team, status_code="shipped")
    supplier_order_actions.match_supplier_order(
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
        OrderStatus("not_ordered", "", "", False, False),
        OrderStatus("not_ordered", "refunded", "", False, False),
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
        assert sending.claim(message.pk, message.attempt)
        message.refresh_from_db()
        sending._settle(message, {"state": Message.State.SENT})
        after(message)
    after(outreach.issue_refunds(refunds=Refund.objects.all(), by=cast.merchant))
    after(outreach.reopen_refunds(refunds=Refund.objects.all(), by=cast.merchant))
    after(outreach.issue_refunds(refunds=Refund.objects.all(), by=cast.merchant))
    again = "8201447122039999"
    after(closures.set_outcome(closure=first, outcome="replaced", replacement=again, by=cast.assistant))
    assert steps[0] == OrderStatus("closed_open", "at_risk", "not_told", True, False)
    assert steps[-1] == OrderStatus("replaced", "refund_issued", "told", False, False)
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
    assert steps[-1] == OrderStatus("closed_open", "refund_issued", "not_told", True, False)
    after(closures.reopen_closure(closure=Closure.objects.latest("pk"), by=cast.assistant))
    assert steps[-1] == OrderStatus("replaced", "refund_issued", "told", False, False)


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
