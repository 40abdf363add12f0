"""A preview says what saving a file would lose: refunds, shipments, letters, and whose address it is."""

from __future__ import annotations

import pytest
from django.test import Client

from closedorders.imports.wording.reading import warning_texts
from closedorders.orders.models import Customer, Store, StoreOrder
from tests.cast import Cast
from tests.imports.files import csv_file, import_file, preview, shopify_row


@pytest.mark.parametrize(
    ("now", "older"),
    [
        ({"Refunded_Amount": "20.00"}, {"Refunded_Amount": "0.00"}),
        ({"Fulfillment_Status": "fulfilled"}, {"Fulfillment_Status": "unfulfilled"}),
        ({"Financial_Status": "refunded"}, {"Financial_Status": "paid"}),
        ({"Cancelled_at": "2026-10-08 09:00:00 +0200"}, {"Cancelled_at": ""}),
    ],
)
def test_an_older_export_says_what_it_would_take_back(
    cast: Cast, store: Store, now: dict[str, str], older: dict[str, str]
) -> None:
    import_file(csv_file([shopify_row(**now)]), store=store, by=cast.merchant)
    source = preview(csv_file([shopify_row(**older)]), store=store, by=cast.merchant)
    (warning,) = warning_texts(source.samples)
    assert "older than what is here" in warning
    assert "#1001" in warning
    forward = preview(csv_file([shopify_row(**now, Total="26.00")]), store=store, by=cast.merchant)
    assert warning_texts(forward.samples) == []


def test_letters_that_were_lost_are_told(cast: Cast, store: Store) -> None:
    rows = [
        shopify_row(Name="#1", Email="a@example.com", Lineitem_name="Caf\ufffdtera"),
        shopify_row(Name="#2", Email="b@example.com", Billing_Name="Jos\ufffd P\ufffdrez"),
    ]
    source = preview(csv_file(rows), store=store, by=cast.merchant)
    (warning,) = warning_texts(source.samples)
    assert "2 orders have" in warning
    assert "line 2" in warning


SHARED = csv_file(
    [
        shopify_row(Name=number, Email="tienda@example.com", Billing_Name=name)
        for number, name in (("#2900", "Ana Prueba"), ("#2901", "Luis Prueba"), ("#2902", "Marta Prueba"))
    ]
)


def test_orders_of_one_address_each_have_their_own_name(cast: Cast, store: Store) -> None:
    source = import_file(SHARED, store=store, by=cast.merchant)
    (warning,) = warning_texts(source.samples)
    assert "2 orders have the e-mail address" in warning
    assert "tienda@" not in warning
    shown = {order.number: order.shown_name for order in StoreOrder.objects.select_related("customer")}
    assert shown == {sample["number"]: sample["name"] for sample in source.samples["new"]}
    client = Client()
    client.force_login(cast.merchant.user)
    for order in StoreOrder.objects.select_related("team"):
        assert shown[order.number] in client.get(order.get_absolute_url()).content.decode()
    listed = client.get(f"/t/{cast.team.slug}/orders/").content.decode()
    assert all(name in listed for name in shown.values())
    again = preview(SHARED, store=store, by=cast.merchant)
    assert (again.orders_new, again.orders_changed, again.orders_unchanged) == (0, 0, 3)


def test_a_name_that_a_person_typed_is_shown_on_their_orders(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.merchant)
    Customer.objects.update(name="María Gil", edited_fields=["name"])
    assert StoreOrder.objects.select_related("customer").get().shown_name == "María Gil"
