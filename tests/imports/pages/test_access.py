"""Who sees and moves an import, and what of it an assistant sees."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.core.health import worker_is_here
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.orders.models import Store, SupplierOrder
from tests.cast import Cast
from tests.factories import make_supplier_order
from tests.imports.browsing import ClientOf, url
from tests.imports.files import csv_file, import_file, preview, save, shopify_row, text, upload
from tests.orderfiles import kind_files


def test_a_worker_not_heard_of_is_said_to_be_silent_and_no_speed_is_told(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(csv_file([shopify_row(Name="#1")]), store=store, by=cast.merchant)
    now = timezone.now()
    lease = timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
    held = {"state": Import.State.COMMITTING, "started_at": now - timedelta(minutes=5), "attempts": 1}
    held |= {"progress_done": 500, "progress_total": 1_000}
    worker_is_here()
    page = client_of(cast.merchant)
    told = []
    for silent in (1, 60):
        Import.objects.filter(pk=source.pk).update(
            claimed_until=now + lease - timedelta(seconds=silent), **held
        )
        told.append(text(page.get(url(cast, "import_progress", source.pk), {"state": "saving"})))
    assert "a second" in told[0]
    assert "Saving has paused. It goes on by itself in about" not in told[0]
    assert "Saving has paused. It goes on by itself in about" in told[1]
    assert "a second" not in told[1]


def test_a_file_is_read_again_as_it_was_once_other_files_have_come(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    content = b"Store order,AliExpress order number\r\n#1001,8201447122035519\r\n"
    links = preview(content, store=store, by=cast.merchant)
    assert (links.state, links.rows_rejected) == ("previewed", 1)
    import_file(csv_file([shopify_row(Name="#1001")]), store=store, by=cast.merchant)
    client_of(cast.merchant).post(url(cast, "import_answers", links.pk))
    links.refresh_from_db()
    assert links.state == "uploaded"
    tasks.read_import(links.pk)
    links.refresh_from_db()
    assert (links.state, links.rows_rejected) == ("previewed", 0)


@pytest.mark.parametrize("name", ["import", "import_progress", "bad_rows"])
def test_another_teams_import_is_not_found(
    cast: Cast, other_cast: Cast, store: Store, client_of: ClientOf, name: str
) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    browser = client_of(other_cast.merchant)
    assert browser.get(url(other_cast, name, source.pk)).status_code == 404
    assert browser.get(url(cast, name, source.pk)).status_code == 404


@pytest.mark.parametrize("name", ["import_saving", "import_cancellation", "import_answers"])
def test_another_teams_import_cannot_be_moved(
    cast: Cast, other_cast: Cast, store: Store, client_of: ClientOf, name: str
) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    assert client_of(other_cast.merchant).post(url(other_cast, name, source.pk)).status_code == 404
    assert client_of(cast.reviewer).post(url(cast, name, source.pk)).status_code == 403
    assert client_of(cast.assistant).get(url(cast, name, source.pk)).status_code == 405
    source.refresh_from_db()
    assert source.state == Import.State.PREVIEWED


def test_a_reviewer_has_no_imports(cast: Cast, client_of: ClientOf) -> None:
    assert client_of(cast.reviewer).get(url(cast, "imports")).status_code == 403


def test_an_assistant_sees_no_whole_address_on_any_import_page(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    rows = [
        shopify_row(Notes="write to zoe@example.org"),
        shopify_row(Name="#2", Billing_Name="anna@example.net"),
        shopify_row(Name="#3", Email="maria@example.com,zoe@example.org"),
        shopify_row(Name="#4", Total="bo@example.net"),
        shopify_row(Name="#5", Email="zoe.example.org"),
    ]
    import_file(csv_file(rows), store=store, by=cast.assistant)
    changed = [
        shopify_row(Email="new@example.com", Notes="or lea@example.org"),
        shopify_row(Name="#2", Billing_Name="otto@example.net"),
        *rows[2:],
    ]
    source = preview(csv_file(changed), store=store, by=cast.assistant)
    pages = [source.get_absolute_url(), url(cast, "bad_rows", source.pk), url(cast, "imports")]
    browser = client_of(cast.assistant)
    for page in [*pages, save(source, by=cast.assistant).get_absolute_url()]:
        shown = text(browser.get(page))
        for part in ("maria@", "zoe@", "anna@", "otto@", "lea@", "bo@", "new@", "zoe.example"):
            assert part not in shown, (page, part)
    assert "maria@example.com" in text(client_of(cast.merchant).get(pages[1]))


def test_the_history_costs_the_same_queries_for_two_and_for_fifty(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    spent = []
    for more in (2, 48):
        for number in range(more):
            upload(b"x" * (number + 1), store=store, by=cast.assistant)
        browser.get(url(cast, "imports"))
        with CaptureQueriesContext(connection) as queries:
            browser.get(url(cast, "imports"))
        spent.append(len(queries))
    assert spent[0] == spent[1]


def test_an_import_that_moved_on_refuses_a_late_answer(cast: Cast, store: Store, client_of: ClientOf) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    import_actions.save_import(source=source, by=cast.assistant)
    page = client_of(cast.assistant).post(
        url(cast, "import_answers", source.pk), {"date_order": "dmy"}, follow=True
    )
    assert "no longer waiting for an answer" in text(page)


def test_a_file_that_is_no_text_offers_no_encoding_and_no_delimiter_to_change(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    pages = []
    for make in (kind_files.extension_file, kind_files.extension_json, kind_files.backup_file):
        source = preview(make(), store=store, by=cast.assistant)
        pages.append(text(browser.get(source.get_absolute_url())))
    table, *others = (("Cells are separated by" in page, 'name="encoding"' in page) for page in pages)
    assert table == (True, True)
    assert others == [(False, False), (False, False)]
    assert all('name="time_zone"' in page for page in pages)


def test_a_list_of_unknown_keys_can_have_its_columns_named(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    content = b'[{"ref": "A-1", "who": "Ana", "paid total": "9.50"}, {"ref": "A-2", "who": "Bo", "paid total": "3"}]'
    source = preview(content, store=store, by=cast.assistant)
    browser = client_of(cast.assistant)
    assert source.state == Import.State.UNMAPPED
    assert 'name="encoding"' not in text(browser.get(source.get_absolute_url()))
    answers = {"kind": "store_orders", "column-0": "number", "column-1": "customer_name", "column-2": "total"}
    browser.post(url(cast, "import_columns", source.pk), answers)
    tasks.read_import(source.pk)
    source.refresh_from_db()
    assert (source.state, source.orders_new) == (Import.State.PREVIEWED, 2)


def test_an_order_that_was_read_in_the_shops_euros_becomes_dollars_when_its_file_says_so(
    cast: Cast, store: Store
) -> None:
    known = make_supplier_order(cast.team, number="8201447122035519", currency="EUR", cost=Decimal("9.50"))
    rows = [
        {
            "Order Number": known.number,
            "Total Order Amount": "$9.50",
            "Store Name": "Lamp House",
            "Option": "",
        }
    ]
    source = preview(csv_file(rows), store=store, by=cast.assistant)
    assert [(each["field"], each["old"], each["new"]) for each in source.samples["changed"][0]["changes"]] == [
        ("currency", "EUR", "USD"), ("supplier", "", "Lamp House"),
    ]  # fmt: skip
    save(source, by=cast.assistant)
    known.refresh_from_db()
    assert (known.currency, known.cost) == ("USD", Decimal("9.50"))
    again = preview(csv_file(rows), store=store, by=cast.assistant)
    assert again.orders_unchanged == 1


def test_of_more_parcels_than_have_room_none_is_kept_by_half(cast: Cast, store: Store) -> None:
    parcels = [f"LPLONGNUMBER{n:08}" for n in range(12)]
    rows = [
        {
            "Order Number": "8201447122035519", "Total Order Amount": "US $9.50", "Store Name": "Lamp House",
            "Option": "", "Product Title": each, "Tracking Number": each,
        }
        for each in parcels
    ]  # fmt: skip
    import_file(csv_file(rows), store=store, by=cast.assistant)
    assert SupplierOrder.objects.get().tracking_number == ", ".join(parcels[:9])
