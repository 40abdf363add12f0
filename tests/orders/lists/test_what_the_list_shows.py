"""What the orders list shows of each order, on the screen and in a file, and at what cost."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.accounts.team_cache import clear_cache
from closedorders.imports.models import Import
from closedorders.orders.listing.cells import COLUMNS
from closedorders.orders.listing.tabs import VIEWS
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_customer,
    make_incident,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import csv_file, import_file, preview, shopify_row, text
from tests.orders.scenes import closed_order, url

ClientOf = Callable[[Membership | None], Client]


def test_whatever_a_file_says_stands_in_the_list_as_words(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    evil = "<b onclick='x'>\"&"
    store.name = evil
    store.save()
    order = make_store_order(
        store, make_customer(store, name=evil), number=evil, ship_country="<>", currency="", tags=evil
    )
    account = make_buyer_account(cast.team, evil)
    make_supplier_order(
        cast.team, order, number="<i>1</i>", buyer_account=account, status=evil, tracking_number="<u>"
    )
    cast.merchant.preferences["order_columns"] = list(COLUMNS)
    cast.merchant.save()
    page = client_of(cast.merchant).get(url(cast, "orders")).text
    row = page[page.index("<tr data-row>") : page.index("</tbody>")]
    for tag in ("<b ", "<i>", "<u>", "<>", "onclick='"):
        assert tag not in row
    assert unescape(row).count(evil) >= 6


def test_the_list_of_keys_stands_below_orders_and_below_aliexpress_orders(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    make_store_order(store, number="#1001")
    make_supplier_order(cast.team)
    browser = client_of(cast.merchant)
    for view in ("all", "unmatched"):
        assert "data-keys-open" in browser.get(url(cast, "orders"), {"view": view}).content.decode(), view
    empty = browser.get(url(cast, "orders"), {"q": "nobody"}).content.decode()
    assert "data-keys-open" in empty
    assert "<kbd>j</kbd>" not in empty


def test_several_values_of_a_cell_stand_together_beside_its_title(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, number="#1001")
    for tracking in ("LX1", "LX2"):
        make_supplier_order(cast.team, order, tracking_number=tracking)
    browser = client_of(cast.merchant)
    browser.post(url(cast, "order_columns"), {"column": ["tracking"]})
    page = browser.get(url(cast, "orders")).content.decode()
    assert (
        '<td data-label="Tracking number" class="break"><div><div>LX1</div><div>LX2</div></div></td>' in page
    )


def test_columns_are_kept_for_the_person_who_chose_them(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    make_store_order(store, number="#1001", tags="wholesale", total=Decimal("12.34"))
    browser = client_of(cast.merchant)
    browser.post(url(cast, "order_columns") + "?q=1001", {"column": ["tags", "nonsense"]})
    page = text(browser.get(url(cast, "orders")))
    assert ("wholesale" in page, "12.34" in page) == (True, False)
    assert "wholesale" not in text(client_of(cast.assistant).get(url(cast, "orders")))
    browser.post(url(cast, "order_columns"), {})
    assert "12.34" in text(browser.get(url(cast, "orders")))
    assert AuditEvent.objects.filter(verb="order_columns_chosen").count() == 2


def test_an_export_is_what_the_screen_shows(cast: Cast, store: Store, client_of: ClientOf) -> None:
    customer = make_customer(store, name="=cmd()", email="maria@example.com")
    order = make_store_order(store, customer, number="#1001", placed_at=datetime(2026, 10, 1, 8, tzinfo=UTC))
    make_incident(
        cast.team,
        cast.merchant,
        [make_supplier_order(cast.team, order, number="8201447122035519")],
        reason=reason(),
    )
    make_store_order(store, number="#1002")

    def rows(who: Membership) -> list[list[str]]:
        response = client_of(who).post(url(cast, "orders_export") + "?view=closed")
        assert response["Cache-Control"] == "no-store"
        return list(csv.reader(io.StringIO(text(response).removeprefix("\ufeff"))))

    titles, row = rows(cast.merchant)
    assert titles[:5] == ["Order", "Placed on", "Days late", "Customer", "E-mail"]
    assert row[0] == "#1001"
    assert row[3:7] == ["'=cmd()", "maria@example.com", "45.00", "EUR"]
    assert row[7:] == ["8201447122035519", "", "Closed", "At risk", "Not told"]
    assert rows(cast.assistant)[1][4] == "m•••@e•••.com"
    assert AuditEvent.objects.filter(verb="orders_exported", after={"view": "closed"}).count() == 2


def test_an_export_costs_few_queries_however_many_orders(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.merchant)
    browser.get(url(cast, "orders"))  # Notes the network this person works from, once.
    spent = []
    for more in (2, 48):
        for number in range(more):
            make_supplier_order(cast.team, make_store_order(store, number=f"#{more}-{number}"))
        with CaptureQueriesContext(connection) as queries:
            exported = text(browser.post(url(cast, "orders_export")))
        spent.append(len(queries))
    assert len(exported.splitlines()) == 51, "a title and fifty orders"
    assert spent[0] == spent[1]


def test_the_three_badges_say_where_an_order_stands(cast: Cast, store: Store, client_of: ClientOf) -> None:
    closed_order(cast, store, "#1001")
    page = text(client_of(cast.merchant).get(url(cast, "orders")))
    for words in (">Closed<", ">At risk<", ">Not told<"):
        assert words in page


def test_the_list_costs_the_same_queries_for_two_and_for_fifty(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.merchant)
    spent: dict[str, list[int]] = {}
    for more in (2, 48):
        for number in range(more):
            closed_order(cast, store, f"#{more}-{number}")
            make_supplier_order(cast.team, status="Closed", status_code="closed")
        for view in VIEWS:
            browser.get(url(cast, "orders"), {"view": view})
            with CaptureQueriesContext(connection) as queries:
                browser.get(url(cast, "orders"), {"view": view})
            spent.setdefault(view, []).append(len(queries))
    assert all(few == many for few, many in spent.values()), spent


def test_the_list_says_of_shop_and_aliexpress_when_each_was_last_imported(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    def imported(format_key: str, hours: int, state: str = "committed") -> None:
        Import.objects.create(
            team=cast.team, store=store, uploaded_by=cast.merchant, file_name="x.csv", size=1, sha256="0" * 64,
            state=state, format=format_key, finished_at=timezone.now() - timedelta(hours=hours),
        )  # fmt: skip

    def said() -> str:
        clear_cache()  # As after ten seconds.
        page = text(client_of(cast.assistant).get(url(cast, "orders")))
        return " ".join(re.sub("<[^>]+>", "", page).split())

    assert "last import" not in said()
    imported("aliexpress_inventory", 72)
    imported("shopify_orders", 9)
    imported("aliexpress_inventory", 1, "previewed")
    imported("order_links", 1)
    imported("mapped_order_links", 1)
    assert "Shop: last import 9 h ago · AliExpress: last import 3 d ago, out of date" in said()
    imported("shopify_orders", 30)
    imported("mapped_aliexpress_orders", 2)
    assert "Shop: last import 9 h ago · AliExpress: last import 2 h ago" in said()
    assert "out of date" not in said()


def test_a_file_in_which_nothing_is_new_says_that_the_list_is_up_to_date(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    def said() -> str:
        clear_cache()
        return text(client_of(cast.assistant).get(url(cast, "orders")))

    today = reverse("dashboard:today", args=[cast.team.slug])
    rows = [shopify_row(), shopify_row(Name="#1002")]
    import_file(csv_file(rows), store=store, by=cast.assistant)
    Import.objects.update(
        started_at=timezone.now() - timedelta(days=3), finished_at=timezone.now() - timedelta(days=3)
    )
    assert "out of date" in said()
    preview(csv_file([*rows, shopify_row(Name="#1003")]), store=store, by=cast.assistant)
    assert "out of date" in said(), "#1003 waits to be saved"
    assert "The last import is more than a day old" in text(client_of(cast.merchant).get(today))
    again = preview(csv_file(rows), store=store, by=cast.assistant)
    clear_cache()
    assert "The last import is more than a day old" not in text(client_of(cast.merchant).get(today))
    assert "out of date" not in said()
    page = text(client_of(cast.assistant).get(again.get_absolute_url()))
    assert "Nothing to save: all orders are here already" in page
    assert f'href="{url(cast, "orders")}"' in page


def test_an_empty_list_teaches(cast: Cast, client_of: ClientOf) -> None:
    page = text(client_of(cast.assistant).get(url(cast, "orders")))
    assert "No orders yet" in page
    assert reverse("imports:imports", args=[cast.team.slug]) in page
