from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from closedorders.orders.models import SupplierOrder
from tests.cast import Cast
from tests.closures.pages import SignIn, words
from tests.factories import make_buyer_account, make_store, make_store_order, make_supplier_order
from tests.imports.files import csv_file, import_file


def in_review(cast: Cast, hours_ago: float, **fields: Any) -> SupplierOrder:
    return make_supplier_order(
        cast.team,
        status="RISK_CONTROL",
        status_code="verifying_payment",
        paid_at=timezone.now() - timedelta(hours=hours_ago),
        **fields,
    )


def test_an_order_in_risk_review_shows_when_its_24_hours_end(cast: Cast, client_of: SignIn) -> None:
    order = in_review(cast, 3)
    order.store_order = make_store_order(make_store(cast.team))
    order.save()
    assert order.review_ends_at == order.paid_at + timedelta(hours=24)  # type: ignore[operator]  # it has one
    client = client_of(cast.assistant)
    for page in (
        order.get_absolute_url(),
        order.store_order.get_absolute_url(),
        cast.team.get_absolute_url(),
    ):
        assert "its 24 hours end on" in words(client.get(page)), page


def test_a_review_that_is_over_is_red_and_says_what_to_do(cast: Cast, client_of: SignIn) -> None:
    in_review(cast, 30)
    text = words(client_of(cast.merchant).get(cast.team.get_absolute_url()))
    assert "Risk review overdue" in text
    assert "look at the order at AliExpress, or import again" in text


@pytest.mark.parametrize(
    "fields", [{"status_code": "shipped", "paid_at": timezone.now()}, {"status_code": "verifying_payment"}]
)
def test_no_end_is_shown_of_an_order_that_is_in_no_review_or_of_which_the_payment_is_unknown(
    cast: Cast, client_of: SignIn, fields: dict[str, Any]
) -> None:
    order = make_supplier_order(cast.team, **fields)
    assert order.review_ends_at is None
    text = words(client_of(cast.merchant).get(order.get_absolute_url()))
    assert "24 hours end" not in text
    assert ("no file says when it was paid" in text) == (order.status_code == "verifying_payment")
    assert "risk review" not in words(client_of(cast.merchant).get(cast.team.get_absolute_url()))


def test_the_first_to_end_stands_first_on_today_and_eight_at_most(cast: Cast, client_of: SignIn) -> None:
    orders = [in_review(cast, hours) for hours in range(1, 11)]
    page = client_of(cast.merchant).get(cast.team.get_absolute_url())
    shown = [order.number for order in page.context["in_review"]]
    assert shown == [order.number for order in reversed(orders[2:])]


def test_when_an_order_was_paid_comes_with_aliexpresss_backup(cast: Cast) -> None:
    store = make_store(cast.team)
    row = {
        "order_id": "8201447122035519001",
        "parent_orderid": "8201447122035519",
        "gmt_create_order_time": "2026-11-20 08:00:00",
        "gmt_pay_order_time": "2026-11-20 09:30:00",
        "order_status": "RISK_CONTROL",
        "end_reason": "",
        "frozen_status": "NO_FROZEN",
        "item_name": "Lamp",
        "unit_price": "950",
        "payable_amt": "950",
    }
    import_file(csv_file([row]), store=store, by=cast.merchant, account=make_buyer_account(cast.team))
    order = SupplierOrder.objects.get()
    assert order.paid_at is not None
    assert order.placed_at is not None
    assert order.paid_at - order.placed_at == timedelta(minutes=90)
    assert order.status_code == "verifying_payment"
    later = row | {"gmt_pay_order_time": "2026-11-20 10:30:00"}
    import_file(csv_file([later]), store=store, by=cast.merchant)
    order.refresh_from_db()
    assert order.paid_at is not None
    assert order.paid_at - order.placed_at == timedelta(minutes=150)


def test_another_teams_reviews_do_not_show(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    order = in_review(other_cast, 1)
    page = client_of(cast.merchant).get(cast.team.get_absolute_url()).content.decode()
    assert order.number not in page
    assert reverse("orders:supplier_order", args=[cast.team.slug, order.pk]) not in page
