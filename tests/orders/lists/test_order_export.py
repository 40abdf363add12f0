"""The list as a file: the orders, columns and order of the screen, for the eyes of whoever asks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import load_workbook

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.orders.listing import export
from closedorders.orders.listing.cells import COLUMNS
from closedorders.orders.listing.filters import SORTS
from closedorders.orders.models import Store, StoreOrder
from closedorders.orders.status import refresh_status
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_customer,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
)
from tests.imports.files import text

ClientOf = Callable[[Membership | None], Client]


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team, name="Casa Luna ES")


@pytest.fixture
def table(cast: Cast, client_of: ClientOf) -> Callable[..., list[list[str]]]:
    """Rows of the export of an address, titles first."""

    def export(query: str = "", by: Membership | None = None) -> list[list[str]]:
        answer = client_of(by or cast.merchant).post(_url(cast, "orders_export") + query)
        assert answer.status_code == 200
        return list(csv.reader(io.StringIO(text(answer).removeprefix("\ufeff"))))

    return export


Table = Callable[..., list[list[str]]]


def _url(cast: Cast, name: str) -> str:
    return reverse(f"orders:{name}", args=[cast.team.slug])


def _on_screen(browser: Client, address: str) -> list[str]:
    """The order numbers of all pages."""
    numbers: list[str] = []
    base = address.partition("?")[0]
    while address:
        page = text(browser.get(address))
        numbers += [unescape(each) for each in re.findall(r"data-row-link>([^<]+)<", page)]
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        address = base + unescape(onward[1]) if onward else ""
    return numbers


def _many_orders(cast: Cast, store: Store) -> None:
    """Sixty, of two stores and two buyer accounts, some promised, closed, or without a day of their own."""
    today = timezone.localdate(timezone=cast.team.zone)
    second, account = make_store(cast.team), make_buyer_account(cast.team)
    closed = []
    for n in range(60):
        order = make_store_order(
            second if n % 3 == 0 else store,
            number=f"#{n:03}",
            placed_at=None if n % 7 == 0 else datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n % 20),
            promised_by=today + timedelta(days=n % 9 - 4) if n % 2 or n % 12 == 0 else None,
            ship_country="PT" if n % 5 == 0 else "ES",
        )
        bought = make_supplier_order(cast.team, order, buyer_account=account if n % 4 == 0 else None)
        closed += [bought] if n % 6 == 0 else []
    make_incident(cast.team, cast.merchant, closed)


@pytest.mark.parametrize("view", ["all", "closed", "no_reason", "not_told", "late"])
@pytest.mark.parametrize("sort", list(SORTS))
def test_every_view_in_every_order_exports_what_its_pages_list(
    cast: Cast, store: Store, client_of: ClientOf, table: Table, view: str, sort: str
) -> None:
    _many_orders(cast, store)
    query = f"?view={view}&sort={sort}"
    exported = [row[0] for row in table(query)[1:]]
    assert exported == _on_screen(client_of(cast.merchant), _url(cast, "orders") + query)
    assert exported


@pytest.mark.parametrize(
    "query",
    [
        "country=pt",
        "from=2026-03-05&to=2026-03-09",
        "q=01",
        "supplier=closed_open&told=not_told",
        "money=none",
    ],
)
def test_a_search_and_filters_narrow_the_file_as_they_do_the_screen(
    cast: Cast, store: Store, client_of: ClientOf, table: Table, query: str
) -> None:
    _many_orders(cast, store)
    exported = [row[0] for row in table(f"?{query}")[1:]]
    assert 0 < len(exported) < 60
    assert exported == _on_screen(client_of(cast.merchant), f"{_url(cast, 'orders')}?{query}")


def test_all_columns_come_in_their_order_and_only_those_chosen(
    cast: Cast, store: Store, client_of: ClientOf, table: Table
) -> None:
    cast.team.time_zone = "Europe/Madrid"
    cast.team.save()
    day = timezone.localdate(timezone=cast.team.zone) - timedelta(days=3)
    order = make_store_order(
        store,
        make_customer(store, name="María García", email="maria@example.com"),
        number="#1001",
        currency="JPY",
        total=4500,
        placed_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC),
        promised_by=day,
        tags="vip",
    )
    account = make_buyer_account(cast.team, "Madrid")
    for number, tracking, status in (
        ("8201447122035519", "LP00123456789CN", "Em trânsito"),
        ("8201447122035527", "", ""),
    ):
        bought = {"number": number, "tracking_number": tracking, "status": status}
        make_supplier_order(cast.team, order, buyer_account=account, **bought)
    make_store_order(store, make_customer(store, name="", email=""), placed_at=None, total=None)
    browser = client_of(cast.merchant)
    browser.post(_url(cast, "order_columns"), {"column": list(COLUMNS)})
    refresh_status([order.pk])
    titles, bare, full = table("?sort=newest")
    assert titles == [
        "Order", "Placed on", "Days late", "Customer", "E-mail", "Total", "Currency", "AliExpress order numbers",
        "Status at AliExpress", "At AliExpress", "Money", "Customer told", "Promised day", "Store", "Buyer account",
        "Tracking number", "Country", "Tags",
    ]  # fmt: skip
    assert full == [
        "#1001", "2026-03-02 00:30", "3", "María García", "maria@example.com", "4500", "JPY",
        "8201447122035519 8201447122035527", "Em trânsito", "Ordered", "Nothing due", "Nothing to tell",
        day.isoformat(),
        "Casa Luna ES", "Madrid", "LP00123456789CN", "ES", "vip",
    ]  # fmt: skip
    assert bare[1:7] == ["", "", "", "", "", "EUR"]
    browser.post(_url(cast, "order_columns"), {"column": ["tags", "country"]})
    assert table()[0] == ["Order", "Placed on", "Days late", "Country", "Tags"]


def test_no_cell_runs_in_a_spreadsheet(cast: Cast, store: Store, client_of: ClientOf, table: Table) -> None:
    customer = make_customer(store, name='=HYPERLINK("https://x.example")', email="+x@example.com")
    order = make_store_order(store, customer, number="-1001", tags="\tx, ＝1+1\n@y", ship_country="")
    make_supplier_order(
        cast.team, order, tracking_number="@SUM(A1)", buyer_account=make_buyer_account(cast.team, "＋1")
    )
    client_of(cast.merchant).post(_url(cast, "order_columns"), {"column": list(COLUMNS)})
    cells = table()[1]
    assert not [
        cell
        for cell in cells
        if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    ]
    assert {'\'=HYPERLINK("https://x.example")', "'+x@example.com", "'-1001", "'@SUM(A1)", "'＋1"} <= set(
        cells
    )


@pytest.mark.parametrize("separator", [";", "\t", "|", '; "', ";; ", "\n"])
def test_no_part_of_a_cell_runs_where_a_spreadsheet_splits_at_another_sign(
    cast: Cast, store: Store, client_of: ClientOf, table: Table, separator: str
) -> None:
    make_store_order(store, make_customer(store, name=f"Ana{separator}=1+1{separator}@x; Mug"))
    name = table()[1][3]
    assert name == f"Ana{separator}'=1+1{separator}'@x; Mug"


def test_an_assistants_file_has_no_address_whole(
    cast: Cast, store: Store, client_of: ClientOf, table: Table
) -> None:
    customer = make_customer(store, name="maria@example.com", email="maria@example.com")
    make_store_order(store, customer, number="#1001", tags="write to maria ＠ example.com")
    client_of(cast.assistant).post(_url(cast, "order_columns"), {"column": list(COLUMNS)})
    for query in ("", "?q=maria@example.com"):
        assert table(query, cast.assistant)[1][0] == "#1001"
        assert "example" not in str(table(query, cast.assistant))
    assert table("?q=maria@", cast.assistant)[1:] == []
    assert table("?q=maria@")[1][3:5] == ["maria@example.com", "maria@example.com"]


def test_the_trail_says_who_took_which_orders_and_not_what_was_searched(
    cast: Cast, store: Store, table: Table
) -> None:
    make_store_order(store)
    table("?view=closed&country=es&q=maria@example.com", cast.assistant)
    event = AuditEvent.objects.get(verb="orders_exported")
    assert (event.actor, event.after) == (cast.assistant.user, {"view": "closed", "country": "ES"})


def test_a_file_speaks_the_readers_language(cast: Cast, store: Store, table: Table) -> None:
    make_store_order(store)
    cast.merchant.user.language = "es"
    cast.merchant.user.save()
    titles, row = table()
    assert titles[0] == "Pedido"
    assert "Nothing due" not in row


def test_orders_beyond_one_chunk_are_all_there_once(
    store: Store, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_EXPORT_CHUNK", 2)
    for number in range(5):
        make_store_order(store, number=f"#{number}")
    assert sorted(row[0] for row in table()[1:]) == ["#0", "#1", "#2", "#3", "#4"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_more_orders_than_a_file_takes_are_refused_in_words_and_not_cut_off(
    cast: Cast, store: Store, client_of: ClientOf, table: Table, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setitem(export.EXPORT_CAPS, kind, 3)
    for number in range(4):
        make_store_order(store, number=f"#{number}", ship_country="PT" if number else "ES")
    browser = client_of(cast.merchant)
    answer = browser.post(_url(cast, "orders_export") + "?sort=oldest", {"format": kind}, follow=True)
    assert answer.redirect_chain == [(_url(cast, "orders") + "?sort=oldest", 302)]
    assert "These are more than 3 orders, too many for one file of this kind." in text(answer)
    assert not AuditEvent.objects.filter(verb="orders_exported").exists()
    assert len(table("?country=PT")) == 4


def test_a_file_is_asked_for_with_a_button_by_who_may_and_holds_their_teams_orders_alone(
    cast: Cast, other_cast: Cast, store: Store, client_of: ClientOf, table: Table
) -> None:
    make_store_order(make_store(other_cast.team), number="#9999")
    StoreOrder.objects.filter(team=cast.team).delete()
    assert table()[1:] == []
    address = _url(cast, "orders_export")
    assert client_of(cast.merchant).get(address).status_code == 405
    assert client_of(cast.reviewer).post(address).status_code == 403
    assert client_of(other_cast.merchant).post(address).status_code == 404


@pytest.mark.parametrize("role", ["merchant", "assistant"])
def test_a_view_of_aliexpress_orders_exports_what_it_lists(
    cast: Cast, store: Store, client_of: ClientOf, table: Table, role: str
) -> None:
    order = make_store_order(store, number="#1001")
    bought = {"number": "8201447122035519", "title": "=Mug for ana@example.com", "tracking_number": "LP1"}
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    make_supplier_order(cast.team, order, **bought, status="Closed", status_code="closed", placed_at=at)
    make_supplier_order(
        cast.team, None, number="8201447122035527", status_code="closed", cost=None, status=""
    )
    who = getattr(cast, role)
    titles, waiting, closed = table("?view=unlogged", who)
    assert titles == [
        "AliExpress order", "Order", "Product", "Supplier", "Buyer account", "Status at AliExpress", "Cost", "Currency",
        "Placed on", "Tracking number",
    ]  # fmt: skip
    title = "'=Mug for ana@example.com" if role == "merchant" else "'=Mug for a•••@e•••.com"
    placed = timezone.localtime(at, cast.team.zone).strftime("%Y-%m-%d %H:%M")
    assert closed[:4] == ["8201447122035519", "#1001", title, ""]
    assert [closed[5], *closed[8:]] == ["Closed", placed, "LP1"]
    assert waiting[0:2] == ["8201447122035527", ""]
    assert [row[0] for row in table("?view=unmatched", who)[1:]] == ["8201447122035527"]
    page = text(client_of(who).get(_url(cast, "orders") + "?view=unlogged"))
    assert page.index("8201447122035527") < page.index("8201447122035519")
    assert f'{_url(cast, "orders_export")}?view=unlogged"' in page


def _as_text(title: object, cell: Any) -> str:
    """A cell of a workbook as the CSV file has it."""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.2f}" if title == "Total" else f"{cell:.0f}"
    return str(cell)


def test_a_workbook_holds_what_the_csv_file_does_with_long_numbers_whole_and_formulas_as_words(
    cast: Cast, store: Store, client_of: ClientOf, table: Table
) -> None:
    customer = make_customer(store, name="=1+1", email="maria@example.com")
    order = make_store_order(
        store,
        customer,
        number="0042",
        total=45,
        placed_at=datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC),
        promised_by=date(2026, 3, 20),
    )
    make_supplier_order(cast.team, order, number="8201447122035519")
    make_store_order(store, make_customer(store), number="#2", total=None)
    for query in ("?sort=oldest", "?q=maria@example.com", "?view=late"):
        answer = client_of(cast.assistant).post(_url(cast, "orders_export") + query, {"format": "xlsx"})
        assert answer["Content-Type"].endswith("spreadsheetml.sheet")
        assert ".xlsx" in answer["Content-Disposition"]
        assert answer["Cache-Control"] == "no-store"
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]  # the test client's answers have no public type
        rows = book.get_sheet_by_index(0).to_python()
        said = table(query, cast.assistant)
        assert [list(map(_as_text, rows[0], row)) for row in rows] == [
            [cell.removeprefix("'") for cell in row] for row in said
        ]
    cast.merchant.preferences["order_columns"] = ["customer", "total", "promised", "aliexpress"]
    cast.merchant.save()
    answer = client_of(cast.merchant).post(_url(cast, "orders_export") + "?q=0042", {"format": "xlsx"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]  # the test client's answers have no public type
    row = book.get_sheet_by_index(0).to_python()[1]
    assert [row[0], *row[3:6]] == ["0042", "=1+1", "maria@example.com", 45.0]
    assert "8201447122035519" in row
    placed = timezone.localtime(order.placed_at, cast.team.zone).replace(second=0, tzinfo=None)
    assert row[1] == placed
    assert row[2] == (timezone.localdate(timezone=cast.team.zone) - date(2026, 3, 20)).days
    assert date(2026, 3, 20) in row


def test_a_day_before_those_that_excel_counts_is_told_in_words(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    make_store_order(store, placed_at=datetime(1899, 5, 1, 12, tzinfo=UTC))
    answer = client_of(cast.merchant).post(_url(cast, "orders_export"), {"format": "xlsx"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]  # the test client's answers have no public type
    assert str(book.get_sheet_by_index(0).to_python()[1][1]).startswith("1899-05-01")


def test_the_files_name_says_which_view_of_which_day(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.merchant).post(_url(cast, "orders_export") + "?view=late")
    day: date = timezone.localdate(timezone=cast.team.zone)
    assert answer["Content-Disposition"] == f'attachment; filename="orders-late-{day.isoformat()}.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
