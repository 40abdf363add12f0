"""The planner's arithmetic: deposits used first in, first out, what to buy, what will be lost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closedorders.risk.apology_cost import apology_cost
from closedorders.risk.pocket.planning import (
    Advice,
    Lot,
    Use,
    expiry_of,
    held_on,
    left_of,
    lost_at_this_pace,
    parts_of,
    plan,
)

TODAY = date(2026, 11, 30)


def lot(pk: int, amount: int, *, bought: int = 100, good: int = 900) -> Lot:
    """Bought so many days ago, good for so many days from today."""
    return Lot(pk, TODAY - timedelta(days=bought), TODAY + timedelta(days=good), Decimal(amount))


def use(amount: int, *, ago: int = 0) -> Use:
    return Use(TODAY - timedelta(days=ago), Decimal(amount))


@pytest.mark.parametrize(
    ("bought", "expires"),
    [
        (date(2026, 3, 3), date(2029, 3, 3)),
        (date(2028, 2, 29), date(2031, 2, 28)),
        (date(2026, 12, 31), date(2029, 12, 31)),
    ],
)
def test_credit_is_good_for_three_years(bought: date, expires: date) -> None:
    assert expiry_of(bought) == expires


def test_the_oldest_deposit_is_used_first() -> None:
    left, unpaid = left_of([lot(1, 50, bought=10), lot(2, 100, bought=20)], [use(120)])
    assert (left, unpaid) == ({1: Decimal(30), 2: Decimal(0)}, Decimal(0))


def test_a_use_draws_on_nothing_that_was_not_there_on_its_day() -> None:
    gone = lot(2, 100, bought=30, good=-6)
    left, unpaid = left_of([lot(1, 50, bought=1), gone], [use(70, ago=5)])
    assert (left, unpaid) == ({1: Decimal(50), 2: Decimal(100)}, Decimal(70))
    assert held_on([lot(1, 50), gone], left, TODAY) == 50


def test_what_an_average_day_does_not_use_before_it_expires_is_lost() -> None:
    lots = [lot(1, 100, bought=20, good=9), lot(2, 100, bought=10, good=9)]
    left, _unpaid = left_of(lots, [])
    assert lost_at_this_pace(lots, left, average=Decimal(12), today=TODAY) == {2: Decimal(80)}
    assert lost_at_this_pace(lots, left, average=Decimal(20), today=TODAY) == {}


@pytest.mark.parametrize(
    ("average", "peak", "held", "advice", "wanted", "parts"),
    [
        (0, 0, 0, Advice.NO_SPENDING, 0, ()),
        (0, 0, 100, Advice.NO_SPENDING, 0, ()),
        (120, 400, 0, Advice.BUY, 120, (100, 20)),
        (121, 400, 0, Advice.BUY, 130, (100, 20, 10)),
        (121, 400, 95, Advice.BUY, 130, (20, 20)),
        (120, 400, 120, Advice.ENOUGH, 120, ()),
        (120, 400, 400, Advice.ENOUGH, 120, ()),
        (120, 400, 401, Advice.TOO_MUCH, 120, ()),
        (5, 5, 10, Advice.ENOUGH, 10, ()),
    ],
)
def test_credit_for_an_average_day_is_bought_and_no_more_than_for_the_busiest(
    average: int, peak: int, held: int, advice: Advice, wanted: int, parts: tuple[int, ...]
) -> None:
    made = plan(average=Decimal(average), peak=Decimal(peak), held=Decimal(held))
    assert (made.advice, made.wanted, made.parts) == (advice, Decimal(wanted), parts)


@given(st.integers(min_value=0, max_value=50_000))
def test_the_amounts_to_buy_add_up_to_the_next_ten(amount: int) -> None:
    assert sum(parts_of(Decimal(amount))) == -(-amount // 10) * 10


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(0, 60), st.integers(-30, 60)), max_size=8),
    st.lists(st.tuples(st.integers(1, 300), st.integers(0, 60)), max_size=8),
)
def test_nothing_is_used_twice_or_below_nothing(
    bought: list[tuple[int, int, int]], used: list[tuple[int, int]]
) -> None:
    lots = [lot(pk, amount, bought=ago, good=good) for pk, (amount, ago, good) in enumerate(bought)]
    uses = [use(amount, ago=ago) for amount, ago in used]
    left, unpaid = left_of(lots, uses)
    assert all(0 <= left[each.pk] <= each.amount for each in lots)
    assert (
        sum(each.amount for each in lots) - sum(left.values()) == sum(each.amount for each in uses) - unpaid
    )


def test_an_apology_costs_its_parts() -> None:
    cost = apology_cost(
        customers=200,
        order_value=Decimal(40),
        margin=25,
        code=10,
        redeemed=20,
        refund=10,
        gift=Decimal(2),
        shipping=Decimal("1.5"),
    )
    assert [cost.codes, cost.refunds, cost.gifts, cost.shipping] == [160, 800, 400, 300]
    assert [cost.whole, cost.each, cost.of_margin] == [1_660, Decimal("8.3"), 83]


def test_of_orders_that_leave_nothing_no_share_is_said() -> None:
    cost = apology_cost(
        customers=1,
        order_value=Decimal(10),
        margin=0,
        code=0,
        redeemed=0,
        refund=100,
        gift=Decimal(0),
        shipping=Decimal(0),
    )
    assert cost.of_margin is None
