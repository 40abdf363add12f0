"""One import, state by state: progress, preview, result."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from closedorders.accounts.models import Membership
from closedorders.core.health import worker_is_here
from closedorders.imports import actions as import_actions
from closedorders.imports import preview as import_tally
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.orders.actions import orders as order_actions
from closedorders.orders.models import Customer, Store, StoreOrder
from tests.cast import Cast
from tests.factories import make_member
from tests.imports.browsing import ClientOf, url
from tests.imports.files import csv_file, import_file, preview, save, shopify_row, text, upload


def test_the_page_walks_from_progress_to_preview_to_result(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    source = upload(
        csv_file([shopify_row(), shopify_row(Name="#2", Email="bad")]), store=store, by=cast.assistant
    )
    page = text(browser.get(source.get_absolute_url()))
    assert "The site is not working on files right now. Yours is safe" in page
    worker_is_here()
    page = text(browser.get(source.get_absolute_url()))
    assert "Waiting to start" in page
    assert 'http-equiv="refresh"' in page
    progress = browser.get(url(cast, "import_progress", source.pk), {"state": "reading"})
    assert "progress-block" in text(progress)

    tasks.read_import(source.pk)
    assert browser.get(url(cast, "import_progress", source.pk), {"state": "reading"})["HX-Refresh"] == "true"
    page = text(browser.get(source.get_absolute_url()))
    assert "Save 1 order<" in page
    assert "María García" in page
    assert "This is not an e-mail address. Write it like ana@example.com, or empty the cell." in page
    assert 'http-equiv="refresh"' not in page

    browser.post(url(cast, "import_saving", source.pk))
    assert not StoreOrder.objects.exists(), "a page saves nothing itself"
    assert "Saving orders" in text(browser.get(source.get_absolute_url()))
    tasks.commit_import(source.pk)
    page = text(browser.get(source.get_absolute_url()))
    assert "See the orders" in page
    assert StoreOrder.objects.count() == 1
    browser.post(url(cast, "import_cancellation", source.pk))
    assert Import.objects.get().state == Import.State.COMMITTED, "a saved import cannot be cancelled"


def test_a_preview_in_an_old_tab_is_not_saved_once_the_file_was_read_in_another_way(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(csv_file([shopify_row(Currency="")]), store=store, by=cast.assistant)
    browser = client_of(cast.assistant)
    old = _seen_in(browser, source)
    browser.post(url(cast, "import_answers", source.pk), {"default_currency": "USD"})
    tasks.read_import(source.pk)
    answer = browser.post(url(cast, "import_saving", source.pk), {"seen": old}, follow=True)
    assert "The file was read in another way since you opened the page" in text(answer)
    source.refresh_from_db()
    assert source.state == Import.State.PREVIEWED
    browser.post(url(cast, "import_saving", source.pk), {"seen": _seen_in(browser, source)})
    tasks.commit_import(source.pk)
    assert StoreOrder.objects.get().currency == "USD"


def test_a_preview_in_an_old_tab_is_not_saved_once_other_values_differ(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_tally, "MAX_CONFLICTS_SHOWN", 0)  # As with the fifty-first of them.
    import_file(csv_file([shopify_row()]), store=store, by=cast.merchant)
    customer = Customer.objects.get()
    order_actions.change_customer(customer=customer, name="Mari", email=customer.email, by=cast.merchant)
    source = preview(csv_file([shopify_row()]), store=store, by=cast.merchant)
    browser = client_of(cast.merchant)
    old = _seen_in(browser, source)
    order_actions.change_customer(customer=customer, name="Marie", email=customer.email, by=cast.merchant)
    browser.post(url(cast, "import_answers", source.pk))
    tasks.read_import(source.pk)
    form = {"seen": old, "override_fields": "customer_name"}
    answer = browser.post(url(cast, "import_saving", source.pk), form, follow=True)
    assert "The file was read in another way since you opened the page" in text(answer)
    assert Customer.objects.get().name == "Marie"


def test_an_answer_from_an_old_tab_changes_nothing(cast: Cast, store: Store, client_of: ClientOf) -> None:
    source = preview(csv_file([shopify_row(Created_at="03/04/2026 10:00")]), store=store, by=cast.assistant)
    browser = client_of(cast.assistant)
    page = text(browser.get(source.get_absolute_url()))
    marks = set(re.findall('name="seen" value="([^"]+)"', page))
    question = re.search(r'<input type="hidden" name="seen" value="([^"]+)" id="question-seen">', page)
    assert question, "the question carries the mark"
    old = question[1]
    assert old in marks
    browser.post(url(cast, "import_answers", source.pk), {"date_order": "dmy", "seen": old})
    tasks.read_import(source.pk)
    answer = browser.post(
        url(cast, "import_answers", source.pk), {"date_order": "mdy", "seen": old}, follow=True
    )
    assert "The file was read in another way since you opened the page" in text(answer)
    source.refresh_from_db()
    assert (source.state, source.answers["date_order"]) == (Import.State.PREVIEWED, "dmy")


def _seen_in(browser: Client, source: Import) -> str:
    found = re.search('name="seen" value="([^"]+)"', text(browser.get(source.get_absolute_url())))
    assert found
    return found[1]


def test_an_import_that_stopped_halfway_keeps_what_it_saved_to_be_seen_and_taken_back(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    import_actions.save_import(source=source, by=cast.assistant)
    Import.objects.update(state=Import.State.REFUSED, refusal={"code": "gave_up"}, orders_new=1)
    browser = client_of(cast.assistant)
    page = text(browser.get(source.get_absolute_url()))
    assert "What was saved before it stopped stays saved" in page
    assert "Take this import back" in page
    assert "How we read the file" not in page, "to read it again would forget what it saved"
    assert "Rows read" in page
    browser.post(url(cast, "import_answers", source.pk), {"encoding": "utf-8"})
    source.refresh_from_db()
    assert (source.state, source.orders_new) == (Import.State.REFUSED, 1)
    row = re.search(r'data-label="New" class="num">(.*?)</td>', text(browser.get(url(cast, "imports"))))
    assert row
    assert row[1] == "1"


def test_another_who_saved_it_is_named_beside_who_uploaded_it(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    save(source, by=cast.merchant)
    browser = client_of(cast.merchant)
    history = text(browser.get(url(cast, "imports")))
    assert f"Saved by {cast.merchant.user}" in history
    assert str(cast.assistant.user) in history
    assert "Saved by" in text(browser.get(source.get_absolute_url()))
    import_file(csv_file([shopify_row(Name="#2")]), store=store, by=cast.merchant)
    assert text(browser.get(url(cast, "imports"))).count("Saved by") == 1


def test_a_running_save_is_stopped_by_who_began_it_or_a_merchant(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    def saving(by: Membership, name: str) -> Import:
        source = preview(csv_file([shopify_row(Name=name)]), store=store, by=cast.merchant)
        import_actions.save_import(source=source, by=by)
        return source

    def cancelled(source: Import, by: Membership) -> bool:
        client_of(by).post(url(cast, "import_cancellation", source.pk))
        source.refresh_from_db()
        return source.state == Import.State.CANCELLED

    merchants, assistants = saving(cast.merchant, "#1"), saving(cast.assistant, "#2")
    assert "Cancel this import" not in text(client_of(cast.assistant).get(merchants.get_absolute_url()))
    assert not cancelled(merchants, cast.assistant)
    assert merchants.state == Import.State.COMMITTING
    assert "Cancel this import" in text(client_of(cast.assistant).get(assistants.get_absolute_url()))
    assert cancelled(assistants, cast.assistant)
    assert cancelled(merchants, make_member(cast.team))
    unsaved = preview(csv_file([shopify_row()]), store=store, by=cast.merchant)
    assert cancelled(unsaved, cast.assistant), "before it is saved nothing is lost"


def test_a_refused_file_says_what_happened_what_is_safe_and_what_to_do(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(b"%PDF-1.7\n", store=store, by=cast.assistant)
    page = text(client_of(cast.assistant).get(source.get_absolute_url()))
    for words in ("This is a PDF.", "Nothing of this file was saved", "Export as CSV"):
        assert words in page
