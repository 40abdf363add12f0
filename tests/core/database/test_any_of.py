from __future__ import annotations

import pytest

from closedorders.orders.models import StoreOrder
from tests.cast import Cast
from tests.factories import make_store, make_store_order


@pytest.mark.parametrize(
    "number", ["#1001", 'a "b", c', "back\\slash", "{brace}", "NULL", "it's", "a,b", "  ", "%s"]
)
def test_a_text_is_found_whatever_signs_it_has(cast: Cast, number: str) -> None:
    store = make_store(cast.team)
    make_store_order(store, number=number)
    make_store_order(store, number="another")
    found = StoreOrder.objects.filter(number__any_of=[number, "not there"])
    assert [order.number for order in found] == [number]


def test_of_no_texts_none_is_found(cast: Cast) -> None:
    make_store_order(make_store(cast.team), number="")
    assert not StoreOrder.objects.filter(number__any_of=[]).exists()


def test_orders_are_found_by_many_keys(cast: Cast) -> None:
    store = make_store(cast.team)
    orders = [make_store_order(store, number=f"#{at}") for at in range(3)]
    wanted = {orders[0].pk, orders[2].pk, 999_999}
    found = StoreOrder.objects.filter(pk__any_of=wanted).order_by("pk")
    assert [order.pk for order in found] == [orders[0].pk, orders[2].pk]
    assert not StoreOrder.objects.filter(pk__any_of=set()).exists()
