from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.health import worker_is_here
from closedorders.imports import actions as import_actions
from closedorders.imports import preview as import_tally
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.imports.views.kinds import KINDS_OF_FILES
from closedorders.imports.wording.issues import ISSUE_TEXTS, issue_text
from closedorders.imports.wording.names import FORMAT_NAMES
from closedorders.imports.wording.reading import ASSUMPTION_TEXTS, QUESTION_TEXTS, assumption_text
from closedorders.imports.wording.refusals import REFUSAL_TEXTS, refusal_texts
from closedorders.orderfiles.cells import ISSUES
from closedorders.orderfiles.formats.custom import MAPPED
from closedorders.orderfiles.formats.recognition import FORMATS
from closedorders.orderfiles.issues import ASSUMPTIONS, QUESTIONS
from closedorders.orderfiles.tables.csv_table import REFUSALS
from closedorders.orders import actions
from closedorders.orders.models import BuyerAccount, Customer, Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import make_member, make_store, make_supplier_order
from tests.imports.files import ali_row, csv_file, import_file, preview, save, shopify_row, text, upload
from tests.orderfiles import kind_files

ClientOf = Callable[[Membership | None], Client]


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team)


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"imports:{name}", args=[cast.team.slug, *args])


# --- Words ---


def test_every_code_has_a_sentence() -> None:
    own_issues, own_refusals = (
        {"unknown_store_order", "joined_to_another"},
        {"no_store", "file_gone", "gave_up"},
    )
    assert set(ISSUE_TEXTS) == set(ISSUES) | own_issues
    assert set(REFUSAL_TEXTS) == set(REFUSALS) | own_refusals
    assert set(ASSUMPTION_TEXTS) == set(ASSUMPTIONS)
    assert set(QUESTION_TEXTS) == set(QUESTIONS)
    assert set(FORMAT_NAMES) == {each.key for each in FORMATS} | {each.key for each in MAPPED.values()}


@pytest.mark.parametrize("code", sorted(ISSUE_TEXTS))
def test_a_sentence_never_fails_for_want_of_a_value(code: str) -> None:
    assert issue_text(code, {})


def test_sentences_say_sizes_and_orders_in_words() -> None:
    happened, todo = refusal_texts("file_too_large", {"size": 600 * 1024 * 1024, "limit": 512 * 1024 * 1024})
    assert "600\xa0MB" in happened
    assert todo
    assert "day, month, year" in assumption_text(
        "date_order", {"date_order": "dmy", "line": 3, "value": "31/12/2025"}
    )


# --- Upload ---


def test_an_assistant_uploads_and_lands_on_the_import(cast: Cast, store: Store, client_of: ClientOf) -> None:
    file = SimpleUploadedFile("../..\\orders\u202e.csv", csv_file([shopify_row()]))
    response = client_of(cast.assistant).post(url(cast, "imports"), {"file": file, "store": store.pk})
    source = Import.objects.get()
    assert response.status_code == 302
    assert response["Location"] == source.get_absolute_url()
    assert source.file_name == "orders.csv"
    assert "orders" not in str(source.file.name).rpartition("/")[2]
    assert source.uploaded_by == cast.assistant
    assert len(source.sha256) == 64
    assert AuditEvent.objects.filter(verb="import_uploaded", thing_id=source.pk).exists()


def test_a_file_over_the_limit_is_refused_with_a_sentence(
    cast: Cast, store: Store, client_of: ClientOf, settings: pytest.FixtureRequest
) -> None:
    settings.IMPORT_MAX_BYTES = 100  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    file = SimpleUploadedFile("o.csv", csv_file([shopify_row()]))
    response = client_of(cast.merchant).post(url(cast, "imports"), {"file": file, "store": store.pk})
    assert response.status_code == 422
    assert "we read up to 100" in text(response)
    assert not Import.objects.exists()


def test_another_teams_store_cannot_be_chosen(
    cast: Cast, other_cast: Cast, store: Store, client_of: ClientOf
) -> None:
    theirs = make_store(other_cast.team)
    file = SimpleUploadedFile("o.csv", csv_file([shopify_row()]))
    response = client_of(cast.assistant).post(url(cast, "imports"), {"file": file, "store": theirs.pk})
    assert response.status_code == 422
    assert not Import.objects.exists()


def test_a_team_without_a_store_adds_its_first_one_in_place(cast: Cast, client_of: ClientOf) -> None:
    browser = client_of(cast.assistant)
    assert "First, your store" in text(browser.get(url(cast, "imports")))
    browser.post(url(cast, "first_store"), {"name": "Casa Luna", "currency": "eur"})
    assert Store.objects.get(team=cast.team).currency == "EUR"
    browser.post(url(cast, "first_buyer_account"), {"label": "Main"})
    browser.post(url(cast, "first_buyer_account"), {"label": "Second"})
    assert BuyerAccount.objects.get(team=cast.team).label == "Main", "only the first is an assistant's"
    page = text(browser.get(url(cast, "imports")))
    assert "Upload and preview" in page
    assert "Nothing imported yet" in page


SAMPLES = {
    "shopify": "shopify_orders",
    "woocommerce": "woo_advanced_export",
    "dsers": "dsers_upload",
    "aliexpress": "aliexpress_inventory",
    "order-numbers": "order_links",
}


def test_the_page_says_which_files_can_be_uploaded_each_with_a_sample(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    page = text(client_of(cast.assistant).get(url(cast, "imports")))
    assert [each.sample for each in KINDS_OF_FILES if each.sample] == list(SAMPLES)
    for name in SAMPLES:
        assert f'href="{url(cast, "sample_file", name)}" download' in page
    for program in ("Shopify", "WooCommerce", "DSers", "AliExpress", "Your own list", "Anything else"):
        assert f"<b>{program}</b>" in page
    (accepted,) = re.findall(r'accept="([^"]*)"', page)
    assert {".csv", ".tsv", ".json", ".xlsx"} <= set(accepted.split(",")), (
        "a file dialog that shows all of them"
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_files_can_be_imported(cast: Cast, store: Store, client_of: ClientOf, name: str) -> None:
    browser = client_of(cast.assistant)
    content = browser.get(url(cast, "sample_file", "shopify")).content
    import_file(content, store=store, by=cast.assistant)
    response = browser.get(url(cast, "sample_file", name))
    assert response["Content-Disposition"] == f'attachment; filename="sample-{name}.csv"'
    source = import_file(response.content, store=store, by=cast.assistant)
    assert (source.state, source.format) == (Import.State.COMMITTED, SAMPLES[name])
    assert (source.rows_rejected, source.rows_duplicate) == (0, 0)
    assert source.questions == []


def test_what_a_spreadsheet_seems_to_have_spoilt_is_told_before_it_is_saved(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    rows = [
        shopify_row(Name=f"#{n}", Billing_Name=name)
        for n, name in enumerate(["María ?", "????", "Jos?? Gil"])
    ]
    browser = client_of(cast.assistant)
    page = text(browser.get(preview(csv_file(rows), store=store, by=cast.assistant).get_absolute_url()))
    assert "2 customers&#x27; names have question marks in place of letters, the first on line 3." in page
    rows = [ali_row(Order_ID=f"8201447122035{n}0") for n in range(11, 16)]
    page = text(browser.get(preview(csv_file(rows), store=store, by=cast.assistant).get_absolute_url()))
    assert "All 5 AliExpress numbers in this file end in 0" in page
    for fine in (rows[:4], [*rows, ali_row(Order_ID="8201447122035519")]):
        source = preview(csv_file(fine), store=store, by=cast.assistant)
        assert "end in 0" not in text(browser.get(source.get_absolute_url()))


def test_all_samples_together_are_no_quarrel(cast: Cast, store: Store, client_of: ClientOf) -> None:
    browser = client_of(cast.assistant)
    for name in SAMPLES:
        source = import_file(
            browser.get(url(cast, "sample_file", name)).content, store=store, by=cast.assistant
        )
        assert source.rows_rejected == 0
        # The shops' notes name some AliExpress orders before their own file tells more of them.
        assert source.orders_changed == 0 or name in ("aliexpress", "order-numbers")


def test_a_sample_file_changes_no_order_of_the_shop(cast: Cast, store: Store, client_of: ClientOf) -> None:
    numbers = [shopify_row(Name=f"#{number}") for number in range(1001, 1013)]
    import_file(csv_file(numbers), store=store, by=cast.assistant)
    content = client_of(cast.assistant).get(url(cast, "sample_file", "shopify")).content
    source = import_file(content, store=store, by=cast.assistant)
    assert (source.orders_new, source.orders_changed) == (12, 0)


# --- One import, state by state ---


def test_the_page_walks_from_progress_to_preview_to_result(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    source = upload(
        csv_file([shopify_row(), shopify_row(Name="#2", Email="bad")]), store=store, by=cast.assistant
    )
    page = text(browser.get(source.get_absolute_url()))
    assert "No worker answers. The file is kept" in page
    worker_is_here()
    page = text(browser.get(source.get_absolute_url()))
    assert "Waiting for a worker" in page
    assert 'http-equiv="refresh"' in page
    progress = browser.get(url(cast, "import_progress", source.pk), {"state": "reading"})
    assert "progress-block" in text(progress)

    tasks.read_import(source.pk)
    assert browser.get(url(cast, "import_progress", source.pk), {"state": "reading"})["HX-Refresh"] == "true"
    page = text(browser.get(source.get_absolute_url()))
    assert "Save 1 order<" in page
    assert "María García" in page
    assert "Not an e-mail address" in page
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
    actions.change_customer(customer=customer, name="Mari", email=customer.email, by=cast.merchant)
    source = preview(csv_file([shopify_row()]), store=store, by=cast.merchant)
    browser = client_of(cast.merchant)
    old = _seen_in(browser, source)
    actions.change_customer(customer=customer, name="Marie", email=customer.email, by=cast.merchant)
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


def test_the_same_file_again_says_so_and_has_nothing_to_save(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    content = csv_file([shopify_row()])
    import_file(content, store=store, by=cast.assistant)
    again = preview(content, store=store, by=cast.assistant)
    page = text(client_of(cast.assistant).get(again.get_absolute_url()))
    assert "The same file was imported on" in page
    assert "There is nothing to save" in page
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
    assert "No row of this file could be taken" not in page
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
    assert reverse("closures:quick_log", args=[cast.team.slug]) + "?numbers=8201447122035519" in page


# --- Who ---


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
    assert "The worker is silent" not in told[0]
    assert "The worker is silent. Unless it comes back, another one goes on in" in told[1]
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


# --- What AliExpress's files say of an order that is known ---


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
