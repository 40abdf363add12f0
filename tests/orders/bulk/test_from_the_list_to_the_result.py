"""One thing done to many orders: chosen in the list, asked about, done once, and shown with who is left out and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.orders.bulk import plan as bulk
from closedorders.orders.bulk.plan import packed, unpacked
from closedorders.orders.models import BulkEdit, Store, StoreOrder
from closedorders.orders.views import bulk as order_bulk
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_customer,
    make_incident,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import text
from tests.orders.bulk.edits import DAY, ask, carried, lacks_reason
from tests.orders.scenes import url

ClientOf = Callable[[Membership | None], Client]


def test_ticked_orders_are_asked_about_changed_and_can_be_undone_from_the_list(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    one, two, other = (make_store_order(store, number=f"#{number}") for number in (1, 2, 3))
    cancelled = make_store_order(store, number="#4", cancelled_at=timezone.now())
    browser = client_of(cast.assistant)
    assert f'name="order" value="{one.pk}" form="bulk"' in text(browser.get(url(cast, "orders")))
    page = ask(browser, cast, "promise", order=[one.pk, two.pk, cancelled.pk])
    assert "3 orders chosen" in page
    assert "Apply to 2 of 3" in page
    assert "#4" in page
    assert "cancelled in the store" in page
    assert not BulkEdit.objects.exists()

    page = text(browser.post(url(cast, "bulk_applying"), carried(page) | DAY, follow=True))
    assert "2 orders changed." in page
    assert "1 not: see below." in page
    assert set(StoreOrder.objects.filter(promised_by=date(2026, 12, 3))) == {one, two}
    banner = text(browser.get(url(cast, "orders")))
    assert "You changed 2 orders: Set the promised date" in banner
    edit = BulkEdit.objects.get()
    assert url(cast, "bulk_undo", edit.pk) in banner

    page = text(browser.post(url(cast, "bulk_undo", edit.pk), follow=True))
    assert "2 orders are as they were before." in page
    assert not StoreOrder.objects.exclude(promised_by=None).exists()
    assert "You changed 2 orders" not in text(browser.get(url(cast, "orders")))
    other.refresh_from_db()
    assert other.promised_by is None


def test_all_that_match_are_those_of_every_page_and_of_the_search(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    ana = make_customer(store, name="Ana Belén")
    mine = [make_store_order(store, ana) for _ in range(60)]
    make_store_order(store, make_customer(store, name="Zoe"))
    browser = client_of(cast.merchant)
    page = ask(browser, cast, "tag_add", all_matching="1", query="q=Ana&before=5", order=[mine[0].pk])
    assert "Apply to all 60" in page
    assert url(cast, "orders") + "?q=Ana" in page
    page = text(browser.post(url(cast, "bulk_applying"), carried(page) | {"tag": "VIP"}, follow=True))
    assert "60 orders changed." in page
    assert StoreOrder.objects.filter(tags="VIP").count() == 60


def test_all_of_a_saved_view_are_chosen_and_no_other(cast: Cast, store: Store, client_of: ClientOf) -> None:
    lacking, other = make_store_order(store), make_store_order(store)
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, lacking)])
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, other)], reason=reason("travel"))
    browser = client_of(cast.assistant)
    page = ask(browser, cast, "reason", all_matching="1", query="view=no_reason")
    assert "1 order chosen" in page
    browser.post(url(cast, "bulk_applying"), carried(page) | {"reason": "card_check"})
    assert not lacks_reason(lacking)
    assert Closure.objects.get(supplier_order__store_order=other).reason == reason("travel")


def test_what_is_done_is_done_to_the_orders_that_were_shown(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    shown = make_store_order(store)
    browser = client_of(cast.merchant)
    page = ask(browser, cast, "tag_add", all_matching="1", query="")
    later = make_store_order(store)
    browser.post(url(cast, "bulk_applying"), carried(page) | {"tag": "VIP"})
    assert list(StoreOrder.objects.filter(tags="VIP")) == [shown]
    later.refresh_from_db()
    assert later.tags == ""


def test_a_form_sent_twice_is_done_once(cast: Cast, store: Store, client_of: ClientOf) -> None:
    order = make_store_order(store)
    browser = client_of(cast.merchant)
    form = carried(ask(browser, cast, "tag_add", order=[order.pk])) | {"tag": "VIP"}
    first = browser.post(url(cast, "bulk_applying"), form)
    again = browser.post(url(cast, "bulk_applying"), form)
    assert first["Location"] == again["Location"]
    assert BulkEdit.objects.count() == 1
    assert AuditEvent.objects.filter(verb="order_tags_changed").count() == 1


def test_the_page_that_asks_can_be_come_back_to_and_changes_nothing(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, number="#1001")
    browser = client_of(cast.merchant)
    address = f"{url(cast, 'bulk')}?verb=tag_add&order={order.pk}"
    browser.post(url(cast, "bulk_applying"), carried(text(browser.get(address))) | {"tag": "VIP"})
    again = browser.get(address)
    assert (again.status_code, "1 order chosen" in text(again)) == (200, True)
    spanish = browser.post("/language/", {"language": "es", "next": again.wsgi_request.get_full_path()})
    assert "1 pedido elegido" in text(browser.get(spanish["Location"]))
    assert BulkEdit.objects.count() == 1


@pytest.mark.parametrize("verb", ["tag_add", "buyer_account"])
def test_a_page_names_the_first_of_many_orders_left_out_and_counts_them_all(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(bulk, "BATCH", 20)
    account = make_buyer_account(cast.team)
    orders = [make_store_order(store, number=f"#{number:03}", tags="VIP") for number in range(90)]
    for order in orders[70:]:
        make_supplier_order(cast.team, order)
    form = {"tag": "VIP", "account": account.pk, "over": ""}
    browser = client_of(cast.merchant)
    asked = ask(browser, cast, verb, order=[order.pk for order in orders])
    if verb == "buyer_account":
        assert "Apply to 20 of 90" in asked
        assert "70 orders are left out: see below." in asked
        assert ("#049" in asked, "#050" in asked, "and 20 more" in asked) == (True, False, True)
    browser.post(url(cast, "bulk_applying"), carried(asked) | form)
    edit = BulkEdit.objects.get()
    assert (edit.matched, edit.changed, edit.excepted) == (
        (90, 20, 70) if verb == "buyer_account" else (90, 0, 90)
    )
    assert len(edit.exceptions) == edit.excepted


def test_a_value_that_does_not_fit_is_asked_for_again_with_the_same_orders(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    browser = client_of(cast.merchant)
    form = carried(ask(browser, cast, "promise", order=[order.pk]))
    answer = browser.post(url(cast, "bulk_applying"), form | {"promised_by": "soon"})
    assert answer.status_code == 422
    assert carried(text(answer))["chosen"] == str(order.pk)
    assert not BulkEdit.objects.exists()


def test_when_nothing_can_be_done_the_page_says_why_and_has_no_button(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, number="#77")
    page = ask(client_of(cast.merchant), cast, "buyer_account", order=[order.pk])
    assert "no AliExpress order" in page
    assert "#77" in page
    assert url(cast, "bulk_applying") not in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"verb": "", "order": "1"}, "Choose what to do"),
        ({"verb": "sell", "order": "1"}, "Choose what to do"),
        ({"verb": "promise"}, "Tick the orders first"),
        ({"verb": "promise", "order": "x"}, "Tick the orders first"),
        ({"verb": "promise", "all_matching": "1", "query": "q=nobody"}, "No order matches any more"),
        ({"verb": "promise", "all_matching": "1", "query": "view=unmatched"}, "No order matches any more"),
    ],
)
def test_an_incomplete_choice_changes_nothing_and_says_so(
    cast: Cast, store: Store, client_of: ClientOf, form: dict[str, str], sentence: str
) -> None:
    make_store_order(store)
    page = text(client_of(cast.merchant).get(url(cast, "bulk"), form, follow=True))
    assert sentence in page


@pytest.mark.parametrize("page", ["bulk", "bulk_applying"])
def test_another_language_asked_for_on_a_page_of_bulk_edits_leads_to_the_list(
    cast: Cast, store: Store, client_of: ClientOf, page: str
) -> None:
    make_store_order(store, number="#1001")
    browser = client_of(cast.merchant)
    answer = text(browser.post("/language/", {"language": "es", "next": url(cast, page)}, follow=True))
    assert "#1001" in answer
    assert "Elige primero qué hacer con estos pedidos. No se ha cambiado nada." in answer
    assert not BulkEdit.objects.exists()


def test_a_promised_day_of_another_century_is_not_taken_for_many_orders(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    browser = client_of(cast.merchant)
    form = carried(ask(browser, cast, "promise", order=[order.pk])) | {"promised_by": "0206-12-01"}
    assert "This day is more than ten years away." in text(browser.post(url(cast, "bulk_applying"), form))
    assert not BulkEdit.objects.exists()


def test_more_than_a_bulk_edit_takes_are_refused(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    for _ in range(3):
        make_store_order(store)
    page = ask(client_of(cast.merchant), cast, "promise", all_matching="1")
    assert "More than 2 orders match." in page


def test_the_list_says_how_many_select_all_would_take_or_that_they_are_too_many(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = make_customer(store, name="Ana Belén")
    for _ in range(52):
        make_store_order(store, ana)
    make_store_order(store)
    browser = client_of(cast.merchant)
    page = text(browser.get(url(cast, "orders"), {"q": "Ana"}))
    asked = re.search(r'hx-get="([^"]*/bulk/matching/[^"]*)"', page)
    assert asked, "of a filtered list of several pages nobody has counted yet"
    answer = text(browser.get(unescape(asked[1])))
    assert "Select all 52 that match" in answer
    assert "hx-get" not in answer
    monkeypatch.setattr(order_bulk, "MOST", 51)
    answer = text(browser.get(unescape(asked[1])))
    assert "More than 51 match: filter further to select all" in answer
    assert "data-bulk-too-many" in answer


def test_the_orders_travel_in_a_form_and_nothing_else_is_read_from_it() -> None:
    assert unpacked(packed([7, 3, 12])) == [3, 7, 12]
    for garbage in ("", "1.", "a", "1.-1", "1.0", "9" * 19, "1" + ".1" * bulk.MOST, "٣"):
        with pytest.raises(Refused):
            unpacked(garbage)
