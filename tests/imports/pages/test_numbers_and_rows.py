"""What the page of an import counts and lists."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from closedorders.imports import actions as import_actions
from closedorders.imports import preview as import_tally
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import make_store
from tests.imports.browsing import ClientOf, url
from tests.imports.files import ali_row, csv_file, import_file, preview, save, shopify_row, text


def test_the_same_file_again_says_so_and_has_nothing_to_save(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    content = csv_file([shopify_row()])
    import_file(content, store=store, by=cast.assistant)
    again = preview(content, store=store, by=cast.assistant)
    page = text(client_of(cast.assistant).get(again.get_absolute_url()))
    assert "The same file was imported on" in page
    assert "Nothing to save: all orders are here already." in page
    assert url(cast, "import_saving", again.pk) not in page


def test_a_file_of_bad_rows_alone_is_not_called_nothing_new(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(csv_file([shopify_row(Total="twelve")]), store=store, by=cast.merchant)
    for address in (url(cast, "imports"), url(cast, "import", source.pk)):
        page = text(client_of(cast.merchant).get(address))
        assert ("Only bad rows" in page, "Nothing new" in page) == (True, False)


def test_a_file_whose_rows_all_wait_for_an_answer_is_not_called_bad(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(csv_file([shopify_row(Created_at="03/04/2026 10:00")]), store=store, by=cast.merchant)
    browser = client_of(cast.merchant)
    page = text(browser.get(source.get_absolute_url()))
    assert "Nothing can be saved yet: answer above first." in page
    assert "No row of this file could be read. Correct the bad rows below, or export again." not in page
    for each in (page, text(browser.get(url(cast, "imports")))):
        assert ("Waits for an answer" in each, "Only bad rows" in each) == (True, False)


def test_a_saved_file_with_bad_rows_does_not_say_that_everything_is_saved(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    rows = [shopify_row(), shopify_row(Name="#2", Total="twelve")]
    source = import_file(csv_file(rows), store=store, by=cast.merchant)
    page = text(client_of(cast.merchant).get(source.get_absolute_url()))
    assert ("The good rows are saved." in page, "Everything is saved" in page) == (True, False)


def test_the_page_says_how_many_bad_rows_the_download_has(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [shopify_row(Name=f"#{n}", Total="twelve", Subtotal="ten") for n in range(15)]
    browser = client_of(cast.merchant)
    source = preview(csv_file(rows), store=store, by=cast.merchant)
    assert source.issues_found == 30, "two mistakes in each row"
    page = browser.get(source.get_absolute_url())
    assert "The download has all 15 bad rows." in text(page)
    monkeypatch.setattr(import_tally, "MAX_ISSUES", 20)
    source = preview(csv_file(rows), store=store, by=cast.merchant)
    assert "The download has the first 10 of 15 bad rows." in text(browser.get(source.get_absolute_url()))


def test_a_file_of_links_speaks_of_rows(cast: Cast, store: Store, client_of: ClientOf) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.merchant)
    content = "Store order,AliExpress order number\n" + "".join(
        f"#1001,820144712203551{n}\n" for n in range(3)
    )
    source = preview(content.encode(), store=store, by=cast.merchant)
    page = text(client_of(cast.merchant).get(source.get_absolute_url()))
    assert "3 rows join AliExpress numbers to their orders." in page
    assert "Save 3 rows<" in page


def test_numbers_that_belong_to_another_order_are_listed(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    import_file(csv_file([shopify_row(Notes="AliExpress 8201447122035519")]), store=store, by=cast.merchant)
    other = shopify_row(Name="#1002", Notes="AliExpress 8201447122035519")
    source = preview(csv_file([other]), store=store, by=cast.merchant)
    browser = client_of(cast.merchant)
    before = text(browser.get(source.get_absolute_url()))
    after = text(browser.get(save(source, by=cast.merchant).get_absolute_url()))
    for page in (before, after):
        assert "AliExpress numbers of another order" in page
        assert "This AliExpress order already belongs to order #1001." in page


def test_the_time_that_saving_took_counts_from_the_first_worker(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.merchant)
    import_actions.save_import(source=source, by=cast.merchant)
    hour_ago = timezone.now() - timedelta(hours=1)
    Import.objects.update(attempts=1, started_at=hour_ago, claimed_until=hour_ago)
    tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.COMMITTED
    assert source.started_at == hour_ago


def test_changed_orders_show_old_and_new(cast: Cast, store: Store, client_of: ClientOf) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    source = preview(csv_file([shopify_row(Total="30.00")]), store=store, by=cast.assistant)
    page = text(client_of(cast.merchant).get(source.get_absolute_url()))
    assert "€25.00" in page
    assert "€30.00" in page


@pytest.mark.parametrize(
    ("language", "old", "new", "added"), [("en", "25.5", "1,030.5", "7.5"), ("es", "25,5", "1.030,5", "7,5")]
)
def test_a_preview_writes_amounts_without_a_currency_in_the_language_of_the_page(
    cast: Cast, client_of: ClientOf, language: str, old: str, new: str, added: str
) -> None:
    cast.merchant.user.language = language
    cast.merchant.user.save()
    cast.team.currency = ""
    cast.team.save()
    store = make_store(cast.team, currency="")
    import_file(csv_file([shopify_row(Currency="", Total="25.50")]), store=store, by=cast.merchant)
    rows = [shopify_row(Currency="", Total="1030.50"), shopify_row(Name="#2", Currency="", Total="7.50")]
    source = preview(csv_file(rows), store=store, by=cast.merchant)
    page = text(client_of(cast.merchant).get(source.get_absolute_url()))
    assert re.search(rf"\b{re.escape(old)}\b.*\b{re.escape(new)}\b", page, re.DOTALL)
    assert f'<span class="money">{added}</span>' in page


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The file has 1.5 KB, and we read up to 1 KB."),
        ("es", "El archivo ocupa 1,5 KB y leemos hasta 1 KB."),
    ],
)
def test_a_file_over_the_limit_is_refused_with_sizes_in_the_language_of_the_page(
    cast: Cast,
    store: Store,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    sentence: str,
) -> None:
    cast.merchant.user.language = language
    cast.merchant.user.save()
    monkeypatch.setattr(settings, "IMPORT_MAX_BYTES", 1024)
    large = SimpleUploadedFile("o.csv", b"x" * 1536)
    form = {"store": store.pk, "file": large}
    page = text(client_of(cast.merchant).post(url(cast, "imports"), form, follow=True))
    assert sentence in page.replace("\N{NO-BREAK SPACE}", " ")
    assert not Import.objects.exists()


def test_a_question_is_asked_and_its_answer_read(cast: Cast, store: Store, client_of: ClientOf) -> None:
    browser = client_of(cast.assistant)
    source = preview(csv_file([shopify_row(Created_at="03/04/2026 10:00")]), store=store, by=cast.assistant)
    assert "Line 2 says 03/04/2026 10:00" in text(browser.get(source.get_absolute_url()))
    browser.post(url(cast, "import_answers", source.pk), {"date_order": "no such"})
    assert Import.objects.get().state == Import.State.PREVIEWED
    browser.post(url(cast, "import_answers", source.pk), {"date_order": "mdy"})
    tasks.read_import(source.pk)
    page = text(browser.get(source.get_absolute_url()))
    assert "Save 1 order<" in page


def test_closed_aliexpress_orders_that_nobody_logged_are_told(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = import_file(
        csv_file([ali_row(Status="Closed"), ali_row(Order_ID="8201447122035520", Status="Shipped")]),
        store=store,
        by=cast.assistant,
    )
    page = text(client_of(cast.assistant).get(source.get_absolute_url()))
    assert "1 AliExpress order looks closed and is not logged" in page
    assert f'action="{reverse("closures:unlogged", args=[cast.team.slug])}"' in page
