"""What the file of bad rows has in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.imports import preview as import_tally
from closedorders.orderfiles.bad_rows import MISSING, TITLES
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.imports.bad_rows.tables import Table, as_file, issues
from tests.imports.browsing import ClientOf
from tests.imports.files import ali_row, csv_file, preview, shopify_row, text


def test_it_has_the_files_own_columns_and_rows_and_says_what_is_wrong(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    rows = [shopify_row(), shopify_row(Name="#2", Email="maria@", Total="NaN"), shopify_row(Name="#3")]
    header, *bad = download(preview(csv_file(rows), store=store, by=cast.assistant), cast.merchant)
    assert header == [*rows[0], "Line", "What is wrong"]
    assert bad == [
        [
            *rows[1].values(),
            "3",
            "Email: This is not an e-mail address. Write it like ana@example.com, or empty the cell. "
            "Total: This is not an amount. Write it like 1234.50.",
        ],
    ]


def test_it_speaks_the_language_of_whoever_downloads_it(
    cast: Cast, store: Store, download: Callable[..., Table]
) -> None:
    source = preview(csv_file([shopify_row(Total="NaN")]), store=store, by=cast.assistant)
    header, row = download(source, cast.merchant, language="es")
    assert header[-2:] == ["Línea", "Qué está mal"]
    assert row[-1].startswith("Total: No es un importe.")
    again = preview(as_file([header, row]), store=store, by=cast.assistant)
    assert issues(again) == [(2, "Total", "invalid_amount")]
    assert again.header == header[:-2], "our two columns are no part of the file"


def test_every_language_of_the_site_has_the_two_columns() -> None:
    languages = {code for code, _ in settings.LANGUAGES}
    assert set(TITLES) == set(MISSING) == languages


def test_an_assistant_sees_no_address_in_it(cast: Cast, store: Store, download: Callable[..., Table]) -> None:
    row = shopify_row(
        Name="#2", Email="zoe.example.org", Notes="or anna@example.net", Billing_Name="bo@example.net"
    )
    source = preview(csv_file([row]), store=store, by=cast.assistant)
    shown = str(download(source, cast.assistant))
    for part in ("zoe.example", "anna@", "bo@"):
        assert part not in shown
    assert "anna@example.net" in str(download(source, cast.merchant))


def test_it_is_read_in_few_queries_however_many_rows_it_has(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser, spent = client_of(cast.merchant), []
    for count in (2, 2, 250):
        rows = [shopify_row(Name=f"#{n}", Total="NaN", Email="x") for n in range(count)]
        source = preview(csv_file(rows), store=store, by=cast.assistant)
        with CaptureQueriesContext(connection) as queries:
            file = text(browser.get(reverse("imports:bad_rows", args=[cast.team.slug, source.pk])))
        assert len(file.splitlines()) == count + 1
        spent.append(len(queries))
    assert spent[1] == spent[2]


def test_a_row_too_long_to_keep_is_named_and_left_to_the_merchants_own_file(
    cast: Cast, store: Store, download: Callable[..., Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_tally, "MAX_CHARACTERS_KEPT", 300)
    rows = [shopify_row(Total="NaN", Notes="x" * 300), shopify_row(Name="#2", Total="NaN")]
    table = download(preview(csv_file(rows), store=store, by=cast.assistant), cast.merchant)
    assert table[1][:-2] == [""] * len(rows[0])
    assert "Correct this row in your own file: it could not be copied here." in table[1][-1]
    assert table[2][0] == "#2"
    assert preview(as_file(table), store=store, by=cast.assistant).rows_rejected == 2


def test_an_order_begun_before_the_cap_is_kept_to_its_end(
    cast: Cast, store: Store, download: Callable[..., Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_tally, "MAX_ISSUES", 1)
    further = {"Financial Status": "", "Currency": "", "Total": "", "Billing Name": ""}
    rows = [
        shopify_row(Total="NaN", Email="x"),
        shopify_row(Lineitem_name="Bulb") | further,
        shopify_row(Name="#2", Total="NaN"),
    ]
    source = preview(csv_file(rows), store=store, by=cast.assistant)
    assert (source.issues_found, source.rows_rejected) == (4, 3)
    assert [row[-2] for row in download(source, cast.merchant)[1:]] == ["2", "3"]


@pytest.mark.parametrize(("most", "kept"), [(5_000, ["4", "5"]), (1, ["4", "5"]), (0, ["4"])])
def test_products_apart_from_their_order_are_kept_past_the_cap_as_many_as_an_order_may_have(
    cast: Cast,
    store: Store,
    download: Callable[..., Table],
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    kept: list[str],
) -> None:
    monkeypatch.setattr(import_tally, "MAX_ISSUES", 1)
    monkeypatch.setattr(import_tally, "EXTRA_ISSUES_TO_FINISH_AN_ORDER", most)
    rows = [
        ali_row(),
        ali_row(Order_ID="8201447122035527"),
        ali_row(Title="Mat"),
        ali_row(Title="Mug"),
        ali_row(Order_ID="8.19E+15"),
    ]
    source = preview(csv_file(rows), store=store, by=cast.assistant)
    assert (source.issues_found, source.rows_rejected) == (3, 3)
    assert [row[-2] for row in download(source, cast.merchant)[1:]] == kept
