"""The outcome of closures as a bulk edit of the orders list."""

from __future__ import annotations

import pytest

from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.orders.bulk.actions import apply_bulk_edit, undo_bulk_edit
from closedorders.orders.bulk.plan import VERBS, verbs_for
from closedorders.orders.models import BulkEdit, StoreOrder
from tests.cast import Cast
from tests.factories import make_incident, make_store, make_store_order, make_supplier_order


def _apply(cast: Cast, verb: str, orders: list[StoreOrder], **wanted: object) -> BulkEdit:
    return apply_bulk_edit(
        team=cast.team,
        verb=VERBS[verb],
        order_ids=[order.pk for order in orders],
        params={"over": False, **wanted},
        key=f"key {BulkEdit.objects.count()}",
        by=cast.merchant,
    )


def test_orders_get_their_outcome_and_those_without_a_closure_are_named(cast: Cast) -> None:
    store = make_store(cast.team)
    closed, untouched = make_store_order(store), make_store_order(store)
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, closed)])
    edit = _apply(cast, "outcome_refunded", [closed, untouched])
    assert [(each["number"], each["code"]) for each in edit.exceptions] == [(untouched.number, "no_closure")]
    closure = Closure.objects.get()
    assert (closure.outcome, closure.outcome_by) == ("refunded", cast.merchant)
    closed.refresh_from_db()
    assert closed.supplier_state == "refunded"
    edit = _apply(cast, "outcome_written_off", [closed])
    assert edit.exceptions[0]["code"] == "made_good"
    assert _apply(cast, "outcome_written_off", [closed], over=True).changed == 1


def test_undo_of_a_reopening_leaves_an_order_that_was_closed_again(cast: Cast) -> None:
    store = make_store(cast.team)
    first, second = make_store_order(store), make_store_order(store)
    incident = make_incident(
        cast.team, cast.merchant, [make_supplier_order(cast.team, each) for each in (first, second)]
    )
    edit = _apply(cast, "outcome_reopened", [first, second])
    assert Closure.objects.reopened().count() == 2
    Closure.objects.create(
        team=cast.team,
        supplier_order=first.supplier_orders.get(),
        incident=incident,
        logged_by=cast.merchant,
    )
    undone = undo_bulk_edit(edit=edit, by=cast.merchant)
    assert (undone.restored, undone.left) == (1, [first.number])
    assert Closure.objects.open().filter(supplier_order__store_order=second).exists()


def test_an_assistant_has_no_verb_for_money(cast: Cast) -> None:
    names = {verb.name for verb in verbs_for(cast.assistant) if verb.name.startswith("outcome")}
    assert names == {"outcome_replaced", "outcome_reopened"}
    order = make_store_order(make_store(cast.team))
    with pytest.raises(Refused):
        apply_bulk_edit(
            team=cast.team,
            verb=VERBS["outcome_refunded"],
            order_ids=[order.pk],
            params={"over": False},
            key="k",
            by=cast.assistant,
        )
