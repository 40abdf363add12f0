"""The list of imports, its form, and the samples beside it."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from closedorders.accounts.models import AuditEvent
from closedorders.imports.models import Import
from closedorders.imports.views.kinds import KINDS_OF_FILES
from closedorders.orders.models import BuyerAccount, Store
from tests.cast import Cast
from tests.factories import make_store
from tests.imports.browsing import ClientOf, url
from tests.imports.files import ali_row, csv_file, import_file, preview, shopify_row, text


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
    browser.post(
        reverse("orders:first_store", args=[cast.team.slug]),
        {"name": "Casa Luna", "currency": "eur", "sender_email": "hola@casaluna.example"},
    )
    store = Store.objects.get(team=cast.team)
    assert (store.currency, store.sender_name) == ("EUR", "Casa Luna")
    assert store.sender_email == "hola@casaluna.example"
    browser.post(reverse("orders:first_buyer_account", args=[cast.team.slug]), {"label": "Main"})
    browser.post(reverse("orders:first_buyer_account", args=[cast.team.slug]), {"label": "Second"})
    assert BuyerAccount.objects.get(team=cast.team).label == "Main", "only the first is an assistant's"
    page = text(browser.get(url(cast, "imports")))
    assert "Upload and check" in page
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
    assert "2 orders have “?” or “�” in place of letters (the first on line 3)" in page
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
