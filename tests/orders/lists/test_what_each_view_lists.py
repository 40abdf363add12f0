"""The views of the orders list: who sees them, and which orders each of them lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.orders.listing import tabs as order_views
from closedorders.orders.models import Store, SupplierOrder
from closedorders.orders.status import refresh_status
from tests.cast import Cast
from tests.factories import (
    make_incident,
    make_store_order,
    make_supplier_order,
)
from tests.imports.files import text
from tests.orders.scenes import closed_order, url

ClientOf = Callable[[Membership | None], Client]


def test_merchants_and_assistants_see_the_orders_and_reviewers_do_not(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, number="#1001")
    for who in (cast.merchant, cast.assistant):
        assert "#1001" in text(client_of(who).get(url(cast, "orders")))
    bought = make_supplier_order(cast.team, order)
    reviewer = client_of(cast.reviewer)
    for page in (url(cast, "orders"), url(cast, "order", order.pk), url(cast, "supplier_order", bought.pk)):
        assert reviewer.get(page).status_code == 403


def test_another_teams_orders_are_not_there(
    cast: Cast, other_cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, number="#1001")
    bought = make_supplier_order(cast.team)
    browser = client_of(other_cast.merchant)
    assert "#1001" not in text(browser.get(url(other_cast, "orders")))
    assert browser.get(url(cast, "orders")).status_code == 404
    assert browser.get(url(other_cast, "order", order.pk)).status_code == 404
    assert browser.get(url(other_cast, "supplier_order", bought.pk)).status_code == 404
    assert browser.post(url(other_cast, "order_customer", order.pk), {"name": "x"}).status_code == 404
    assert browser.post(url(other_cast, "order_promise", order.pk), {}).status_code == 404


def test_each_view_lists_its_own(cast: Cast, store: Store, client_of: ClientOf) -> None:
    make_store_order(store, number="#plain")
    closed_order(cast, store, "#closed")
    undecided = make_store_order(store, number="#undecided")
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, undecided)], reason=None)
    again = closed_order(cast, store, "#again")
    closures.set_outcome(
        closure=again.supplier_orders.get().closures.get(), outcome="replaced", by=cast.merchant
    )
    back = closed_order(cast, store, "#reopened")
    closures.reopen_closure(closure=back.supplier_orders.get().closures.get(), by=cast.merchant)
    waiting = make_store_order(store, number="#verifying")
    make_supplier_order(cast.team, waiting, number="8201447122035521", status_code="verifying_payment")
    make_supplier_order(cast.team, number="8201447122035522", status_code="verifying_payment")
    logged = make_supplier_order(cast.team, number="8201447122035523", status_code="verifying_payment")
    make_incident(cast.team, cast.merchant, [logged])
    refresh_status([waiting.pk])
    yesterday = timezone.localdate(timezone=cast.team.zone) - timedelta(days=1)
    make_store_order(store, number="#late", promised_by=yesterday)
    make_store_order(store, number="#today", promised_by=yesterday + timedelta(days=1))
    make_store_order(store, number="#cancelled", promised_by=yesterday, cancelled_at=timezone.now())
    make_supplier_order(cast.team, number="8201447122035519")
    make_supplier_order(
        cast.team, make_store_order(store), number="8201447122035520", status="Closed", status_code="closed"
    )
    browser = client_of(cast.assistant)

    def shown(view: str) -> set[str]:
        page = text(browser.get(url(cast, "orders"), {"view": view}))
        names = (
            "#plain", "#closed", "#undecided", "#again", "#reopened", "#verifying", "#late", "#today",
            "#cancelled", "8201447122035519", "8201447122035520", "8201447122035521", "8201447122035522",
            "8201447122035523",
        )  # fmt: skip
        return {each for each in names if f">{each}<" in page or f'data-copy="{each}"' in page}

    assert shown("closed") == {"#closed", "#undecided"}
    assert shown("no_reason") == {"#undecided"}
    assert shown("not_told") == {"#closed", "#undecided", "#again"}
    assert shown("verifying") >= {"8201447122035521", "8201447122035522"}, "joined to a sale or not"
    assert "8201447122035523" not in shown("verifying"), "closed since"
    assert shown("replaced") == {"#again"}
    assert shown("late") == {"#late"}
    assert shown("unmatched") == {"8201447122035519", "8201447122035522", "8201447122035523"}
    assert shown("unlogged") == {"8201447122035520"}
    assert {"#plain", "#closed", "#again", "#reopened"} <= shown("no such view")


def test_an_order_of_several_parts_is_listed_by_what_is_true_of_any_of_them(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    yesterday = timezone.localdate(timezone=cast.team.zone) - timedelta(days=1)
    unpaid = make_store_order(store, number="#unpaid")
    make_supplier_order(cast.team, unpaid, status_code="verifying_payment")
    make_supplier_order(cast.team, unpaid, status_code="awaiting_payment")
    refresh_status([unpaid.pk])
    for outcome, status in (("refunded", "awaiting_shipment"), ("written_off", ""), ("refunded", "shipped")):
        order = closed_order(cast, store, f"#{outcome}-{status or 'typed'}", promised_by=yesterday)
        make_supplier_order(cast.team, order, status_code=status)
        closures.set_outcome(
            closure=Closure.objects.get(supplier_order__store_order=order), outcome=outcome, by=cast.merchant
        )
    assert SupplierOrder.objects.verifying().get().store_order == unpaid
    assert in_view(cast, client_of, "late") == {"#refunded-awaiting_shipment", "#written_off-typed"}
    page = client_of(cast.merchant).get(url(cast, "orders"), {"q": "#refunded-awaiting_shipment"})
    assert "1 day late" in text(page)
    SupplierOrder.objects.filter(status_code="verifying_payment").update(status_code="shipped")
    refresh_status([unpaid.pk])
    assert not SupplierOrder.objects.verifying().exists()


def test_a_replaced_order_is_listed_by_what_becomes_of_its_new_one(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    yesterday = timezone.localdate(timezone=cast.team.zone) - timedelta(days=1)
    statuses = ("", "awaiting_shipment", "verifying_payment", "cancelled", "shipped")
    for number, status in enumerate(statuses, start=8201447122035519):
        order = closed_order(cast, store, f"#{status or 'typed'}", promised_by=yesterday)
        closure = order.supplier_orders.get().closures.get()
        closures.set_outcome(closure=closure, outcome="replaced", replacement=str(number), by=cast.merchant)
        SupplierOrder.objects.filter(number=number).update(status_code=status)
        refresh_status([order.pk])
    assert in_view(cast, client_of, "replaced") == {"#typed", "#awaiting_shipment"}
    assert [order.store_order.number for order in SupplierOrder.objects.verifying() if order.store_order] == [
        "#verifying_payment"
    ]
    assert in_view(cast, client_of, "late") == {
        "#typed", "#awaiting_shipment", "#verifying_payment", "#cancelled",
    }  # fmt: skip
    assert in_view(cast, client_of, "closed") == set()
    assert len(in_view(cast, client_of, "not_told")) == 5, "bought again, and nobody has said so"


def test_what_the_shop_shipped_or_gave_back_is_not_late(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    yesterday = timezone.localdate(timezone=cast.team.zone) - timedelta(days=1)
    shop: dict[str, dict[str, Any]] = {
        "waiting": {"fulfillment_status": "unfulfilled"},
        "partial": {"fulfillment_status": "partial"},
        "half": {"financial_status": "partially_refunded"},
        "sent": {"fulfillment_status": "fulfilled"},
        "back": {"financial_status": "refunded"},
        "void": {"financial_status": "voided"},
    }
    orders = {
        name: make_store_order(store, number=f"#{name}", promised_by=yesterday, **says)
        for name, says in shop.items()
    }
    refresh_status(order.pk for order in orders.values())
    assert in_view(cast, client_of, "late") == {"#waiting", "#partial", "#half"}
    browser = client_of(cast.merchant)
    late = {
        name for name, each in orders.items() if "1 day late" in text(browser.get(each.get_absolute_url()))
    }
    assert late == {"waiting", "partial", "half"}, "the order's own page says the same"


def in_view(cast: Cast, client_of: ClientOf, view: str) -> set[str]:
    page = text(client_of(cast.assistant).get(url(cast, "orders"), {"view": view}))
    return set(re.findall(r"data-row-link>([^<]+)<", page))


def test_tabs_count_their_view_and_stop_counting_at_a_thousand(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_views, "TAB_CAP", 3)
    for number in range(4):
        make_store_order(store, number=f"#{number}")
    closed_order(cast, store, "#closed")
    page = text(client_of(cast.merchant).get(url(cast, "orders"), {"q": "x", "country": "ES"}))
    counts = dict(re.findall(r'>([^<>]+)<span class="tab-count">([^<]+)</span>', page))
    assert counts["All"] == "3+"
    assert counts["Closed"] == counts["Closed, customer not told"] == "1"
    assert "?view=closed&amp;q=x&amp;country=ES" in page, "a tab keeps the search and the filters"
