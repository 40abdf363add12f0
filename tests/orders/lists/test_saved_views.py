"""Lists of orders that a person keeps as tabs of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.accounts.audit.words import changes
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.orders.actions.saved_views import drop_order_view, keep_order_view
from closedorders.orders.listing import saved_views as own_views
from closedorders.orders.listing.tabs import MAIN_VIEWS, VIEWS
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import make_store, make_store_order
from tests.imports.files import text

ClientOf = Callable[[Membership | None], Client]


def url(cast: Cast, name: str) -> str:
    return reverse(f"orders:{name}", args=[cast.team.slug])


def keep(browser: Client, cast: Cast, query: str, name: str) -> str:
    """The page that follows."""
    return unescape(text(browser.post(url(cast, "own_view_keeping") + query, {"name": name}, follow=True)))


def tabs(page: str) -> dict[str, tuple[dict[str, str], bool, str | None]]:
    """Label -> what its address asks for, whether it is the one shown, count."""
    found = re.findall(
        r'<a class="tab" id="tab-\d+" href="([^"]*)"( aria-current="page")?>([^<]+)'
        r'(?:<span class="tab-count">([^<]+)</span>)?',
        page,
    )
    return {
        unescape(label): (dict(parse_qsl(urlsplit(unescape(address)).query)), bool(current), count or None)
        for address, current, label, count in found
    }


def test_a_filtered_list_is_kept_as_a_tab_with_its_count_for_the_one_person(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    for number, tags in (("#1", "Vip, wholesale"), ("#2", "vip"), ("#3", "viper")):
        make_store_order(store, number=number, tags=tags)
    browser = client_of(cast.merchant)
    query = "?tag=vip&sort=oldest"
    page = keep(browser, cast, query, "  Important   people ")
    assert "“Important people” is a tab of yours now." in page
    asked = {"tag": "vip", "sort": "oldest"}
    assert tabs(page)["Important people"] == (asked, True, None), "the list does not wait for the count"
    assert not tabs(page)["All"][1]
    counts_url = re.search(r'hx-get="([^"]*)"', page)
    assert counts_url
    counted = tabs(text(browser.get(unescape(counts_url[1]))))
    assert counted["Important people"] == (asked, True, "2")
    assert list(counted) == [
        *(str(view.label) for name, view in VIEWS.items() if name in MAIN_VIEWS),
        "Important people",
    ]
    for other in (cast.assistant, cast.reviewer):
        page = text(client_of(other).get(url(cast, "orders")))
        assert "Important people" not in page
        assert "hx-get" not in page, "who has no tab of their own asks for no counts"


def test_a_kept_list_opens_with_a_search_in_it_and_never_keeps_what_was_searched_for(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.merchant)
    assert "is not kept with it" in text(browser.get(url(cast, "orders") + "?q=ana%40x.example&country=ES"))
    keep(browser, cast, "?q=ana%40x.example&country=ES&view=late", "Spain")
    membership = Membership.objects.get(pk=cast.merchant.pk)
    assert membership.preferences["order_views"] == [
        {"name": "Spain", "query": {"view": "late", "country": "ES"}}
    ]
    assert "ana@" not in str(list(AuditEvent.objects.values_list("after", flat=True)))
    page = unescape(text(browser.get(url(cast, "orders") + "?q=bea&country=ES&view=late")))
    assert tabs(page)["Spain"][1], "whatever is searched for in it"
    assert tabs(page)["Spain"][0] == {"view": "late", "country": "ES", "q": "bea"}
    assert "Remove the tab “Spain”" in page
    elsewhere = text(browser.get(url(cast, "orders") + "?view=late&country=FR"))
    assert (tabs(elsewhere)["Spain"][1], tabs(elsewhere)["Late"][1]) == (False, True)


def test_a_removed_tab_leaves_its_list_on_the_screen(cast: Cast, store: Store, client_of: ClientOf) -> None:
    browser = client_of(cast.assistant)
    keep(browser, cast, "?country=ES", "Spain")
    gone = browser.post(url(cast, "own_view_removal") + "?country=ES", {"name": "Spain"}, follow=True)
    page = unescape(text(gone))
    assert gone.redirect_chain[-1][0] == url(cast, "orders") + "?country=ES"
    assert "The tab is removed." in page
    assert "Spain" not in tabs(page)
    assert "Keep as a tab" in page
    browser.post(url(cast, "own_view_removal") + "?country=ES", {"name": "Spain"})
    verbs = AuditEvent.objects.filter(verb__startswith="order_view").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["order_view_kept", "order_view_dropped"]
    assert [changes(event) for event in verbs] == [["Name: Spain"], ["Name: Spain → –"]], "and no codes"


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("", "All of them", "Choose a filter first"),
        ("?view=late&q=ana", "Late ones", "Choose a filter first"),
        ("?country=es", "Spain too", "This list is a tab of yours already: “Spain”."),
        ("?country=FR", "SPAIN", "You have a tab of this name already."),
        ("?country=FR", " \u200b ", "Give the tab a name."),
        ("?country=FR", "", "Give the tab a name."),
        ("?country=FR", "\u200d\u0301", "Give the tab a name."),
        ("?country=FR", "late", "There is a tab of this name already."),
        ("?country=FR", "For ana@example.com", "An e-mail address is no name for a tab."),
        ("?country=FR", "two\nlines", "Write it in one line."),
        ("?country=FR", "x" * 41, "40 characters"),
    ],
)
def test_a_tab_that_would_say_nothing_new_is_refused_in_words(
    cast: Cast, store: Store, client_of: ClientOf, query: str, name: str, words: str
) -> None:
    browser = client_of(cast.merchant)
    keep(browser, cast, "?country=ES", "Spain")
    assert words in keep(browser, cast, query, name)
    assert [each.name for each in own_views.own_views(Membership.objects.get(pk=cast.merchant.pk))] == [
        "Spain"
    ]


def test_a_person_has_so_many_tabs_and_no_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("closedorders.orders.actions.saved_views.MOST_OWN_VIEWS", 2)
    for country in ("ES", "FR"):
        keep_order_view(by=cast.merchant, name=country, query={"country": country})
    with pytest.raises(Refused, match="You have 2 tabs of your own"):
        keep_order_view(by=cast.merchant, name="DE", query={"country": "DE"})
    drop_order_view(by=cast.merchant, view=own_views.OwnView("ES", {"country": "FR"}))
    assert len(own_views.own_views(cast.merchant)) == 2, "another list by now"
    drop_order_view(by=cast.merchant, view=own_views.OwnView("ES", {"country": "ES"}))
    keep_order_view(by=cast.merchant, name="DE", query={"country": "DE"})
    assert [each.name for each in own_views.own_views(cast.merchant)] == ["FR", "DE"]
    with pytest.raises(Refused):
        keep_order_view(by=cast.reviewer, name="DE", query={"country": "DE"})


def test_lists_of_aliexpress_orders_are_kept_too_and_all_are_counted_in_one_query(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    make_store(cast.team)
    browser = client_of(cast.merchant)
    spent = []
    for query, name in (
        (f"?view=unlogged&store={store.pk}", "Not logged here"),
        ("?money=none&from=2026-01-01", "This year"),
        ("?sort=promised", "Promised"),
    ):
        keep(browser, cast, query, name)
        browser.get(url(cast, "order_tab_counts"))
        with CaptureQueriesContext(connection) as queries:
            counted = tabs(text(browser.get(url(cast, "order_tab_counts"))))
        spent.append(len(queries))
        assert counted[name][2] == "0"
    assert len(set(spent)) == 1, spent


def test_the_list_with_tabs_of_ones_own_costs_no_query_more(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    spent = []
    browser = client_of(cast.merchant)
    for place in range(3):
        browser.get(url(cast, "orders"))
        with CaptureQueriesContext(connection) as queries:
            browser.get(url(cast, "orders"))
        spent.append(len(queries))
        keep_order_view(by=cast.merchant, name=f"Tab {place}", query={"tag": str(place)})
    assert len(set(spent)) == 1, spent


def test_a_tab_of_a_store_that_is_gone_lists_what_the_rest_of_it_asks_for(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    keep_order_view(by=cast.merchant, name="Old", query={"store": "999999", "country": "ES"})
    page = text(client_of(cast.merchant).get(url(cast, "orders") + "?store=999999&country=ES"))
    assert tabs(page)["Old"][1], "so that it can be removed"
    assert "Remove the tab “Old”" in unescape(page)
    assert tabs(text(client_of(cast.merchant).get(url(cast, "order_tab_counts"))))["Old"][2] == "0"


def test_from_a_tab_of_ones_own_the_others_lead_away_from_its_filters(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    keep_order_view(by=cast.merchant, name="Spain", query={"country": "ES", "sort": "total"})
    browser = client_of(cast.merchant)
    page = tabs(text(browser.get(url(cast, "orders") + "?country=ES&sort=total&q=ana")))
    assert (page["All"][0], page["Late"][0]) == ({"q": "ana"}, {"q": "ana", "view": "late"})
    elsewhere = tabs(text(browser.get(url(cast, "orders") + "?country=ES&q=ana")))
    assert elsewhere["Late"][0] == {"q": "ana", "view": "late", "country": "ES"}


def test_each_tab_has_its_own_count_and_another_person_theirs(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    for number, country in enumerate(["ES", "ES", "ES", "FR", "FR", "PT"]):
        make_store_order(store, number=f"#{number}", ship_country=country)
    for who, countries in ((cast.merchant, ["FR", "ES", "PT"]), (cast.assistant, ["ES"])):
        for country in countries:
            keep_order_view(by=who, name=f"In {country}", query={"country": country})
        counted = tabs(text(client_of(who).get(url(cast, "order_tab_counts"))))
        own = {name: found[2] for name, found in counted.items() if name.startswith("In ")}
        assert own == {f"In {country}": {"ES": "3", "FR": "2", "PT": "1"}[country] for country in countries}


def test_a_view_of_aliexpress_orders_keeps_only_the_filters_it_reads(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    make_store(cast.team)
    keep(client_of(cast.merchant), cast, f"?view=unlogged&store={store.pk}&country=ES&sort=oldest", "Here")
    kept = own_views.own_views(Membership.objects.get(pk=cast.merchant.pk))
    assert [each.query for each in kept] == [{"view": "unlogged", "store": str(store.pk)}]


def test_a_removal_from_an_old_page_takes_no_other_tab_of_the_name(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    keep_order_view(by=cast.merchant, name="Spain", query={"country": "FR"})
    browser = client_of(cast.merchant)
    gone = browser.post(url(cast, "own_view_removal") + "?country=ES", {"name": "Spain"}, follow=True)
    assert "This tab is gone already." in text(gone)
    assert len(own_views.own_views(Membership.objects.get(pk=cast.merchant.pk))) == 1
