"""Working through a plan: one order at a time, each by one person."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.closures import actions as closures
from closedorders.closures.models import Closure, ClosureReason
from closedorders.core.refusals import Refused
from closedorders.incidents.reorder import actions
from closedorders.incidents.reorder.models import ReorderLine, ReorderPlan
from closedorders.incidents.reorder.planning import Duty, Limits
from closedorders.orders.models import StoreOrder, SupplierOrder
from closedorders.orders.order_lines import OrderLine
from tests.cast import Cast
from tests.factories import make_member, make_supplier_order
from tests.incidents.reorder.scenes import NEW, planned
from tests.incidents.scenes import bad_day
from tests.test_at_once import at_once

DUTY = Duty(per_item=Decimal(3), currency="EUR", since=date(2026, 7, 1), up_to=Decimal(150))


def test_a_plan_has_each_open_closure_once_in_turn_with_duty_and_gift(cast: Cast) -> None:
    incident = bad_day(cast, 3)
    first, second, third = StoreOrder.objects.order_by("pk")
    StoreOrder.objects.filter(pk=second.pk).update(
        promised_by=date(2026, 12, 3), lines=[OrderLine("Mug"), OrderLine("Plate")]
    )
    StoreOrder.objects.filter(pk=third.pk).update(total=Decimal(99), ship_country="US")
    closures.set_outcome(
        closure=Closure.objects.get(supplier_order__store_order=first), outcome="refunded", by=cast.merchant
    )
    plan = planned(cast, incident=incident, duty=DUTY, gift="phone ring", per_batch=Decimal(20))
    lines = list(plan.lines.with_order().in_turn())
    assert [line.closure.supplier_order.store_order for line in lines] == [second, third]
    assert [(line.items, line.duty, line.gift) for line in lines] == [
        (2, Decimal(6), "phone ring"),
        (1, None, "phone ring"),
    ]
    assert [line.batch.number for line in lines] == [1, 2]
    assert AuditEvent.objects.get(verb="reorder_planned").after == {"orders": 2, "batches": 2}


def test_planning_again_replaces_the_plan_and_keeps_who_has_what(cast: Cast) -> None:
    plan = planned(cast)
    line = actions.claim_next(plan=plan, by=cast.assistant)
    again = planned(cast, incident=plan.incident, orders_per_day=1)
    assert ReorderPlan.objects.current().get() == again
    assert again.lines.claimed(timezone.now()).get().closure == line.closure
    assert actions.claim_next(plan=again, by=cast.assistant).closure == line.closure


def test_only_a_merchant_plans_and_only_what_is_open(cast: Cast) -> None:
    plan = planned(cast, 1)
    options = actions.PlanOptions(
        limits=Limits(), route="card", starts_on=timezone.localdate(), shipping="epacket"
    )
    with pytest.raises(Refused):
        actions.make_plan(incident=plan.incident, options=options, by=cast.assistant)
    closures.set_outcome(closure=Closure.objects.get(), outcome="refunded", by=cast.merchant)
    with pytest.raises(Refused, match="nothing to reorder"):
        actions.make_plan(incident=plan.incident, options=options, by=cast.merchant)


def test_the_queries_of_planning_do_not_grow_with_the_orders(cast: Cast) -> None:
    small, large = bad_day(cast, 2), bad_day(cast, 20)
    with CaptureQueriesContext(connection) as few:
        planned(cast, incident=small)
    with CaptureQueriesContext(connection) as many:
        planned(cast, incident=large)
    assert len(many) == len(few)


def test_next_gives_each_person_another_order_and_the_same_one_until_it_is_placed(cast: Cast) -> None:
    plan = planned(cast)
    other = make_member(cast.team, "assistant")
    first = actions.claim_next(plan=plan, by=cast.assistant)
    second = actions.claim_next(plan=plan, by=other)
    assert (first.place, second.place) == (1, 2)
    assert actions.claim_next(plan=plan, by=cast.assistant) == first
    actions.release_line(line=first, by=cast.assistant)
    assert actions.claim_next(plan=plan, by=cast.merchant).place == 1


def test_a_claim_is_lost_to_whoever_was_quicker(cast: Cast) -> None:
    """Both have read the line as free: the second update finds that it no longer is."""
    plan = planned(cast)
    line = plan.lines.in_turn()[0]
    now = timezone.now()
    assert actions.claim_if_free(line, cast.assistant, now)
    assert not actions.claim_if_free(line, cast.merchant, now)
    line.refresh_from_db()
    assert line.claimed_by == cast.assistant


@pytest.mark.django_db(transaction=True)
def test_two_people_who_ask_at_once_never_get_the_same_order() -> None:
    from tests.cast import _cast

    # Tests that commit leave no seeded reason to the next one.
    ClosureReason.objects.get_or_create(team=None, code="fraud_review")
    cast = _cast("Casa Luna")
    plan = planned(cast, 4)
    people = [cast.assistant, cast.merchant, make_member(cast.team, "assistant")]
    assert at_once(*(lambda by=by: actions.claim_next(plan=plan, by=by) for by in people)) == ["done"] * 3
    claimed = ReorderLine.objects.claimed(timezone.now())
    assert claimed.count() == len({line.claimed_by_id for line in claimed}) == 3


def test_a_claim_ends_by_itself_after_twenty_minutes(cast: Cast) -> None:
    plan = planned(cast, 1)
    line = actions.claim_next(plan=plan, by=cast.assistant)
    with pytest.raises(Refused, match="Others have the orders"):
        actions.claim_next(plan=plan, by=cast.merchant)
    until = ReorderLine.objects.values_list("claimed_until", flat=True).get()
    assert until
    assert timedelta(minutes=19) < until - timezone.now() <= timedelta(minutes=20)
    ReorderLine.objects.update(claimed_until=timezone.now())
    assert actions.claim_next(plan=plan, by=cast.merchant) == line
    # Whoever was late does not place it a second time unseen.
    with pytest.raises(Refused, match="Your 20 minutes were over"):
        actions.enter_number(line=line, number=NEW[0], by=cast.assistant)
    assert Closure.objects.get().outcome == "open"


def test_entering_the_number_marks_the_closure_reordered_with_the_batchs_route(cast: Cast) -> None:
    plan = planned(cast, 2, route="paypal")
    line = actions.claim_next(plan=plan, by=cast.assistant)
    actions.enter_number(line=line, number=NEW[0], by=cast.assistant)
    line.refresh_from_db()
    assert (line.closure.outcome, line.done_by) == ("replaced", cast.assistant)
    new = SupplierOrder.objects.get(number=NEW[0])
    assert (new.replaces, new.payment_method) == (line.closure.supplier_order, "paypal")
    with pytest.raises(Refused, match="has an outcome already"):
        actions.enter_number(line=line, number=NEW[1], by=cast.assistant)
    assert actions.claim_next(plan=plan, by=cast.assistant) != line


def test_a_mistyped_number_is_taken_back_by_who_entered_it(cast: Cast) -> None:
    plan = planned(cast, 2)
    line = actions.claim_next(plan=plan, by=cast.assistant)
    actions.enter_number(line=line, number=NEW[0], by=cast.assistant)
    with pytest.raises(Refused, match="Only who did this"):
        actions.undo_number(line=line, by=make_member(cast.team, "assistant"))
    actions.undo_number(line=line, by=cast.assistant)
    line.refresh_from_db()
    assert (line.closure.outcome, line.claimed_by, line.done_at) == ("open", cast.assistant, None)
    assert not SupplierOrder.objects.exclude(replaces=None).exists()
    actions.enter_number(line=line, number=NEW[1], by=cast.assistant)
    ReorderLine.objects.update(done_at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(Refused, match="ten minutes"):
        actions.undo_number(line=line, by=cast.merchant)


def test_an_order_that_was_made_good_otherwise_is_nobodys_next(cast: Cast) -> None:
    plan = planned(cast, 3)
    first, second, _third = plan.lines.with_order().in_turn()
    closures.set_outcome(closure=first.closure, outcome="refunded", by=cast.merchant)
    closures.reopen_closure(closure=second.closure, by=cast.merchant)
    assert actions.claim_next(plan=plan, by=cast.assistant).place == 3
    for line, why in ((first, "outcome already"), (second, "took this closure back")):
        with pytest.raises(Refused, match=why):
            actions.enter_number(line=line, number=NEW[0], by=cast.assistant)


def test_batches_of_later_days_wait_and_the_days_limits_count_what_slipped(cast: Cast) -> None:
    today = timezone.localdate()
    plan = planned(cast, 3, orders_per_day=2)
    assert [line.batch.day for line in plan.lines.with_order().in_turn()] == [
        today,
        today,
        today + timedelta(days=1),
    ]
    # Nobody did anything on the first days: the third does not get all of it at once.
    for batch in plan.batches.all():
        batch.day -= timedelta(days=5)
        batch.save()
    for number in NEW[:2]:
        line = actions.claim_next(plan=plan, by=cast.assistant)
        actions.enter_number(line=line, number=number, by=cast.assistant)
    with pytest.raises(Refused, match="limit of 2 orders is reached"):
        actions.claim_next(plan=plan, by=cast.assistant)
    # A new plan does not forget what was placed today.
    again = planned(cast, incident=plan.incident, orders_per_day=2)
    with pytest.raises(Refused, match="limit of 2 orders is reached"):
        actions.claim_next(plan=again, by=cast.assistant)


def test_what_others_have_in_hand_counts_against_the_amount_of_the_day(cast: Cast) -> None:
    plan = planned(cast, 2, per_day=Decimal(20))
    plan.batches.update(day=timezone.localdate())
    actions.claim_next(plan=plan, by=cast.assistant)
    with pytest.raises(Refused, match="limit for the amount"):
        actions.claim_next(plan=plan, by=cast.merchant)


def test_nothing_is_left_for_today_is_said_apart_from_all_is_placed(cast: Cast) -> None:
    plan = planned(cast, 1, starts_on=timezone.localdate() + timedelta(days=2))
    with pytest.raises(Refused, match="another day"):
        actions.claim_next(plan=plan, by=cast.assistant)
    closures.set_outcome(closure=Closure.objects.get(), outcome="refunded", by=cast.merchant)
    with pytest.raises(Refused, match="Every order of this plan is placed"):
        actions.claim_next(plan=plan, by=cast.assistant)


def test_a_merchant_changes_route_shipping_gift_and_product_lines(cast: Cast) -> None:
    plan = planned(cast, 1, duty=DUTY)
    line = plan.lines.get()
    actions.set_route(batch=line.batch, route="other", by=cast.merchant)
    actions.change_line(line=line, shipping="faster", gift=" ring ", items=3, by=cast.merchant)
    line.refresh_from_db()
    assert (line.batch.route, line.shipping, line.gift, line.duty) == ("other", "faster", "ring", Decimal(9))
    with pytest.raises(Refused):
        actions.set_route(batch=line.batch, route="card", by=cast.assistant)
    with pytest.raises(Refused):
        actions.change_line(line=line, shipping="epacket", gift="", items=1, by=cast.assistant)


def test_only_who_has_an_order_or_a_merchant_frees_it(cast: Cast) -> None:
    plan = planned(cast, 1)
    line = actions.claim_next(plan=plan, by=cast.assistant)
    with pytest.raises(Refused, match="has this order"):
        actions.release_line(line=line, by=make_member(cast.team, "assistant"))
    actions.release_line(line=line, by=cast.merchant)
    assert plan.lines.free(timezone.now()).count() == 1


def test_a_number_that_was_bought_for_something_else_is_refused(cast: Cast, other_cast: Cast) -> None:
    plan = planned(cast, 1)
    line = actions.claim_next(plan=plan, by=cast.assistant)
    make_supplier_order(cast.team, bad_day(cast, 1).closures.get().supplier_order.store_order, number=NEW[0])
    with pytest.raises(Refused, match="bought for another order"):
        actions.enter_number(line=line, number=NEW[0], by=cast.assistant)
    with pytest.raises(Refused):
        actions.claim_next(plan=plan, by=other_cast.merchant)
