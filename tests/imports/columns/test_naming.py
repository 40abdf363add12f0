"""The page on which a person names the columns of a file."""

from __future__ import annotations

import re

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.core.refusals import Refused
from closedorders.imports import actions
from closedorders.imports.columns import name_columns
from closedorders.imports.models import Import, ImportProfile
from closedorders.orderfiles.formats.custom import column_keys
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.imports.browsing import ClientOf, url
from tests.imports.files import csv_file, preview, save, shopify_row, text
from tests.imports.unknown_file import CHOICES, read, unmapped


def test_an_unknown_file_waits_with_its_first_rows_beside_guessed_choices(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = unmapped(store, cast.merchant)
    page = text(client_of(cast.merchant).get(source.get_absolute_url()))
    for words in ("Which column is what?", "Cuándo", "03/10/2026", "ana@example.com", "8201447122035519"):
        assert words in page
    for field in ("number", "placed_at", "email", "total", "aliexpress"):
        assert f'<option value="{field}" selected>' in page
    assert "semicolon ;" in page, "a wrong separator is mended here too"
    assert not StoreOrder.objects.exists()


def test_an_assistant_names_columns_without_seeing_an_address(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    source = unmapped(store, cast.assistant)
    page = text(browser.get(source.get_absolute_url()))
    assert "ana@example.com" not in page
    assert "a•••@e•••.com" in page
    assert browser.post(url(cast, "import_columns", source.pk), CHOICES).status_code == 302
    read(source)
    preview_page = text(browser.get(source.get_absolute_url()))
    assert "Save 2 orders" in preview_page
    assert "Read by the names you gave its columns" in preview_page
    assert "ana@example.com" not in preview_page
    save(source, by=cast.assistant)
    assert list(StoreOrder.objects.order_by("number").values_list("number", "customer__email")) == [
        ("#1001", "ana@example.com"),
        ("#1002", "bo@example.net"),
    ]
    assert SupplierOrder.objects.get().store_order == StoreOrder.objects.get(number="#1001")
    event = AuditEvent.objects.get(verb="import_columns_named")
    assert event.after["kind_of_rows"] == "store_orders"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"column-0": ""}, "Choose the column of: Order number"),
        ({"column-5": "total"}, "“Importe” is Total already. Choose one of the two."),
        ({"column-5": "no such field"}, "Select a valid choice"),
        ({"column-1": "", "column-2": "", "column-3": "", "column-4": "", "kind": "order_links"},
         "Choose the column of: AliExpress order number"),
    ],
)  # fmt: skip
def test_columns_that_do_not_do_are_told_and_nothing_is_read(
    cast: Cast, store: Store, client_of: ClientOf, change: dict[str, str], sentence: str
) -> None:
    source = unmapped(store, cast.assistant)
    response = client_of(cast.assistant).post(url(cast, "import_columns", source.pk), CHOICES | change)
    assert response.status_code == 422
    assert sentence in text(response)
    source.refresh_from_db()
    assert source.state == Import.State.UNMAPPED
    assert not ImportProfile.objects.exists()


def test_names_from_an_old_tab_are_not_given_to_other_columns(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    content = "Ref|x;Contacto|y;Importe|z\n#1|a;ana@example.com|b;25,00|c\n"
    source = unmapped(store, cast.assistant, content)
    actions.answer_import(source=source, answers={"delimiter": "|"}, by=cast.assistant)
    browser = client_of(cast.assistant)
    page = text(browser.get(read(source).get_absolute_url()))
    old = re.search('name="seen" value="([^"]+)"', page)
    assert old
    actions.answer_import(source=source, answers={"delimiter": ";"}, by=cast.assistant)
    assert len(read(source).header) == 3
    names = {"kind": "store_orders", "column-3": "number"}
    answer = browser.post(url(cast, "import_columns", source.pk), names | {"seen": old[1]}, follow=True)
    assert "The file was read in another way since you opened the page" in text(answer)
    assert not ImportProfile.objects.exists()
    fields = {"number": column_keys(source.header)[0]}
    with pytest.raises(Refused, match="another way"):
        name_columns(source=source, kind="store_orders", fields=fields, by=cast.assistant, seen=old[1])


def test_a_known_file_with_a_column_missing_or_twice_says_so_where_its_columns_are_named(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    lacking = {name: cell for name, cell in shopify_row().items() if name != "Name"}
    twice = csv_file([shopify_row()]).replace(b"Phone", b"Total", 1)
    for content, sentence in (
        (csv_file([lacking]), "is missing. Without it we"),
        (twice, "The column “Total” is there twice"),
    ):
        source = preview(content, store=store, by=cast.assistant)
        assert source.state == Import.State.UNMAPPED
        page = text(client_of(cast.assistant).get(source.get_absolute_url()))
        assert sentence in page
        assert "Or choose here what each column is." in page
        assert (
            "We don't recognise this file. Choose what each column is, or export your orders again."
            not in page
        )


def test_the_kind_of_rows_can_be_chosen_and_changes_the_choices(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = unmapped(store, cast.assistant)
    browser = client_of(cast.assistant)
    page = text(browser.get(url(cast, "import_columns", source.pk), {"kind": "aliexpress_orders"}))
    assert '<option value="tracking">' in page
    assert '<option value="email"' not in page
    assert browser.post(url(cast, "import_columns", source.pk), {"kind": "no such"}).status_code == 302


def test_the_action_refuses_columns_that_do_not_fit(cast: Cast, store: Store) -> None:
    source = unmapped(store, cast.assistant)
    for kind, fields in [
        ("store_orders", {"total": "importe"}),
        ("store_orders", {"number": "no such column"}),
        ("store_orders", {"number": "ref", "total": "ref"}),
        ("store_orders", {"number": "ref", "cost": "importe"}),
        ("no such kind", {"number": "ref"}),
    ]:
        with pytest.raises(Refused):
            name_columns(source=source, kind=kind, fields=fields, by=cast.assistant)
