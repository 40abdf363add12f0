"""Which customers still have to hear of a closure, by the status of their orders and by the count of Today."""

from __future__ import annotations

from datetime import date

import pytest

from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.incidents.actions import end_incident, merge_incident, reopen_incident
from closedorders.orders.listing.rows import days_late
from closedorders.orders.models import StoreOrder
from closedorders.outreach import actions as outreach
from closedorders.outreach.audience import not_told, untold_by_incident
from closedorders.outreach.models import Kind, Message
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_store,
    make_supplier_order,
    reason,
)
from tests.imports.files import csv_file, import_file, shopify_row
from tests.orders.status.stored import all_true, close_again, order_of, settle, stored
from tests.outreach import scenes
from tests.outreach.scenes import make_scene


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
    closure = closures.log_closures(
        team=cast.team,
        numbers=[later.number],
        reason=reason(),
        buyer_account=scene.incident.buyer_account,
        by=cast.merchant,
    ).logged[0]
    assert closure.incident != scene.incident, "the account works again, so this is a new event"
    assert (stored(order).told_state, not_told(cast.team).count) == ("not_told", 1)
    merge_incident(incident=closure.incident, into=scene.incident, by=cast.merchant)
    closure.refresh_from_db()
    assert (stored(order).told_state, not_told(cast.team).count) == ("not_told", 1)
    assert untold_by_incident(cast.team, [scene.incident]) == {scene.incident.pk: {"not_told": 1}}
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


def test_an_incident_ends_once_its_mails_are_cancelled_and_leaves_nobody_to_tell(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    with pytest.raises(Refused, match="on its way"):
        end_incident(incident=scene.incident, by=cast.merchant)
    assert stored(order_of(scene)).told_state == "on_its_way"
    outreach.cancel_campaign(campaign=campaign, by=cast.merchant)
    end_incident(incident=scene.incident, by=cast.merchant)
    assert stored(order_of(scene)).told_state == ""
    assert all_true()


def test_who_was_not_told_when_an_incident_ended_is_to_be_told_once_it_is_reopened(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    end_incident(incident=scene.incident, by=cast.merchant)
    reopen_incident(incident=scene.incident, by=cast.merchant)
    assert (stored(order_of(scene)).told_state, not_told(cast.team).count) == ("not_told", 2)
    assert all_true()
