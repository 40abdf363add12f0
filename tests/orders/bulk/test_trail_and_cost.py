"""What a change of many orders leaves in the trail and on its page, and how many queries it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.orders.bulk import plan as bulk
from closedorders.orders.bulk.actions import undo_bulk_edit
from closedorders.orders.models import BulkEdit, Store
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
from tests.orders.bulk.edits import DAY, apply, ask, carried
from tests.orders.scenes import url

ClientOf = Callable[[Membership | None], Client]


def test_each_order_tells_what_happened_to_it_and_no_address_is_in_the_trail(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, tags="bo@example.net")
    edit = apply(cast, "tag_add", order, tag="VIP")
    undo_bulk_edit(edit=edit, by=cast.merchant)
    page = text(client_of(cast.merchant).get(url(cast, "order", order.pk)))
    assert page.count("Changed the tags") == 2
    assert "VIP" in page
    for event in AuditEvent.objects.all():
        assert "bo@example.net" not in f"{event.before}{event.after}"
    trail = text(client_of(cast.merchant).get(reverse("team:audit", args=[cast.team.slug])))
    assert "Changed many orders at once" in trail
    assert "What was done: Add a tag" in trail
    assert "Took back a change of many orders" in trail


def test_two_orders_cost_as_many_queries_as_fifty(cast: Cast, store: Store, client_of: ClientOf) -> None:
    account = make_buyer_account(cast.team)
    wanted: dict[str, dict[str, Any]] = {
        "promise": DAY,
        "tag_add": {"tag": "VIP"},
        "tag_remove": {"tag": "VIP"},
        "promise_clear": {},
        "buyer_account": {"account": account.pk, "over": False},
        "reason": {"reason": reason("travel").pk},
    }
    browser = client_of(cast.merchant)
    spent: dict[str, list[int]] = {}
    for number in (2, 50):
        orders = [make_store_order(store) for _ in range(number)]
        make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, order) for order in orders])
        browser.get(url(cast, "orders"))
        for verb, values in wanted.items():
            with CaptureQueriesContext(connection) as queries:
                ask(browser, cast, verb, order=[order.pk for order in orders])
            spent.setdefault(f"ask {verb}", []).append(len(queries))
            with CaptureQueriesContext(connection) as queries:
                edit = apply(cast, verb, *orders, **values)
            assert edit.changed == number, verb
            spent.setdefault(verb, []).append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            undo_bulk_edit(edit=edit, by=cast.merchant)
        spent.setdefault("undo", []).append(len(queries))
    assert all(few == many for few, many in spent.values()), spent


@pytest.mark.parametrize("words", ["maria@ex", "maria＠ex", "maria", "x&q=maria"])
def test_what_a_merchant_searched_for_is_in_no_page_of_the_edit(
    cast: Cast, store: Store, client_of: ClientOf, words: str
) -> None:
    order = make_store_order(store, make_customer(store, name="Ann", email="maria@example.com"))
    page = ask(
        client_of(cast.merchant),
        cast,
        "tag_add",
        order=[order.pk],
        query=f"q={words}&tag=maria%40example.com&view=closed",
    )
    edited = client_of(cast.merchant).post(url(cast, "bulk_applying"), carried(page) | {"tag": "VIP"})
    edit = BulkEdit.objects.get()
    assert edit.params["query"] == "view=closed"
    assert edited["Location"] == url(cast, "bulk_edit", edit.pk)
    # As one was kept before.
    BulkEdit.objects.update(params=edit.params | {"query": f"q={words}&tag=maria%40example.com&view=closed"})
    page = text(client_of(cast.assistant).get(url(cast, "bulk_edit", edit.pk)))
    assert "?view=closed" in page
    assert "maria" not in page


def test_every_order_that_is_left_out_is_in_a_file_whose_first_ones_the_page_names(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    orders = [make_store_order(store, number=f"#{number:03}", tags="VIP") for number in range(60)]
    edit = apply(cast, "tag_add", *orders, make_store_order(store, number="#new"), tag="VIP")
    page = text(client_of(cast.assistant).get(url(cast, "bulk_edit", edit.pk)))
    assert "60 not: see below." in page
    assert ("#049" in page, "#050" in page, "and 10 more" in page) == (True, False, True)
    address = url(cast, "bulk_left_out", edit.pk)
    assert address in page
    file = b"".join(client_of(cast.assistant).get(address).streaming_content).decode()  # type: ignore[attr-defined]  # the test client's answers have no public type
    lines = file.splitlines()
    assert lines[0] == "\ufeffOrder,Why it is left out"
    assert lines[1:] == [f"#{number:03},has this tag already" for number in range(60)]


def test_the_query_of_a_list_is_taken_without_its_page() -> None:
    query = bulk.list_query(QueryDict("query=q%3DAna%26before%3D5%26view%3Dclosed"))
    assert query.dict() == {"q": "Ana", "view": "closed"}
    assert bulk.list_query(QueryDict("query=q%3D%25%250000%2500%26view%3D%2500closed"))["q"] == "%00"
