from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from closedorders.orders.models import StoreOrder
from closedorders.outreach import actions
from closedorders.outreach.models import DiscountCode, Kind, Refund
from closedorders.outreach.plans.plan import Plan
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach.scenes import draft, make_ready, make_scene


def test_creating_twice_gives_the_same_draft(cast: Cast) -> None:
    scene = make_scene(cast.merchant)
    assert draft(scene) == draft(scene)
    assert draft(scene, Kind.HOLDING) != draft(scene)


def test_preparing_twice_makes_nothing_twice_and_tops_up_newcomers(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = draft(scene)
    actions.prepare(campaign=campaign, by=cast.merchant)
    before = set(DiscountCode.objects.values_list("code", flat=True))
    actions.prepare(campaign=campaign, by=cast.merchant)
    assert set(DiscountCode.objects.values_list("code", flat=True)) == before
    assert Refund.objects.count() == 2
    StoreOrder.objects.filter(customer=scene.customers[0]).update(customer=make_customer(scene.store))
    plan = actions.prepare(campaign=campaign, by=cast.merchant)
    assert plan.is_prepared
    assert DiscountCode.objects.count() == 3


@pytest.mark.parametrize(("base", "amount"), [("total", "4.50"), ("subtotal", "4.00"), ("shipping", "0.50")])
def test_a_refund_is_its_part_of_the_chosen_base(cast: Cast, base: str, amount: str) -> None:
    campaign = draft(make_scene(cast.merchant, 1))
    actions.change_offer(campaign=campaign, by=cast.merchant, refund_base=base)
    actions.prepare(campaign=campaign, by=cast.merchant)
    assert Refund.objects.get().amount == Decimal(amount)


def test_a_refund_is_rounded_the_way_its_currency_is(cast: Cast) -> None:
    campaign = draft(make_scene(cast.merchant, 1, currency="JPY", total=Decimal(1999)))
    actions.prepare(campaign=campaign, by=cast.merchant)
    assert Refund.objects.get().amount == Decimal(200)


def test_orders_without_an_amount_are_listed_not_guessed(cast: Cast) -> None:
    campaign = draft(make_scene(cast.merchant, 2, total=None))
    plan = actions.prepare(campaign=campaign, by=cast.merchant)
    assert len(plan.without_amount) == 2
    assert not Refund.objects.exists()


def test_another_offer_makes_codes_and_refunds_anew(cast: Cast) -> None:
    campaign = make_ready(draft(make_scene(cast.merchant, 2)), cast.merchant)
    old = set(DiscountCode.objects.values_list("code", flat=True))
    actions.change_offer(campaign=campaign, by=cast.merchant, code_percent=15, refund_percent=20)
    campaign.refresh_from_db()
    assert not Plan(campaign).is_prepared
    actions.prepare(campaign=campaign, by=cast.merchant)
    codes = DiscountCode.objects.all()
    assert not old & {code.code for code in codes}
    assert {(code.percent, code.loaded_at) for code in codes} == {(15, None)}
    assert {(refund.amount, refund.state) for refund in Refund.objects.all()} == {
        (Decimal(9), Refund.State.PROPOSED)
    }


def test_money_that_is_paid_is_not_taken_back_by_another_offer(cast: Cast) -> None:
    campaign = make_ready(draft(make_scene(cast.merchant, 1)), cast.merchant)
    actions.issue_refunds(refunds=campaign.refunds.all(), by=cast.merchant)
    actions.change_offer(campaign=campaign, by=cast.merchant, refund_percent=20)
    actions.prepare(campaign=campaign, by=cast.merchant)
    refund = Refund.objects.get()
    assert (refund.amount, refund.state) == (Decimal("4.5"), Refund.State.ISSUED)


def test_codes_of_a_store_never_meet(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_scene(cast.merchant, 6, store=make_store(cast.team))
    draws = iter(["same-a", "same-a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"])

    def drawn(name: str, percent: object, taken: Callable[[str], bool]) -> str:
        return next(code for code in draws if not taken(code))

    DiscountCode.objects.create(
        store=scene.store,
        campaign=draft(make_scene(cast.merchant, 1)),
        incident=make_scene(cast.merchant, 1).incident,
        customer=scene.customers[0],
        code="b",
        percent=10,
    )
    monkeypatch.setattr("closedorders.outreach.codes.make_code", drawn)
    campaign = draft(scene)
    actions.prepare(campaign=campaign, by=cast.merchant)
    codes = list(DiscountCode.objects.filter(store=scene.store).values_list("code", flat=True))
    assert len(codes) == len(set(codes)) == 7


def test_the_database_refuses_a_second_code_of_the_same_name(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = draft(scene)
    actions.prepare(campaign=campaign, by=cast.merchant)
    first, second = DiscountCode.objects.order_by("pk")
    second.code = first.code
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()
