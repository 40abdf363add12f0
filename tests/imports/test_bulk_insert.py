from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import repeat
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from closedorders.imports.merge.bulk_insert import (
    Column,
    Columns,
    check_keys,
    insert_columns,
    moment_to_insert,
)
from closedorders.orders.models import Store, StoreOrder, Supplier
from tests.factories import make_customer, make_store_order


def insert(store: Store, names: Sequence[object], meanwhile: Callable[[], None] | None = None) -> None:
    columns: Columns = {"team_id": repeat(store.team_id), "name": names, "url": repeat("")}
    with transaction.atomic():
        insert_columns(Supplier, columns, meanwhile=meanwhile)


@pytest.mark.parametrize("number", [0, 1, 200, 401])
def test_any_number_of_rows_arrives(store: Store, number: int) -> None:
    names = [f"Seller {n}" for n in range(number)]
    insert(store, names)
    assert list(Supplier.objects.order_by("pk").values_list("name", flat=True)) == names


@pytest.mark.parametrize(
    "name",
    [
        'Lamp "Luna"',
        "a,b;c",
        "\\.",
        "\\N",
        "\\",
        "two\nlines",
        "two\r\nlines",
        "\t",
        "ñ\u2028木",
        "",
        " ",
        "NULL",
    ],
)
def test_a_text_arrives_as_it_is(store: Store, name: str) -> None:
    insert(store, [name, "after it"])
    insert_columns(Supplier, {"team_id": [store.team_id], "name": ["in all"], "url": repeat(name)})
    assert list(Supplier.objects.order_by("pk").values_list("name", "url")) == [
        (name, ""),
        ("after it", ""),
        ("in all", name),
    ]


def test_values_arrive_as_they_are_and_what_is_not_told_as_nothing(store: Store) -> None:
    customer = make_customer(store)
    moments = [datetime(2026, 3, 29, 2, 30, 15, 123456, tzinfo=ZoneInfo("America/Lima")), None]
    common = make_store_order(store, customer)
    stored = {
        field.attname: getattr(common, field.attname)
        for field in StoreOrder._meta.concrete_fields
        if not field.primary_key
    }
    columns: dict[str, Column] = {name: repeat(value) for name, value in stored.items()}
    now = repeat(moment_to_insert(common.created_at))
    columns |= {"lines": repeat("[]"), "edited_fields": repeat("[]"), "created_at": now, "updated_at": now}
    columns |= {
        "number": ["a", "b"],
        "total": [Decimal("-12.345"), None],
        "placed_at": moments,
        "promised_by": [date(2026, 4, 1), None],
        "came_on_line": [7, None],
        "lacks_reason": [True, False],
    }
    insert_columns(StoreOrder, columns)
    found = StoreOrder.objects.exclude(pk=common.pk).order_by("number")
    assert list(
        found.values_list("number", "total", "placed_at", "promised_by", "came_on_line", "lacks_reason")
    ) == [
        ("a", Decimal("-12.345"), moments[0], date(2026, 4, 1), 7, True),
        ("b", None, None, None, None, False),
    ]


@pytest.mark.parametrize("names", [["Lamps"], ["Lamps", "Mugs", "Cups"]])
def test_columns_of_different_lengths_are_refused(store: Store, names: list[str]) -> None:
    with pytest.raises(ValueError, match="name"):
        insert_columns(Supplier, {"team_id": [store.team_id] * 2, "name": names, "url": repeat("")})
    assert not Supplier.objects.exists()


@pytest.mark.parametrize("reason", [ValueError("a cell"), KeyboardInterrupt()])
def test_what_breaks_off_the_rows_is_told_and_none_of_them_stays(store: Store, reason: BaseException) -> None:
    def meanwhile() -> None:
        raise reason

    with pytest.raises(type(reason)) as told:
        insert(store, ["Seller"], meanwhile)
    assert told.value is reason
    assert not Supplier.objects.exists()


def test_what_is_done_meanwhile_is_done_once(store: Store) -> None:
    done: list[str] = []
    insert(store, ["Lamps", "Mugs"], lambda: done.append("something else"))
    assert done == ["something else"]
    assert Supplier.objects.count() == 2


@pytest.mark.services  # SQLite has no such check before the end of a transaction.
def test_a_row_of_nothing_there_is_told_before_the_transaction_ends(store: Store) -> None:
    done: list[str] = []

    def insert_and_check() -> None:
        with transaction.atomic():
            insert_columns(
                Supplier,
                {"team_id": [store.team_id + 1_000_000], "name": repeat("Lamps"), "url": repeat("")},
            )
            check_keys(meanwhile=lambda: done.append("something else"))

    with pytest.raises(IntegrityError):
        insert_and_check()
    assert done == ["something else"]
