"""The filters, sorts and pages of the orders list, as its address names them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.orders.listing.filters import SORTS
from closedorders.orders.models import Store, StoreOrder
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    make_team,
    reason,
)
from tests.imports.files import text
from tests.orders.scenes import url

ClientOf = Callable[[Membership | None], Client]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "abc"),
        ({"supplier": "closed_open"}, "b"),
        ({"money": "at_risk", "told": "not_told"}, "b"),
        ({"told": "none"}, "ac"),
        ({"country": "fr"}, "c"),
        ({"from": "2026-10-03"}, "c"),
        ({"to": "2026-10-02"}, "ab"),
        ({"from": "2026-10-02", "to": "2026-10-02"}, "b"),
        ({"supplier": "nonsense", "from": "soon", "country": "EUR", "store": "x", "sort": "total"}, "abc"),
        ({"from": "0001-01-01", "to": "9999-12-31"}, "abc"),
        ({"tag": "vip"}, "ab"),
        ({"tag": "Gran pedido"}, "b"),
        ({"tag": "gran"}, ""),
        ({"tag": "100%"}, "c"),
        ({"tag": "new"}, "b"),
        ({"tag": "vip,new"}, ""),
        ({"tag": "ana@example.com"}, ""),
        ({"sort": "oldest"}, "abc"),
        ({"sort": "promised"}, "c"),
    ],
)
def test_filters_stand_in_the_address(
    cast: Cast, store: Store, client_of: ClientOf, query: dict[str, str], found: str
) -> None:
    zone = cast.team.zone
    for name, day in (("a", 1), ("b", 2), ("c", 3)):
        order = make_store_order(store, number=f"#{name}", placed_at=datetime(2026, 10, day, 23, tzinfo=zone))
        if name == "b":
            make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, order)], reason=reason())
    StoreOrder.objects.filter(number="#c").update(ship_country="FR", promised_by="2026-11-01", tags="100%")
    StoreOrder.objects.filter(number="#a").update(tags="VIP")
    StoreOrder.objects.filter(number="#b").update(tags="new ,GRAN PEDIDO, vip")
    page = text(client_of(cast.assistant).get(url(cast, "orders"), query))
    order_of_page = re.findall(r"data-row-link>#(\w)<", page)
    assert "".join(order_of_page if query.get("sort") == "oldest" else sorted(order_of_page)) == found


def test_a_filter_that_is_none_is_told(cast: Cast, store: Store, client_of: ClientOf) -> None:
    make_store_order(store, number="#1", tags="vip, new")
    browser = client_of(cast.merchant)
    page = text(browser.get(url(cast, "orders"), {"tag": "vip, new"}))
    assert "<strong>Tag: vip, new</strong>" in page
    assert "Type one whole tag, without a comma" in page
    assert "Select" not in page, "nobody who typed two tags means all orders"
    page = text(browser.get(url(cast, "orders"), {"country": "ESP", "tag": "vip, new", "view": "unmatched"}))
    assert page.count("This is no filter, and is left out.") == 2, "AliExpress orders have no tags"
    page = text(browser.get(url(cast, "orders"), {"country": "ESP"}))
    assert "<strong>Country: ESP</strong>" in page
    assert "#1" in page


def test_a_team_with_several_stores_and_accounts_filters_by_them(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    other = make_store(cast.team)
    account = make_buyer_account(cast.team)
    make_buyer_account(cast.team)
    make_supplier_order(cast.team, make_store_order(store, number="#here"), buyer_account=account)
    make_store_order(other, number="#there")
    browser = client_of(cast.merchant)
    here = text(browser.get(url(cast, "orders"), {"store": store.pk, "account": account.pk}))
    assert ("#here" in here, "#there" in here) == (True, False)
    assert account.label in here
    stranger = make_store(make_team())
    assert "#there" in text(browser.get(url(cast, "orders"), {"store": stranger.pk}))


def test_a_view_of_aliexpress_orders_shows_the_filters_it_reads_and_keeps_the_others_for_the_next(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    other = make_store(cast.team)
    for of, number in ((store, "8201447122030001"), (other, "8201447122030002")):
        make_supplier_order(cast.team, make_store_order(of), number=number, status_code="closed")
    make_supplier_order(cast.team, None, number="8201447122030003", status_code="closed")
    browser = client_of(cast.merchant)
    asked = {"store": str(store.pk), "country": "ES", "sort": "oldest"}
    for view, numbers, chips in (("unlogged", ["1"], [store.name]), ("unmatched", ["3"], [])):
        page = text(browser.get(url(cast, "orders"), {**asked, "view": view}))
        assert re.findall(r'data-number="820144712203000(\d)"', page) == numbers
        assert re.findall(r'class="chip" href="[^"]*">([^<]*) <', page) == chips
        assert '<input type="hidden" name="country" value="ES">' in page
        assert '<input type="hidden" name="sort" value="oldest">' in page
        assert ('<input type="hidden" name="store"' in page) is (view == "unmatched")


def test_an_order_of_the_list_that_leaves_orders_out_says_so(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    StoreOrder.objects.filter(pk=order.pk).update(promised_by="2026-11-01")
    browser = client_of(cast.merchant)
    for sort, said in (("promised", True), ("oldest", False)):
        page = text(browser.get(url(cast, "orders"), {"sort": sort}))
        assert ("With a promised day still to keep" in page) is said


@pytest.mark.parametrize("place", ["before=1.2020-01-01T00:00:00Z", "after=1.2030-01-01T00:00:00Z"])
def test_a_page_that_nothing_is_left_of_shows_the_first_one(
    cast: Cast, store: Store, client_of: ClientOf, place: str
) -> None:
    make_store_order(store, number="#here")
    page = text(client_of(cast.merchant).get(f"{url(cast, 'orders')}?{place}"))
    assert "#here" in page
    assert not re.search('rel="(prev|next)"', page)


@pytest.mark.parametrize("sort", list(SORTS))
def test_pages_of_every_sort_show_each_order_once_in_both_directions(
    cast: Cast, store: Store, client_of: ClientOf, sort: str
) -> None:
    placed = timezone.now()
    for number in range(120):
        make_store_order(
            store,
            number=f"#{number}",
            placed_at=placed,
            promised_by=date(2026, 11, 1 + number % 3),
            total=Decimal(number % 4) + Decimal("0.1") if number % 5 else None,
        )
    browser = client_of(cast.merchant)

    def walk(start: str, direction: str) -> tuple[list[str], str]:
        seen: list[str] = []
        address, last = start, start
        while address:
            page = text(browser.get(url(cast, "orders") + address))
            numbers = re.findall(r"data-row-link>#(\d+)<", page)
            seen = seen + numbers if direction == "next" else numbers + seen
            last = address
            link = re.search(rf'rel="{direction}" href="([^"]+)"', page)
            address = unescape(link[1]) if link else ""
        return seen, last

    forward, last = walk(f"?sort={sort}", "next")
    assert len(forward) == len(set(forward)) == 120
    assert walk(last, "prev")[0] == forward


def test_the_largest_total_comes_first_and_an_unknown_one_last(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    for number, total in (("#1", "9.50"), ("#2", None), ("#3", "100"), ("#4", "20.125"), ("#5", "20.12")):
        make_store_order(store, number=number, total=total and Decimal(total))
    page = text(client_of(cast.assistant).get(url(cast, "orders"), {"sort": "total"}))
    assert re.findall(r"data-row-link>#(\d)<", page) == ["3", "4", "5", "1", "2"]


@pytest.mark.parametrize(
    "amount", ["NaN", "Infinity", "-Infinity", "1E+999999", "1E-999999", "9" * 60, "x", ""]
)
def test_a_place_in_the_list_by_total_that_is_none_is_the_first_page(
    cast: Cast, store: Store, client_of: ClientOf, amount: str
) -> None:
    make_store_order(store, number="#here")
    asked = {"sort": "total", "before": f"1.{amount}"}
    assert "#here" in text(client_of(cast.merchant).get(url(cast, "orders"), asked))


def test_a_list_by_promised_day_without_one_does_not_say_that_there_are_no_orders(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    make_store_order(store, number="#1001")
    page = text(client_of(cast.merchant).get(url(cast, "orders"), {"sort": "promised"}))
    assert "No order here still has to keep a promised day." in page
    assert "No orders yet" not in page
