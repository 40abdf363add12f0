"""The status of orders after their closures were logged, changed and reopened."""

from __future__ import annotations

import pytest

from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.orders.models import SupplierOrder
from closedorders.orders.status import OrderStatus, refresh_status
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import ali_row, csv_file, import_file
from tests.orders.status.stored import all_true, order_of, stored
from tests.outreach.scenes import make_scene


def test_a_logged_closure_shows_on_all_three_axes_and_its_reason_later(cast: Cast) -> None:
    order = make_store_order(make_store(cast.team))
    bought = make_supplier_order(cast.team, order)
    result = closures.log_closures(
        team=cast.team,
        numbers=[bought.number],
        reason=None,
        buyer_account=make_buyer_account(cast.team),
        by=cast.assistant,
    )
    assert stored(order) == OrderStatus("closed_open", "at_risk", "not_told", True, True)
    change = closures.set_reason(closures=result.logged, reason=reason(), by=cast.assistant)
    assert not stored(order).lacks_reason
    assert change.edit is not None
    closures.undo_reason(edit=change.edit, by=cast.assistant)
    assert stored(order).lacks_reason


@pytest.mark.parametrize(
    ("outcome", "told"), [("replaced", "not_told"), ("refunded", ""), ("written_off", "")]
)
def test_an_outcome_shows_at_once_and_goes_when_taken_back(cast: Cast, outcome: str, told: str) -> None:
    scene = make_scene(cast.merchant, 1)
    order, closure = order_of(scene), Closure.objects.get()
    closures.set_outcome(closure=closure, outcome=outcome, by=cast.merchant)
    assert stored(order) == OrderStatus(outcome, "", told, False, bool(told))
    closures.set_outcome(closure=closure, outcome="open", by=cast.merchant)
    assert stored(order) == OrderStatus("closed_open", "at_risk", "not_told", False, True)


def test_a_reopened_closure_counts_no_more(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    SupplierOrder.objects.update(status_code="shipped")
    closures.reopen_closure(closure=Closure.objects.get(), by=cast.merchant)
    assert stored(order_of(scene)) == OrderStatus("shipped", "", "", False, False)


def test_a_replaced_order_stands_where_its_new_one_does_once_that_is_further_than_bought(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    SupplierOrder.objects.update(status_code="closed")
    order = order_of(scene)
    number = "8201447122039999"
    closures.set_outcome(
        closure=Closure.objects.get(), outcome="replaced", replacement=number, by=cast.assistant
    )
    assert stored(order).supplier_state == "replaced", "a number that was typed says nothing yet"
    for worded, state in [
        ("Awaiting shipment", "replaced"),
        ("Payment verification", "verifying_payment"),
        ("Awaiting payment", "awaiting_payment"),
        ("Frozen", "frozen"),
        ("Canceled", "cancelled"),
        ("Closed", "closed"),
        ("Expired", "expired"),
        ("Words that are new", "replaced"),
        ("Awaiting delivery", "shipped"),
        ("Finished", "completed"),
    ]:
        rows = [ali_row(Order_ID=number, Status=worded)]
        import_file(csv_file(rows), store=scene.store, by=cast.assistant)
        assert stored(order).supplier_state == state, worded
        assert all_true()


#: (Outcome of the closure that stands or "", status, which of those before it replaces) of each AliExpress order.
@pytest.mark.parametrize(
    ("bought", "state"),
    [
        ([("replaced", "closed", None)], "replaced"),
        ([("replaced", "closed", None), ("", "shipped", None)], "shipped"),
        ([("replaced", "closed", None), ("", "shipped", None), ("", "awaiting_shipment", 0)], "replaced"),
        ([("replaced", "closed", None), ("", "shipped", None), ("", "", 0)], "replaced"),
        ([("replaced", "closed", None), ("", "", 0), ("", "cancelled", None)], "cancelled"),
        ([("replaced", "closed", None), ("", "completed", 0), ("open", "closed", None)], "closed_open"),
        ([("replaced", "closed", None), ("", "shipped", 0), ("refunded", "closed", None)], "shipped"),
        ([("replaced", "closed", None), ("", "", 0), ("refunded", "closed", None)], "replaced"),
        ([("replaced", "closed", None), ("", "", 0), ("written_off", "closed", None)], "replaced"),
        ([("replaced", "closed", None), ("refunded", "closed", None)], "replaced"),
        ([("replaced", "closed", None), ("refunded", "closed", 0)], "refunded"),
        ([("replaced", "closed", None), ("written_off", "closed", 0)], "written_off"),
        ([("replaced", "closed", None), ("replaced", "closed", 0), ("", "shipped", 1)], "shipped"),
        ([("replaced", "closed", None), ("replaced", "closed", 0), ("", "", 1)], "replaced"),
        ([("refunded", "closed", None), ("written_off", "closed", None)], "refunded"),
        ([("written_off", "closed", None)], "written_off"),
        ([("open", "closed", None), ("", "awaiting_shipment", None)], "closed_open"),
        ([("open", "closed", None), ("", "", None)], "closed_open"),
        ([("open", "closed", None), ("", "verifying_payment", None), ("", "cancelled", None)], "closed_open"),
        ([("open", "closed", None), ("refunded", "closed", None), ("", "frozen", None)], "closed_open"),
        ([("refunded", "closed", None), ("", "verifying_payment", None)], "verifying_payment"),
        ([("refunded", "closed", None), ("", "awaiting_shipment", None)], "awaiting_shipment"),
        ([("written_off", "closed", None), ("", "", None)], "ordered"),
        ([("written_off", "closed", None), ("", "cancelled", None)], "cancelled"),
        ([("refunded", "closed", None), ("", "shipped", None)], "refunded"),
        ([("refunded", "closed", None), ("", "completed", None)], "refunded"),
        ([("", "closed", None)], "closed"),
    ],
)
def test_of_several_aliexpress_orders_a_closed_one_counts_by_its_outcome_alone(
    cast: Cast, bought: list[tuple[str, str, int | None]], state: str
) -> None:
    order = make_store_order(make_store(cast.team))
    rows: list[SupplierOrder] = []
    for _, status, replaced in bought:
        before = None if replaced is None else rows[replaced]
        rows.append(make_supplier_order(cast.team, order, status_code=status, replaces=before))
    closed = [row for row, (outcome, _, _) in zip(rows, bought, strict=True) if outcome]
    make_incident(cast.team, cast.merchant, closed, reason=reason())
    for row, (outcome, _, _) in zip(rows, bought, strict=True):
        Closure.objects.filter(supplier_order=row).update(outcome=outcome)
    refresh_status([order.pk])
    assert stored(order).supplier_state == state
