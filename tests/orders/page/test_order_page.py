"""One store order: what is linked to it, what happened to it, what people wrote and kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases.actions import open_case
from closedorders.closures.actions import reopen_closure, set_outcome
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.core.stale import mark_of
from closedorders.orders.actions.orders import promise_order_by
from closedorders.orders.actions.supplier_orders import match_supplier_order
from closedorders.orders.models import Store
from closedorders.orders.status import refresh_status
from closedorders.outreach.models import DiscountCode, Kind, Refund
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_incident,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import text
from tests.orders.page.order_pages import make_import, page_url, titles
from tests.outreach.scenes import draft, make_ready, make_scene, sending

ClientOf = Callable[[Membership | None], Client]


@pytest.mark.parametrize(("language", "total", "cost"), [("en", "1,184.5", "9.5"), ("es", "1.184,5", "9,5")])
def test_amounts_without_a_currency_are_written_in_the_language_of_the_page(
    cast: Cast, store: Store, client_of: ClientOf, language: str, total: str, cost: str
) -> None:
    cast.merchant.user.language = language
    cast.merchant.user.save()
    order = make_store_order(store, currency="", total=Decimal("1184.5"))
    make_supplier_order(cast.team, order, currency="", cost=Decimal("9.5"))
    page = text(client_of(cast.merchant).get(page_url(order)))
    assert f'<span class="money">{total}</span>' in page
    assert f'<span class="money">{cost}</span>' in page
    listed = text(client_of(cast.merchant).get(reverse("orders:orders", args=[cast.team.slug])))
    assert f'<span class="money">{total}</span>' in listed


# --- What is linked ---


def test_an_order_leads_to_the_row_of_the_file_it_came_from(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = make_import(cast, store, "september.csv")
    order = make_store_order(store, came_with=source, came_on_line=12)
    bought = make_supplier_order(cast.team, came_with=source, came_on_line=12)
    for who in (cast.merchant, cast.assistant):
        for url in (page_url(order), bought.get_absolute_url()):
            page = text(client_of(who).get(url))
            assert "september.csv, line 12" in page
            assert f'href="{reverse("imports:import", args=[cast.team.slug, source.pk])}"' in page


def test_an_order_bought_again_names_the_old_and_the_new_one_and_how_it_was_paid(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    old = make_supplier_order(cast.team, order)
    new = make_supplier_order(cast.team, order, payment_method="PayPal")
    incident = make_incident(cast.team, cast.merchant, [old], reason=reason())
    set_outcome(closure=Closure.objects.get(), outcome="replaced", replacement=new.number, by=cast.assistant)
    page = text(client_of(cast.assistant).get(page_url(order)))
    assert "Replaced by" in page
    assert "In place of" in page
    assert page.count("paid with PayPal") == 2  # as a file worded it
    assert str(incident) in page
    assert reverse("incidents:incident", args=[cast.team.slug, incident.number]) in page
    assert "Noted how a closure was made good" in page
    assert "Outcome: Open → Reordered" in page


def test_how_a_new_order_was_paid_is_noted_when_it_is_bought_again_and_shown(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    old = make_supplier_order(cast.team, order)
    make_incident(cast.team, cast.merchant, [old], reason=reason())
    closure = Closure.objects.get()
    browser = client_of(cast.assistant)
    address = reverse("closures:closure_outcome", args=[cast.team.slug, closure.pk])
    typed = {"outcome": "replaced", "replacement": "8201447122039999", "payment_method": "pocket"}
    browser.post(address, typed)
    page = text(browser.get(page_url(order)))
    assert page.count("paid with AliExpress Pocket") == 2
    assert "Payment method: – → AliExpress Pocket" in page
    new = closure.supplier_order.replacements.get()
    assert "AliExpress Pocket" in text(browser.get(new.get_absolute_url()))
    assert "paid with AliExpress Pocket" in text(browser.get(old.get_absolute_url()))


def test_mails_refunds_codes_and_the_case_are_linked_and_codes_are_for_merchants(
    cast: Cast, client_of: ClientOf
) -> None:
    scene = make_scene(cast.merchant, people=1)
    campaign = make_ready(draft(scene, Kind.RESOLUTION), cast.merchant)
    note = sending(scene, Kind.HOLDING)
    case = open_case(incident=scene.incident, by=cast.merchant)
    order = scene.customers[0].orders.get()
    code, refund = DiscountCode.objects.get(), Refund.objects.get()
    boss = text(client_of(cast.merchant).get(page_url(order)))
    helper = text(client_of(cast.assistant).get(page_url(order)))
    for page in (boss, helper):
        assert reverse("outreach:message", args=[cast.team.slug, note.messages.get().pk]) in page
        assert reverse("cases:case", args=[cast.team.slug, case.pk]) in page
        assert "Holding note" in page
        assert str(refund.get_state_display()) in page
    assert f"{refund.percent} %" in boss
    assert f"{refund.percent} %" not in helper
    assert "Has a code" in helper
    assert code.code in boss
    assert code.code not in helper
    assert reverse("outreach:refunds", args=[cast.team.slug]) in boss
    assert reverse("outreach:refunds", args=[cast.team.slug]) not in helper
    assert campaign.refunds.get() == refund


@pytest.mark.parametrize(
    ("days", "words"), [(-3, "3 days late"), (-1, "1 day late"), (0, "Due today"), (5, "5 days left")]
)
def test_the_promise_counts_the_days(
    cast: Cast, store: Store, client_of: ClientOf, days: int, words: str
) -> None:
    order = make_store_order(store, promised_by=timezone.localdate() + timedelta(days=days))
    assert words in text(client_of(cast.merchant).get(page_url(order)))


@pytest.mark.parametrize("fields", [{"supplier_state": "shipped"}, {"cancelled_at": timezone.now()}])
def test_an_order_that_is_sent_or_cancelled_is_not_late(
    cast: Cast, store: Store, client_of: ClientOf, fields: dict[str, Any]
) -> None:
    order = make_store_order(store, promised_by=timezone.localdate() - timedelta(days=3), **fields)
    assert "days late" not in text(client_of(cast.merchant).get(page_url(order)))


def test_when_it_was_paid_and_cancelled_in_the_store_is_said(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    cast.team.time_zone = "Europe/Madrid"
    cast.team.save()
    paid, cancelled = datetime(2026, 11, 2, 23, 30, tzinfo=UTC), datetime(2026, 11, 5, 12, tzinfo=UTC)
    order = make_store_order(store, paid_at=paid, cancelled_at=cancelled)
    answer = client_of(cast.assistant).get(page_url(order))
    assert {"label": "Paid on", "value": "3 Nov 2026"} in answer.context["facts"]
    assert "Cancelled in the store on 5 Nov 2026" in text(answer)
    assert {"Paid in the store", "Cancelled in the store"} <= set(titles(answer))
    plain = client_of(cast.assistant).get(page_url(make_store_order(store)))
    assert "Paid on" not in text(plain)
    assert "Cancelled in the store" not in text(plain)


def test_an_aliexpress_order_that_was_joined_to_the_wrong_order_can_be_moved(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    wrong, right = make_store_order(store, number="#1"), make_store_order(store, number="#2")
    bought = make_supplier_order(cast.team, wrong, status_code="shipped")
    refresh_status([wrong.pk, right.pk])
    browser = client_of(cast.assistant)
    page = text(browser.get(bought.get_absolute_url()))
    assert "Move it from order #1 to another one" in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    form = {"store": store.pk, "number": "2", "seen": seen[1]}
    assert "Joined to order #2." in text(browser.post(bought.get_absolute_url(), form, follow=True))
    for order, state in ((wrong, "not_ordered"), (right, "shipped")):
        order.refresh_from_db()
        assert order.supplier_state == state
    stale = text(browser.post(bought.get_absolute_url(), form | {"number": "1"}))
    assert "Somebody joined it to order #2 meanwhile." in unescape(stale)
    assert "Move it from order #2 to another one" in stale
    again = re.search(r'name="seen" value="(\w+)"', stale)
    assert again
    form = {"store": store.pk, "number": "1", "seen": again[1]}
    assert "Joined to order #1." in text(browser.post(bought.get_absolute_url(), form, follow=True))
    make_incident(cast.team, cast.merchant, [bought])
    page = text(browser.get(bought.get_absolute_url()))
    assert "Move it from order" not in page
    with pytest.raises(Refused, match="closed or bought again"):
        match_supplier_order(
            supplier_order=bought, store=store, number="#2", by=cast.assistant, seen=mark_of(wrong.pk)
        )


# --- What to do next ---


def act_of(answer: Any) -> tuple[str, str]:
    """The words and the address of the page's one primary button, which the key `c` follows."""
    found = re.findall(
        r'<a class="btn btn-primary" href="([^"]+)" data-log-closures>([^<]+)</a>', text(answer)
    )
    assert len(found) == 1
    return found[0][1], found[0][0]


@pytest.mark.parametrize("who", ["merchant", "assistant"])
def test_the_next_step_is_to_log_a_closure_then_to_buy_again_then_to_log_the_next_one(
    cast: Cast, store: Store, client_of: ClientOf, who: str
) -> None:
    browser = client_of(getattr(cast, who))
    order = make_store_order(store)
    assert "data-log-closures" not in text(browser.get(page_url(order)))
    old = make_supplier_order(cast.team, order)
    label, address = act_of(browser.get(page_url(order)))
    assert label == "Log closure"
    assert browser.get(address).context["form"]["numbers"].value() == old.number
    of_it = act_of(browser.get(old.get_absolute_url()))
    assert browser.get(of_it[1]).context["form"]["numbers"].value() == old.number

    make_incident(cast.team, cast.merchant, [old], reason=reason())
    label, address = act_of(browser.get(page_url(order)))
    assert label == "Reorder"
    assert (label, address) == act_of(browser.get(old.get_absolute_url()))
    assert address.endswith("#outcome")
    form = browser.get(address)
    assert 'id="outcome"' in text(form)
    assert form.context["outcome_form"]["outcome"].value() == "replaced"

    closure = Closure.objects.get()
    set_outcome(closure=closure, outcome="replaced", replacement="8201447122039999", by=cast.assistant)
    label, address = act_of(browser.get(page_url(order)))
    assert label == "Log closure"
    assert browser.get(address).context["form"]["numbers"].value() == "8201447122039999"
    assert "data-log-closures" not in text(browser.get(old.get_absolute_url()))


@pytest.mark.parametrize(
    "shop",
    [{"cancelled_at": timezone.now()}, {"financial_status": "refunded"}, {"financial_status": "voided"}],
)
def test_what_was_cancelled_or_given_back_in_the_store_is_not_to_be_bought_again(
    cast: Cast, store: Store, client_of: ClientOf, shop: dict[str, Any]
) -> None:
    order = make_store_order(store, **shop)
    bought = make_supplier_order(cast.team, order)
    make_incident(cast.team, cast.merchant, [bought])
    for address in (page_url(order), bought.get_absolute_url()):
        assert "data-log-closures" not in text(client_of(cast.merchant).get(address))
    order.cancelled_at, order.financial_status = None, "paid"
    order.save()
    assert "Reorder" in text(client_of(cast.merchant).get(page_url(order)))


def test_a_reopened_order_can_be_logged_again(cast: Cast, store: Store, client_of: ClientOf) -> None:
    order = make_store_order(store)
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, order)])
    reopen_closure(closure=Closure.objects.get(), by=cast.assistant)
    assert act_of(client_of(cast.merchant).get(page_url(order)))[0] == "Log closure"


def test_the_list_of_keys_has_those_that_do_something_here(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)

    def keys(address: str) -> list[str]:
        dialog = text(browser.get(address)).partition("<dialog")[2].partition("</dialog>")[0]
        return re.findall(r"<kbd>(.+?)</kbd>", dialog)

    order = make_store_order(store)
    assert keys(page_url(order)) == ["/", "?", "Esc"]
    bought = make_supplier_order(cast.team, order)
    for address in (page_url(order), bought.get_absolute_url()):
        assert keys(address) == ["/", "c", "?", "Esc"]
    orders = reverse("orders:orders", args=[cast.team.slug])
    assert keys(orders) == ["/", "j", "k", "Enter", "x", "c", "?", "Esc"]
    assert f'data-search-page="{orders}"' in text(browser.get(page_url(order)))


# --- Two tabs ---


def test_a_day_that_somebody_else_set_meanwhile_is_not_lost_unseen(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    browser = client_of(cast.assistant)
    opened = browser.get(page_url(order)).context["promise_form"]["seen"].value()
    theirs = timezone.localdate() + timedelta(days=2)
    mine = theirs + timedelta(days=7)
    promise_order_by(order=order, day=theirs, by=cast.merchant)
    url = reverse("orders:order_promise", args=[cast.team.slug, order.pk])
    answer = browser.post(url, {"promised_by": mine.isoformat(), "seen": opened})
    order.refresh_from_db()
    assert answer.status_code == 422
    assert order.promised_by == theirs
    form = answer.context["promise_form"]
    assert form["promised_by"].value() == mine.isoformat()
    assert "Somebody changed this" in text(answer)
    # Told of it, the person means it.
    browser.post(url, {"promised_by": mine.isoformat(), "seen": form["seen"].value()})
    order.refresh_from_db()
    assert order.promised_by == mine


def test_a_customer_changed_in_another_tab_is_not_overwritten_unseen(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, make_customer(store, name="Ana", email="ana@example.com"))
    browser = client_of(cast.merchant)
    opened = browser.get(page_url(order)).context["customer_form"]["seen"].value()
    url = reverse("orders:order_customer", args=[cast.team.slug, order.pk])
    browser.post(url, {"name": "Ana R.", "email": "ana@example.com", "seen": opened})
    answer = browser.post(url, {"name": "Anna", "email": "ana@example.com", "seen": opened})
    order.customer.refresh_from_db()
    assert answer.status_code == 422
    assert order.customer.name == "Ana R."
