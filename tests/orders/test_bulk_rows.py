from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from closedorders.orders.bulk_rows import insert_rows
from closedorders.orders.models import Store, Supplier
from tests.cast import Cast
from tests.factories import make_store


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team)


def insert(store: Store, rows: Iterator[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        insert_rows(Supplier, ("team_id", "name", "url"), rows)


@pytest.mark.parametrize("number", [0, 1, 200, 401])
def test_any_number_of_rows_arrives(store: Store, number: int) -> None:
    names = [f"Seller {n}" for n in range(number)]
    insert(store, ((store.team_id, name, "") for name in names))
    assert list(Supplier.objects.order_by("pk").values_list("name", flat=True)) == names


@pytest.mark.parametrize(
    "name", ['Lamp "Luna"', "a,b;c", "\\.", "\\N", "two\nlines", "two\r\nlines", "\t", "ñ\u2028木"]
)
def test_a_text_arrives_as_it_is(store: Store, name: str) -> None:
    insert(store, iter([(store.team_id, name, ""), (store.team_id, "after it", "")]))
    assert list(Supplier.objects.order_by("pk").values_list("name", flat=True)) == [name, "after it"]


@pytest.mark.parametrize("reason", [ValueError("a cell"), KeyboardInterrupt()])
def test_what_breaks_off_the_rows_is_told_and_none_of_them_stays(store: Store, reason: BaseException) -> None:
    def rows() -> Iterator[tuple[Any, ...]]:
        yield store.team_id, "Seller", ""
        raise reason

    with pytest.raises(type(reason)) as told:
        insert(store, rows())
    assert told.value is reason
    assert not Supplier.objects.exists()
