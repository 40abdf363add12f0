"""The reorder plan as a pure function: who comes first, which batches, which days, what is added."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from closedorders.incidents.reorder.planning import (
    BY_PROMISE,
    EPACKET,
    FASTER,
    Duty,
    Limits,
    Order,
    in_turn,
    lasts_too_long,
    plan_batches,
)

DAY = date(2026, 12, 1)
DUTY = Duty(per_item=Decimal(3), currency="EUR", since=date(2026, 7, 1), up_to=Decimal(150))


def _order(key: int, cost: object = 10, **fields: Any) -> Order:
    return Order(key=key, cost=None if cost is None else Decimal(str(cost)), **({"currency": "USD"} | fields))


def _costs(*costs: object) -> list[Order]:
    return [_order(key, cost) for key, cost in enumerate(costs, 1)]


def _limits(*, orders_per_day: int | None = None, **amounts: int) -> Limits:
    decimals = {name: Decimal(amount) for name, amount in amounts.items()}
    return Limits(currency="USD", orders_per_day=orders_per_day, **decimals)


@pytest.mark.parametrize(
    ("orders", "limits", "expected"),
    [
        # Without limits all are one batch of the first day.
        (_costs(10, 10, 10), {}, [(0, [1, 2, 3])]),
        # A batch is as full as the card allows, to the cent.
        (_costs(10, 10, 10), {"per_batch": 20}, [(0, [1, 2]), (0, [3])]),
        (_costs("10.01", 10), {"per_batch": 20}, [(0, [1]), (0, [2])]),
        # No day has more orders than the bank allows.
        (_costs(1, 1, 1, 1, 1), {"orders_per_day": 2}, [(0, [1, 2]), (1, [3, 4]), (2, [5])]),
        # ... nor a higher amount.
        (_costs(60, 60, 30), {"per_day": 100}, [(0, [1]), (1, [2, 3])]),
        # Both limits at once: two batches a day.
        (
            _costs(10, 10, 10, 10, 10),
            {"per_batch": 10, "orders_per_day": 2},
            [(0, [1]), (0, [2]), (1, [3]), (1, [4]), (2, [5])],
        ),
        # An order alone above a limit has a batch of its own, and the next one waits.
        (_costs(500, 10), {"per_batch": 100}, [(0, [1]), (0, [2])]),
        (_costs(500, 10), {"per_day": 100}, [(0, [1]), (1, [2])]),
        # A small order does not overtake a large one to fill a batch.
        (_costs(50, 60, 40), {"per_batch": 100}, [(0, [1]), (0, [2, 3])]),
        # A cost that nobody knows counts as an order, not as an amount, and is paid by itself.
        (
            [_order(1), _order(2, None, currency=""), _order(3)],
            {"per_batch": 20, "orders_per_day": 3},
            [(0, [1, 3]), (0, [2])],
        ),
        # Currencies are never added up: another one has a batch of its own and no limit of amounts.
        (
            [_order(1, 90), _order(2, 90, currency="EUR"), _order(3, 20)],
            {"per_batch": 100},
            [(0, [1]), (0, [2]), (0, [3])],
        ),
        ([_order(1, 90, currency="EUR"), _order(2, 90, currency="EUR")], {"per_batch": 100}, [(0, [1, 2])]),
        ([], {"per_batch": 100}, []),
    ],
)  # fmt: skip
def test_batches_are_within_the_limits(
    orders: list[Order], limits: dict[str, Any], expected: list[tuple[int, list[int]]]
) -> None:
    batches = plan_batches(orders, _limits(**limits), starts_on=DAY)
    found = [((batch.day - DAY).days, [line.order.key for line in batch.lines]) for batch in batches]
    assert found == expected
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))


def test_only_a_batch_above_a_limit_is_marked_so() -> None:
    batches = plan_batches(_costs(500, 100, 99), _limits(per_batch=100), starts_on=DAY)
    assert [batch.over for batch in batches] == [True, False, False]
    assert [batch.over for batch in plan_batches(_costs(500), _limits(per_day=100), starts_on=DAY)] == [True]


def test_the_oldest_promise_comes_first_then_the_most_valuable() -> None:
    orders = [
        _order(1, value=Decimal(900)),
        _order(2, promised_by=DAY, value=Decimal(10)),
        _order(3, promised_by=DAY - timedelta(days=1)),
        _order(4, promised_by=DAY, value=Decimal(20)),
        _order(5, value=Decimal(900)),
    ]
    assert [order.key for order in in_turn(orders)] == [3, 4, 2, 1, 5]


@pytest.mark.parametrize(
    ("fields", "on", "expected"),
    [
        ({"country": "ES", "items": 2}, DAY, Decimal(6)),
        ({"country": "US"}, DAY, None),
        ({"country": ""}, DAY, None),
        # Great Britain and Switzerland are not in the EU.
        ({"country": "GB"}, DAY, None),
        ({"country": "ES"}, date(2026, 6, 30), None),
        ({"country": "ES"}, date(2026, 7, 1), Decimal(3)),
        ({"country": "ES", "currency": "EUR", "cost": 150}, DAY, Decimal(3)),
        ({"country": "ES", "currency": "EUR", "cost": "150.01"}, DAY, None),
        # In another currency nobody can compare.
        ({"country": "ES", "cost": 900}, DAY, Decimal(3)),
    ],
)
def test_the_duty_is_added_where_it_applies(
    fields: dict[str, Any], on: date, expected: Decimal | None
) -> None:
    assert DUTY.of(_order(1, **fields), on) == expected


def test_a_duty_in_the_currency_of_the_limits_counts_against_them() -> None:
    orders = [_order(key, 10, currency="EUR", country="ES") for key in (1, 2)]
    limits = Limits(currency="EUR", per_batch=Decimal(25))
    assert len(plan_batches(orders, limits, starts_on=DAY)) == 1
    assert len(plan_batches(orders, limits, starts_on=DAY, duty=DUTY)) == 2


def test_an_order_is_shipped_faster_where_its_promise_is_near_or_past() -> None:
    orders = [
        _order(1, promised_by=DAY - timedelta(days=3)),
        _order(2, promised_by=DAY + timedelta(days=19)),
        _order(3, promised_by=DAY + timedelta(days=20)),
        _order(4),
    ]

    def shipping(choice: str) -> list[str]:
        (batch,) = plan_batches(orders, Limits(), starts_on=DAY, shipping=choice)
        return [line.shipping for line in batch.lines]

    assert shipping(BY_PROMISE) == [FASTER, FASTER, EPACKET, EPACKET]
    assert shipping(EPACKET) == [EPACKET] * 4
    assert shipping(FASTER) == [FASTER] * 4


def test_a_plan_of_more_than_a_year_is_noticed() -> None:
    assert lasts_too_long(plan_batches(_costs(*[1] * 368), _limits(orders_per_day=1), starts_on=DAY))
    assert not lasts_too_long(plan_batches(_costs(*[1] * 367), _limits(orders_per_day=1), starts_on=DAY))
    assert not lasts_too_long([])
