"""A file of another shop is not saved over the orders of this one, and one order is one whatever its spelling."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.core.refusals import Refused
from closedorders.imports import actions, tasks
from closedorders.imports.models import Import
from closedorders.orders.models import Customer, Store, StoreOrder
from tests.cast import Cast
from tests.factories import make_store
from tests.imports.files import csv_file, import_file, preview, save, shopify_row

OURS = csv_file(
    [
        shopify_row(Name=f"#{number}", Email=f"b{number}@example.com", Id=f"620000000{number}")
        for number in (2801, 2802)
    ]
)
OTHERS = csv_file(
    [
        shopify_row(
            Name=f"#{number}",
            Email=f"{name}@example.com",
            Billing_Name=name,
            Id=f"555000000{number}",
            Created_at="2026-03-14 09:10:00 +0100",
        )
        for number, name in ((2801, "Greta"), (2802, "Hans"), (2803, "Ida"))
    ]
)


def test_orders_of_another_shop_stop_and_the_store_is_asked_for(cast: Cast, store: Store) -> None:
    import_file(OURS, store=store, by=cast.merchant)
    stopped = preview(OTHERS, store=store, by=cast.merchant)
    assert (stopped.state, stopped.refusal["code"]) == (Import.State.REFUSED, "other_store")
    assert stopped.refusal["params"]["number"] == "#2801"
    other = make_store(cast.team)
    client = Client()
    client.force_login(cast.merchant.user)
    page = client.get(stopped.get_absolute_url()).content.decode()
    assert "another customer and another date" in page
    url = reverse("imports:import_store", args=[cast.team.slug, stopped.pk])
    assert url in page
    client.post(url, {"store": other.pk})
    tasks.read_import(stopped.pk)
    stopped.refresh_from_db()
    assert (stopped.state, stopped.store, stopped.orders_new) == (Import.State.PREVIEWED, other, 3)
    save(stopped, by=cast.merchant)
    assert StoreOrder.objects.filter(store=store).count() == 2
    assert StoreOrder.objects.filter(store=other).count() == 3
    assert not Customer.objects.filter(store=store, email="greta@example.com").exists()


def test_whoever_says_it_is_the_same_store_has_it_read(cast: Cast, store: Store) -> None:
    import_file(OURS, store=store, by=cast.merchant)
    stopped = preview(OTHERS, store=store, by=cast.merchant)
    actions.choose_store(source=stopped, store=store, by=cast.merchant)
    tasks.read_import(stopped.pk)
    stopped.refresh_from_db()
    assert (stopped.state, stopped.orders_changed, stopped.orders_new) == (Import.State.PREVIEWED, 2, 1)
    with pytest.raises(Refused):
        actions.choose_store(source=stopped, store=make_store(cast.team), by=cast.merchant)


def test_another_address_or_date_is_no_other_shop(cast: Cast, store: Store) -> None:
    import_file(OURS, store=store, by=cast.merchant)
    corrected = OURS.replace(b"b2801@", b"new@").replace(b"b2802@", b"other@")
    assert preview(corrected, store=store, by=cast.merchant).state == Import.State.PREVIEWED
    moved = OURS.replace(b"2026-10-07", b"2026-10-12")
    assert preview(moved, store=store, by=cast.merchant).state == Import.State.PREVIEWED


def test_a_number_with_and_without_a_hash_and_one_id_is_one_order(cast: Cast, store: Store) -> None:
    import_file(OURS, store=store, by=cast.merchant)
    bare = OURS.replace(b"#28", b"28").replace(b"25.00", b"30.00")
    again = import_file(bare, store=store, by=cast.merchant)
    assert (again.orders_new, again.orders_changed) == (0, 2)
    totals = {order.number: order.total for order in StoreOrder.objects.all()}
    assert totals == {"#2801": Decimal(30), "#2802": Decimal(30)}
    of_another_id = bare.replace(b"620000000", b"")
    assert preview(of_another_id, store=store, by=cast.merchant).orders_new == 2


def test_both_spellings_of_a_number_in_one_file_are_told(cast: Cast, store: Store) -> None:
    rows = [shopify_row(Name=number, Id="77") for number in ("#2801", "2801")]
    source = preview(csv_file(rows), store=store, by=cast.merchant)
    assert (source.orders_new, source.rows_rejected) == (1, 1)
    assert source.issues.get().code == "order_repeated"
