"""The lines of an order: as they are kept, and what the migration makes of those that had a table of their own."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core import serializers
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from closedorders.orders.models import StoreOrder
from closedorders.orders.order_lines import OrderLine
from tests.cast import Cast
from tests.factories import make_store, make_store_order

BEFORE, AFTER = "0008_keys_found_from_their_beginning", "0009_lines_live_in_their_order"
LINES = [
    OrderLine('10" stand, "white" \\ grün 灯', "S-1", "Casa Luna", 2, Decimal("12.500")),
    OrderLine("Bulb\n(warm)", price=Decimal("99999999999.999")),
    OrderLine("Gift"),
]


def test_lines_come_back_as_they_were_given(cast: Cast) -> None:
    order = make_store_order(make_store(cast.team), lines=LINES)
    assert StoreOrder.objects.get(pk=order.pk).lines == LINES
    assert StoreOrder.objects.values_list("lines", flat=True).get() == LINES


def test_lines_come_back_from_a_written_copy_of_the_database(cast: Cast) -> None:
    order = make_store_order(make_store(cast.team), lines=LINES)
    (copy,) = serializers.deserialize("json", serializers.serialize("json", [order]))
    assert isinstance(copy.object, StoreOrder)
    assert copy.object.lines == LINES


@pytest.mark.django_db(transaction=True)
def test_lines_move_into_their_order_and_back() -> None:
    executor = MigrationExecutor(connection)
    apps = executor.migrate([("orders", BEFORE)]).apps
    try:
        team = apps.get_model("accounts", "Team").objects.create(slug="casa", name="Casa")
        store = apps.get_model("orders", "Store").objects.create(team=team, name="Casa")
        customer = apps.get_model("orders", "Customer").objects.create(store=store, key="order:#1")
        before = apps.get_model("orders", "StoreOrder")
        orders = [
            before.objects.create(store=store, team=team, customer=customer, number=number)
            for number in ("#1", "#2")
        ]
        line = apps.get_model("orders", "OrderLine")
        for position, values in reversed([*enumerate(LINES, start=1)]):
            line.objects.create(order=orders[0], position=position, **values._asdict())
        executor = MigrationExecutor(connection)
        executor.migrate([("orders", AFTER)])
        kept = dict(StoreOrder.objects.values_list("number", "lines"))
        assert kept == {"#1": LINES, "#2": []}
        executor = MigrationExecutor(connection)
        apps = executor.migrate([("orders", BEFORE)]).apps
        rows = apps.get_model("orders", "OrderLine").objects.order_by("position")
        assert [*rows.values_list("order__number", "position", *OrderLine._fields)] == [
            ("#1", position, *values) for position, values in enumerate(LINES, start=1)
        ]
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
