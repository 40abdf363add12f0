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
