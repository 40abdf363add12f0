"""The status of orders while mails and refunds move."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import refresh_status
from closedorders.outreach import actions as outreach
from closedorders.outreach import sending
from closedorders.outreach.models import Campaign, Kind, Message, Refund
from closedorders.outreach.order_status import refresh_marked
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_store,
)
from tests.orders.status.stored import all_true, order_of, settle, stored
from tests.outreach import scenes
from tests.outreach.scenes import make_scene


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
    assert sending.claim(message.pk, message.attempt, message.recipient)
    message.refresh_from_db()
    sending._settle(message, {"state": Message.State.FAILED})
    refresh_marked([message.pk])
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


@pytest.mark.parametrize(
    ("note", "apology", "word"),
    [
        (Message.State.FAILED, Message.State.DELIVERED, "told"),
        (Message.State.UNCERTAIN, Message.State.SENT, "told"),
        (Message.State.FAILED, Message.State.BOUNCED, "unreachable"),
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
