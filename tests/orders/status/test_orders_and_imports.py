"""The status of orders after imports, and after what the shop says of shipping."""

from __future__ import annotations

import pytest

from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.imports import actions as import_actions
from closedorders.imports.undo.run import undo_file
from closedorders.orders.actions import supplier_orders as supplier_order_actions
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import OrderStatus, refresh_status
from tests.cast import Cast
from tests.factories import (
    make_store,
    make_store_order,
    make_supplier_order,
)
from tests.imports.files import ali_row, csv_file, import_file, shopify_row
from tests.orders.status.stored import all_true, order_of, stored
from tests.outreach.scenes import make_scene


@pytest.mark.parametrize(
    ("shop", "status", "state"),
    [
        ("fulfilled", None, "shipped"),
        ("Fulfilled", None, "shipped"),
        ("fulfilled", "", "shipped"),
        ("fulfilled", "awaiting_shipment", "shipped"),
        ("fulfilled", "verifying_payment", "verifying_payment"),
        ("fulfilled", "cancelled", "cancelled"),
        ("fulfilled", "completed", "completed"),
        ("partial", None, "not_ordered"),
        ("unfulfilled", "", "ordered"),
        ("restocked", "awaiting_shipment", "awaiting_shipment"),
        ("", None, "not_ordered"),
    ],
)
def test_what_the_shop_shipped_is_shipped_where_aliexpress_says_nothing_further(
    cast: Cast, shop: str, status: str | None, state: str
) -> None:
    order = make_store_order(make_store(cast.team), fulfillment_status=shop)
    if status is not None:
        make_supplier_order(cast.team, order, status_code=status)
    refresh_status([order.pk])
    assert stored(order).supplier_state == state


def test_a_replaced_order_is_not_shipped_because_the_shop_shipped_what_was_closed(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1, fulfillment_status="fulfilled")
    assert stored(order_of(scene)).supplier_state == "closed_open"
    closures.set_outcome(
        closure=Closure.objects.get(), outcome="replaced", replacement="8201447122039999", by=cast.merchant
    )
    assert stored(order_of(scene)).supplier_state == "replaced"


def test_what_a_new_file_says_of_shipping_shows_for_new_and_for_known_orders(cast: Cast) -> None:
    store = make_store(cast.team)
    rows = [
        shopify_row(Fulfillment_Status="fulfilled"),
        shopify_row(Name="#1002", Fulfillment_Status="partial"),
        shopify_row(Name="#1003", Fulfillment_Status="unfulfilled", Notes="8201447122035519"),
    ]
    import_file(csv_file(rows), store=store, by=cast.assistant)

    def states() -> list[str]:
        assert all_true()
        return list(StoreOrder.objects.order_by("number").values_list("supplier_state", flat=True))

    assert states() == ["shipped", "not_ordered", "ordered"]
    rows[1] = shopify_row(Name="#1002", Fulfillment_Status="fulfilled")
    rows[2] = shopify_row(Name="#1003", Fulfillment_Status="fulfilled", Notes="8201447122035519")
    result = import_file(csv_file(rows), store=store, by=cast.assistant)
    assert states() == ["shipped", "shipped", "shipped"]
    import_actions.undo_import(source=result, by=cast.merchant)
    undo_file(result.pk)
    assert states() == ["shipped", "not_ordered", "ordered"]


def test_an_order_joined_by_hand_stands_where_its_aliexpress_order_does(cast: Cast) -> None:
    order = make_store_order(make_store(cast.team))
    bought = make_supplier_order(cast.team, status_code="shipped")
    supplier_order_actions.match_supplier_order(
        supplier_order=bought, store=order.store, number=order.number, by=cast.assistant
    )
    assert stored(order).supplier_state == "shipped"


def test_imports_of_every_kind_leave_orders_standing_as_they_should(cast: Cast) -> None:
    store = make_store(cast.team)
    number = "8201447122035519"
    rows = [shopify_row(), shopify_row(Name="#1002", Financial_Status="refunded")]
    import_file(csv_file(rows), store=store, by=cast.assistant)
    first, second = StoreOrder.objects.order_by("number")
    assert (stored(first), stored(second)) == (
        OrderStatus("not_ordered", "", "", False, False),
        OrderStatus("not_ordered", "refunded", "", False, False),
    )
    import_file(f"order,aliexpress\n#1001,{number}\n".encode(), store=store, by=cast.assistant)
    assert stored(first).supplier_state == "ordered"
    import_file(
        csv_file([ali_row(Order_ID=number, Status="Payment verification")]), store=store, by=cast.assistant
    )
    assert stored(first).supplier_state == "verifying_payment"
    rows[0] = shopify_row(Financial_Status="partially_refunded")
    import_file(csv_file(rows), store=store, by=cast.assistant)
    assert stored(first).money_state == "partly_refunded"
    assert all_true()
