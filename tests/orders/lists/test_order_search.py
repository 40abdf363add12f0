"""The search of the orders list by numbers and addresses. By names: `test_name_search.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.accounts.models import Membership
from closedorders.orders import querysets
from closedorders.orders.actions import orders as order_actions
from closedorders.orders.models import Customer, Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_store,
    make_store_order,
    make_supplier_order,
)
from tests.imports.files import text

ClientOf = Callable[[Membership | None], Client]


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"orders:{name}", args=[cast.team.slug, *args])


def numbers_found(cast: Cast, words: str, *, whole: bool = True) -> list[str]:
    found = StoreOrder.objects.for_team(cast.team).matching(words, team=cast.team, whole=whole)
    return sorted(found.values_list("number", flat=True))


@pytest.mark.parametrize(
    ("words", "merchant", "assistant"),
    [
        ("1001", True, True),
        ("#1001", True, True),
        ("100", True, True),
        ("001", False, False),
        ("ab-7", True, True),
        ("garc", True, True),
        ("GARC", True, True),
        ("8201 4471 2203 5519", True, True),
        ("8201447122035519", True, True),
        ("820144712203", True, True),
        ("LP00123456789CN", True, True),
        ("lp0012345", True, True),
        ("maria@example.com", True, True),
        ("MARIA@example.com", True, True),
        ("maria@", True, False),
        ("maria@exam", True, False),
        ("maria.g", True, False),
        ("8201-4471-2203-5519", True, True),
        ("LP 0012 3456 789CN", True, True),
        ("\u202a1001\u202c", True, True),
        ("#", False, False),
        ("@example.com", False, False),
        ("example.com", False, False),
        ("nobody", False, False),
    ],
)
def test_search_finds_by_any_number_name_and_address(
    cast: Cast, store: Store, client_of: ClientOf, words: str, merchant: bool, assistant: bool
) -> None:
    customer = make_customer(store, email="maria@example.com")
    customers = [customer, make_customer(store, name="Ana Ruiz", email="maria.gil@example.com")]
    orders = [
        make_store_order(store, each, number=number)
        for each, number in zip(customers, ("#1001", "AB-77"), strict=True)
    ]
    for order, number, tracking in zip(
        orders, ("8201447122035519", "8201447122035520"), ("LP00123456789CN", ""), strict=True
    ):
        make_supplier_order(cast.team, order, number=number, tracking_number=tracking)
    for who, found in ((cast.merchant, merchant), (cast.assistant, assistant)):
        page = text(client_of(who).get(url(cast, "orders"), {"q": words}))
        assert any(f'/orders/{order.pk}/" data-row-link' in page for order in orders) is found
        assert ("No order matches" in page) is not found


@pytest.mark.parametrize(
    ("number", "typed"),
    [
        ("#AP-516073", ["516073", "5160", "#AP-516073", "ap-516073", "AP-5"]),
        ("#B4959", ["4959", "#4959", "b4959"]),
        ("ES 1001", ["1001", "ES 1001", "es 10"]),
        ("0042", ["0042", "#0042"]),
    ],
)
def test_a_number_is_found_with_and_without_what_the_shops_numbers_begin_with(
    cast: Cast, store: Store, number: str, typed: list[str]
) -> None:
    make_store_order(store, make_customer(store), number=number)
    for words in [number, *typed]:
        assert numbers_found(cast, words) == [number], words
    assert numbers_found(cast, number[-2:]) == []


def test_a_number_of_a_shop_that_sold_nothing_for_long_is_found_too(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "NUMBERS_LOOKED_AT", 3)
    quiet = make_store(cast.team)
    make_store_order(quiet, make_customer(quiet), number="OLD-77")
    for number in range(4):
        make_store_order(store, make_customer(store), number=f"#AP-{number}")
    assert numbers_found(cast, "77") == ["OLD-77"]
    assert numbers_found(cast, "3") == ["#AP-3"]


@pytest.mark.parametrize("beginnings", [6, 40])
def test_a_shop_of_many_beginnings_and_many_shops_are_searched(
    cast: Cast, store: Store, beginnings: int
) -> None:
    for n in range(beginnings):
        shop = store if beginnings == 6 else make_store(cast.team)
        make_store_order(shop, make_customer(shop), number=f"{chr(65 + n % 26)}{chr(65 + n // 26)}-{n + 100}")
    assert numbers_found(cast, "105") == ["FA-105"]
    assert numbers_found(cast, "1aB") == []


def test_a_number_that_aliexpress_orders_alone_have_leads_to_them(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    make_supplier_order(cast.team, None, number="8201447122030001")
    browser = client_of(cast.assistant)
    orders = reverse("orders:orders", args=[cast.team.slug])
    page = text(browser.get(orders, {"q": "8201 4471 2203 0001"}))
    link = re.search(r'href="([^"]*view=unmatched[^"]*)">Show them', page)
    assert link
    assert "8201447122030001" in text(browser.get(unescape(link[1])))
    assert "Show them" not in text(browser.get(orders, {"q": "8201447122039999"}))


def test_a_tracking_number_is_found_as_the_file_groups_it(cast: Cast, store: Store) -> None:
    order = make_store_order(store, make_customer(store), number="#1")
    make_supplier_order(cast.team, order, tracking_number="UA 123 456-789 YP")
    assert numbers_found(cast, "UA 123 456-789") == ["#1"]


def test_words_with_a_digit_are_a_number_first_and_others_a_person(cast: Cast, store: Store) -> None:
    make_store_order(store, make_customer(store, name="Mara Vogel", email="7001@qq.example"), number="#1")
    make_store_order(store, make_customer(store, name="3D Shop"), number="#7001")
    make_store_order(store, make_customer(store, name="Zoe"), number="MARA-2")
    assert numbers_found(cast, "7001") == ["#7001"]
    assert numbers_found(cast, "7001@") == ["#1"], "whoever means the address says so"
    assert numbers_found(cast, "mara") == ["#1"]
    assert numbers_found(cast, "MARA-2") == ["MARA-2"]
    assert numbers_found(cast, "MARA-") == ["MARA-2"], "nobody is called so"
    assert numbers_found(cast, "3D") == ["#7001"], "no number begins so"


def test_every_parcel_of_an_order_is_found_by_the_beginning_of_its_number(cast: Cast, store: Store) -> None:
    order = make_store_order(store, make_customer(store), number="#1")
    make_supplier_order(cast.team, order, tracking_number="LP00123456789012, UA123456789YP, LP00999999999012")
    for words in ("LP001234", "ua123456", "UA 123456789 YP", "LP00999999999012"):
        assert numbers_found(cast, words) == ["#1"]
    assert numbers_found(cast, "123456789YP") == []
    assert numbers_found(cast, "LP00123456789012, UA123456789YP") == ["#1"], "as our own pages have them"


@pytest.mark.parametrize(
    ("words", "numbers"), [("1", 5), ("#1", 5), ("82014471", 6), ("LP0012", 6), ("LP00120", 1)]
)
def test_a_number_that_very_many_begin_with_finds_them_all(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch, words: str, numbers: int
) -> None:
    monkeypatch.setattr(querysets, "CANDIDATES", 3)
    for number in range(6):
        order = make_store_order(store, make_customer(store), number=f"#1{number}" if number else "#2")
        bought = {"number": f"82014471{number:08}", "tracking_number": f"LP0012{number}CN"}
        make_supplier_order(cast.team, order, **bought)
    assert len(numbers_found(cast, words)) == numbers


def test_an_address_that_very_many_begin_with_finds_them_all(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "CANDIDATES", 3)
    for number in range(5):
        make_store_order(store, make_customer(store, email=f"info@{number}.example"))
    for words in ("info@", "info"):
        assert len(numbers_found(cast, words)) == 5
    assert numbers_found(cast, "info@", whole=False) == numbers_found(cast, "info", whole=False) == []


def test_an_aliexpress_order_is_found_by_the_order_and_customer_it_was_bought_for(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, make_customer(store, name="Ines Vidal"), number="#1001")
    closed = make_supplier_order(cast.team, order, status="Order Closed", status_code="closed")
    make_supplier_order(cast.team, None, status="Order Closed", status_code="closed")
    for words in ("#1001", "ines", closed.number):
        page = text(client_of(cast.assistant).get(url(cast, "orders"), {"q": words, "view": "unlogged"}))
        assert re.findall(r'data-number="(\d+)"', page) == [closed.number], words


@pytest.mark.parametrize("words", ["1234567", "12345678@", "1"])
def test_an_assistant_cannot_guess_an_address_in_a_tracking_number(
    cast: Cast, store: Store, client_of: ClientOf, words: str
) -> None:
    order = make_store_order(store, make_customer(store), number="#9")
    bought = {
        "number": "8201447122035519",
        "tracking_number": "12345678@example.com",
        "status_code": "closed",
    }
    make_supplier_order(cast.team, order, **bought)
    for view in ("all", "unlogged"):
        page = text(client_of(cast.assistant).get(url(cast, "orders"), {"q": words, "view": view}))
        assert "data-row-link" not in page, view
    assert numbers_found(cast, words) == (["#9"] if words == "1234567" else [])


def test_an_aliexpress_order_is_found_by_what_very_many_customers_are_called(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "CANDIDATES", 3)
    for number in range(5):
        order = make_store_order(store, make_customer(store, name=f"María {number}"), number=f"#1{number}")
        make_supplier_order(cast.team, order, status_code="closed")
    make_supplier_order(cast.team, None, status_code="closed")
    for words in ("maria", "#1"):
        page = text(client_of(cast.merchant).get(url(cast, "orders"), {"q": words, "view": "unlogged"}))
        assert page.count("data-row-link") == 5, words


def test_an_assistant_cannot_guess_an_address_in_a_products_name(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    make_supplier_order(cast.team, None, title="Mug for bo@example.net")
    make_supplier_order(cast.team, None, title="Mug, blue")
    for words, merchant, assistant in (("mug", 2, 1), ("bo@e", 1, 0), ("example.n", 1, 0)):
        for who, found in ((cast.merchant, merchant), (cast.assistant, assistant)):
            page = text(client_of(who).get(url(cast, "orders"), {"q": words, "view": "unmatched"}))
            assert page.count("data-row-link") == found, words


def test_a_customer_is_found_by_the_address_that_a_person_typed_and_no_longer_by_the_old_one(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    customer = make_customer(store, email="maria@example.com")
    order = make_store_order(store, customer)
    order_actions.change_customer(
        customer=customer, name=customer.name, email="mia@example.org", by=cast.merchant
    )
    link = f'/orders/{order.pk}/" data-row-link'
    for who in (cast.merchant, cast.assistant):
        listed = {
            words: link in text(client_of(who).get(url(cast, "orders"), {"q": words}))
            for words in ("mia@example.org", "MIA@example.org", "maria@example.com")
        }
        assert listed == {"mia@example.org": True, "MIA@example.org": True, "maria@example.com": False}
    assert link in text(client_of(cast.merchant).get(url(cast, "orders"), {"q": "mia@"}))


@pytest.mark.parametrize("edited", [[], ["email"], ["name"]])
def test_an_address_is_found_whatever_the_customers_key_and_marks_say(
    cast: Cast, store: Store, client_of: ClientOf, edited: list[str]
) -> None:
    customer = make_customer(store, email="maria@example.com")
    Customer.objects.filter(pk=customer.pk).update(email="mia@example.org", edited_fields=edited)
    link = f'/orders/{make_store_order(store, customer).pk}/" data-row-link'
    for words, found in (("mia@example.org", True), ("maria@example.com", False)):
        assert (link in text(client_of(cast.assistant).get(url(cast, "orders"), {"q": words}))) is found


@pytest.mark.parametrize("number", ["1001", "#10", "maria@example.com", "maria@"])
def test_the_search_never_finds_orders_of_another_team(
    cast: Cast, other_cast: Cast, client_of: ClientOf, number: str
) -> None:
    theirs = make_store(other_cast.team)
    order = make_store_order(theirs, make_customer(theirs, email="maria@example.com"), number="#1001")
    page = text(client_of(cast.merchant).get(url(cast, "orders"), {"q": number}))
    assert f'/orders/{order.pk}/" data-row-link' not in page


@pytest.mark.services  # SQLite's LIKE reads no index.
@pytest.mark.parametrize(
    ("words", "indexes"),
    [
        ("#1001", {"one_store_order_per_number"}),
        ("8201447122035519", {"one_store_order_per_number", "supplier_order_number_begins", "supplier_order_tracking"}),
        ("maria@", {"one_customer_per_key", "customer_typed_email_begins"}),
    ],
)  # fmt: skip
def test_what_is_typed_into_the_search_box_is_looked_up_in_an_index(
    cast: Cast, store: Store, words: str, indexes: set[str]
) -> None:
    # Of a few rows the planner reads all.
    few = 3_000
    customers = Customer.objects.bulk_create(
        Customer(store=store, key=f"email:{n}@example.com", email=f"{n}@example.com") for n in range(few)
    )
    orders = StoreOrder.objects.bulk_create(
        StoreOrder(store=store, team=cast.team, number=f"#{9_000 + n}", customer=customer)
        for n, customer in enumerate(customers)
    )
    SupplierOrder.objects.bulk_create(
        SupplierOrder(
            team=cast.team, number=f"{8 * 10**15 + n}", tracking_number=f"LP{n:09}CN", store_order=order
        )
        for n, order in enumerate(orders)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_customer, orders_storeorder, orders_supplierorder")
    with CaptureQueriesContext(connection) as queries:
        list(StoreOrder.objects.for_team(cast.team).matching(words, team=cast.team, whole=True))
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO off")
        for query in queries:
            cursor.execute(f"EXPLAIN {query['sql'].replace('%', '%%')}", [])
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    # From the index's own beginning on, and not through all of it: the words are in its condition.
    for index in indexes:
        looked_up = [
            plan
            for plan in plans
            if re.search(rf"{index}\b.*\n\s+Index Cond: \(\((store|team)_id = .*'", plan)
        ]
        assert looked_up, (index, plans)
    if "supplier_order_tracking" in indexes:
        assert any("supplier_order_parcels" in plan for plan in plans), plans


def test_what_is_typed_whole_is_found_however_many_begin_so(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "CANDIDATES", 2)
    for number in range(6):
        others = make_store_order(store, make_customer(store, email=f"info@{number}.example"))
        make_supplier_order(cast.team, others, number=f"8201447{number:09}")
    customer = make_customer(store, name="Ines Vidal", email="ines@example.com")
    make_store_order(store, customer, number="82014470")
    order_actions.change_customer(
        customer=customer, name="Ines Vidal", email="info@vidal.example", by=cast.merchant
    )
    browser = client_of(cast.merchant)
    for words in ("82014470", "info@"):
        assert "Ines Vidal" in text(browser.get(url(cast, "orders"), {"q": words}))


def test_a_name_of_very_many_customers_is_found_all_the_same(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "CANDIDATES", 3)
    for number in range(5):
        make_store_order(store, make_customer(store, name=f"María {number}"), number=f"#{number}")
    page = text(client_of(cast.assistant).get(url(cast, "orders"), {"q": "maría"}))
    assert len(re.findall("data-row-link", page)) == 5
