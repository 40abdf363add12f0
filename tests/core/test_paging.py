from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory

from closedorders.core.paging import capped_count, page_of, page_of_list
from closedorders.orders.models import StoreOrder
from tests.cast import Cast
from tests.factories import make_customer, make_store, make_store_order

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def orders(cast: Cast) -> list[StoreOrder]:
    """Twelve orders, saved in another order than they were placed; two at one moment, two whose moment nobody knows."""
    store = make_store(cast.team)
    customer = make_customer(store)
    hours = [3, 1, 2, 2, None, 9, 7, 8, None, 4, 6, 5]
    return [
        make_store_order(store, customer, placed_at=None if hour is None else START + timedelta(hours=hour))
        for hour in hours
    ]


def walk(by: str, size: int) -> list[list[int]]:
    """Primary keys of every page, forwards."""
    query, pages = "", []
    while True:
        page = page_of(RequestFactory().get("/" + query), StoreOrder.objects.by_date(), size=size, by=by)
        pages.append([order.pk for order in page])
        query = page.next_query
        if not query:
            return pages


@pytest.mark.parametrize("size", [1, 3, 5, 12, 50])
@pytest.mark.parametrize("by", ["", "listed_at"])
def test_every_row_is_on_exactly_one_page_newest_first(by: str, size: int, orders: list[StoreOrder]) -> None:
    shown = [pk for page in walk(by, size) for pk in page]
    expected = sorted(orders, key=lambda o: (o.placed_at or o.created_at if by else 0, o.pk), reverse=True)
    assert shown == [order.pk for order in expected]


@pytest.mark.parametrize("by", ["", "listed_at"])
def test_the_way_back_shows_the_same_pages(by: str, orders: list[StoreOrder]) -> None:
    first = page_of(RequestFactory().get("/"), StoreOrder.objects.by_date(), size=5, by=by)
    second = page_of(
        RequestFactory().get("/" + first.next_query), StoreOrder.objects.by_date(), size=5, by=by
    )
    third = page_of(
        RequestFactory().get("/" + second.next_query), StoreOrder.objects.by_date(), size=5, by=by
    )
    assert not third.next_query
    back = page_of(
        RequestFactory().get("/" + third.previous_query), StoreOrder.objects.by_date(), size=5, by=by
    )
    assert list(back) == list(second)
    front = page_of(
        RequestFactory().get("/" + back.previous_query), StoreOrder.objects.by_date(), size=5, by=by
    )
    assert list(front) == list(first)
    assert not front.previous_query


@pytest.mark.parametrize("place", ["x", "-1", "1", "1.yesterday", "1.2026-11-01T00:00:00", "9" * 30, "१२"])
def test_a_place_that_is_none_is_the_first_page(place: str, orders: list[StoreOrder]) -> None:
    request = RequestFactory().get("/", {"before": place})
    assert len(page_of(request, StoreOrder.objects.by_date(), by="listed_at")) == 12


def test_filters_stay_in_the_links(orders: list[StoreOrder]) -> None:
    page = page_of(RequestFactory().get("/?view=late&q=x"), StoreOrder.objects.all(), size=5)
    assert "view=late" in page.next_query
    assert "q=x" in page.next_query


def test_a_count_never_goes_past_its_cap(orders: list[StoreOrder]) -> None:
    assert capped_count(StoreOrder.objects.all(), cap=5) == 6
    assert capped_count(StoreOrder.objects.all(), cap=50) == 12


def test_a_list_in_memory_has_pages_too(rf: RequestFactory) -> None:
    found = list(range(120))
    first = page_of_list(rf.get("/", {"incident": "2"}), found)
    assert (first.rows, first.previous_query, first.next_query) == (found[:50], "", "?incident=2&before=50")
    last = page_of_list(rf.get("/", {"before": "100"}), found)
    assert (last.rows, last.previous_query, last.next_query) == (found[100:], "?before=50", "")
    for nonsense in ("-1", "x", "5000", "９"):
        assert page_of_list(rf.get("/", {"before": nonsense}), found).rows == found[:50]
