from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from closedorders.orders.bulk_rows import check_keys, insert_rows
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


def test_what_is_done_meanwhile_is_done_once_and_after_the_last_row(store: Store) -> None:
    done: list[str] = []

    def rows() -> Iterator[tuple[Any, ...]]:
        for name in ("Lamps", "Mugs"):
            done.append(name)
            yield store.team_id, name, ""

    with transaction.atomic():
        insert_rows(
            Supplier, ("team_id", "name", "url"), rows(), meanwhile=lambda: done.append("something else")
        )
    assert done == ["Lamps", "Mugs", "something else"]
    assert Supplier.objects.count() == 2


@pytest.mark.services  # SQLite has no such check before the end of a transaction.
def test_a_row_of_nothing_there_is_told_before_the_transaction_ends(store: Store) -> None:
    done: list[str] = []

    def insert_and_check() -> None:
        with transaction.atomic():
            insert_rows(Supplier, ("team_id", "name", "url"), [(store.team_id + 1_000_000, "Lamps", "")])
            check_keys(meanwhile=lambda: done.append("something else"))

    with pytest.raises(IntegrityError):
        insert_and_check()
    assert done == ["something else"]
