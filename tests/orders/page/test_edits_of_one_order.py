"""One order: what its page shows, and what a person changes there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.test import Client

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.orders.models import Customer, Store, SupplierOrder
from closedorders.orders.order_lines import OrderLine
from tests.cast import Cast
from tests.factories import (
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import text
from tests.orders.scenes import closed_order, url

ClientOf = Callable[[Membership | None], Client]


def test_an_order_shows_its_products_closures_and_history(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = closed_order(cast, store, "#1001")
    order.lines = [OrderLine("Galaxy lamp", quantity=2, price=Decimal("12.50"))] * 201
    order.save()
    page = text(client_of(cast.assistant).get(url(cast, "order", order.pk)))
    for words in (
        "Galaxy lamp",
        "1 more product is not shown.",
        "Closed by AliExpress",
        "Placed in the store",
        str(reason()),
    ):
        assert words in page


def test_editing_a_customer_is_kept_and_audited_without_the_address(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    browser = client_of(cast.merchant)
    page = browser.post(url(cast, "order_customer", order.pk), {"name": "Mari", "email": "New@Example.com"})
    assert page.status_code == 302
    customer = Customer.objects.get(pk=order.customer_id)
    assert (customer.name, customer.email, customer.edited_fields) == (
        "Mari",
        "new@example.com",
        ["email", "name"],
    )
    event = AuditEvent.objects.get(verb="customer_changed")
    assert "@" not in f"{event.label}{event.before}{event.after}"
    assert event.after == {"name": "Mari", "email": "•••"}
    assert "Mari" in text(client_of(cast.assistant).get(url(cast, "order", order.pk)))


def test_a_broken_address_is_not_saved(cast: Cast, store: Store, client_of: ClientOf) -> None:
    order = make_store_order(store)
    page = client_of(cast.merchant).post(
        url(cast, "order_customer", order.pk), {"name": "M", "email": "=cmd@x"}
    )
    assert page.status_code == 422
    assert "Not an e-mail address." in text(page)
    assert not AuditEvent.objects.filter(verb="customer_changed").exists()


def test_a_form_that_is_wrong_further_down_is_told_at_the_top(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    browser = client_of(cast.merchant)
    page = text(
        browser.post(url(cast, "order_customer", order.pk), {"name": "Ana", "email": "no", "seen": ""})
    )
    assert "Nothing was saved." in page
    assert '<a href="#customer_email">' in page
    assert 'id="customer_email"' in page
    assert "Nothing was saved." not in text(browser.get(url(cast, "order", order.pk)))


def test_only_a_merchant_edits_a_customer(cast: Cast, store: Store, client_of: ClientOf) -> None:
    order = make_store_order(store)
    for who in (cast.assistant, cast.reviewer):
        page = client_of(who).post(url(cast, "order_customer", order.pk), {"name": "x", "email": ""})
        assert page.status_code == 403
        assert url(cast, "order_customer", order.pk) not in text(
            client_of(who).get(url(cast, "order", order.pk))
        )


def test_a_promised_day_is_saved_and_audited(cast: Cast, store: Store, client_of: ClientOf) -> None:
    order = make_store_order(store)
    client_of(cast.assistant).post(url(cast, "order_promise", order.pk), {"promised_by": "2026-12-01"})
    order.refresh_from_db()
    assert order.promised_by == date(2026, 12, 1)
    assert AuditEvent.objects.get(verb="order_promised").after == {"promised_by": "2026-12-01"}
    slip = client_of(cast.assistant).post(url(cast, "order_promise", order.pk), {"promised_by": "0206-12-01"})
    assert (slip.status_code, "Check the year." in text(slip)) == (422, True)
    assert client_of(cast.reviewer).post(url(cast, "order_promise", order.pk), {}).status_code == 403


def test_an_unmatched_aliexpress_order_is_joined_by_hand(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, number="#1001")
    bought = make_supplier_order(cast.team)
    browser = client_of(cast.assistant)
    wrong = browser.post(url(cast, "supplier_order", bought.pk), {"store": store.pk, "number": "77"})
    assert "has no order 77" in text(wrong)
    browser.post(url(cast, "supplier_order", bought.pk), {"store": store.pk, "number": "1001"})
    bought.refresh_from_db()
    assert bought.store_order == order
    assert bought.edited_fields == ["store_order"]
    assert "Join it to its store order" not in text(browser.get(url(cast, "supplier_order", bought.pk)))
    other = make_supplier_order(cast.team)
    reviewer = client_of(cast.reviewer)
    reviewer.post(url(cast, "supplier_order", other.pk), {"store": store.pk, "number": "1001"})
    assert SupplierOrder.objects.get(pk=other.pk).store_order is None
