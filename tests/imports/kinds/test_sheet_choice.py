"""Which sheet of a workbook is read: the one that is known, another that a person chooses, and back again."""

from __future__ import annotations

import re

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.imports import actions
from closedorders.imports.columns import name_columns
from closedorders.imports.models import Import, ImportProfile
from closedorders.orders.models import Store, StoreOrder
from tests.cast import Cast
from tests.imports.browsing import ClientOf, url
from tests.imports.files import csv_file, preview, save, shopify_row, text
from tests.imports.unknown_file import BOOK_TITLES, CHOICES, FIELDS, read
from tests.orderfiles.workbooks import workbook

SHOP_TITLES: list[object] = list(shopify_row())
SHEETS: dict[str, list[list[object]]] = {
    "Export": [SHOP_TITLES, list(shopify_row().values())],
    "Pedidos": [BOOK_TITLES, ["#2001", "2026-10-03", "ana@example.com", 25.5, "8201447122035519", "x"]],
    "Stock": [["Ref", "Colour"], ["#1", "red"]],
    "Vacía": [],
    "Listas": [["Talla", "Color"], ["M", "rojo"]],
}
SHEETS_BOOK = workbook(SHEETS, hidden={"Listas"})


def offered(page: str) -> list[str]:
    """What the control for the sheet offers, the choice that is made first in line."""
    select = re.search(r'<select name="sheet".*?</select>', page, flags=re.S)
    if select is None:
        return []
    options = re.findall(r'<option value="([^"]*)"( selected)?>', select[0])
    return [value for value, _ in sorted(options, key=lambda each: not each[1])]


def test_another_sheet_is_chosen_read_saved_and_left_again(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    source = preview(SHEETS_BOOK, store=store, by=cast.assistant)
    answers_url = url(cast, "import_answers", source.pk)
    assert (source.format, source.samples["new"][0]["number"]) == ("shopify_orders", "#1001")
    page = text(browser.get(source.get_absolute_url()))
    assert offered(page) == ["", "Export", "Pedidos", "Stock", "Vacía"], "none that is hidden"
    assert "Only one sheet is read." in page

    browser.post(answers_url, {"sheet": "Pedidos"})
    assert read(source).state == Import.State.UNMAPPED
    page = text(browser.get(source.get_absolute_url()))
    assert "Only the sheet “Pedidos” is read." in page
    assert (offered(page)[0], "As you said." in page) == ("Pedidos", True)
    browser.post(url(cast, "import_columns", source.pk), CHOICES)
    assert read(source).samples["new"][0]["number"] == "#2001"
    assert source.answers["sheet"] == "Pedidos"

    browser.post(answers_url, {"sheet": ""})
    assert read(source).samples["new"][0]["number"] == "#1001", "as the file tells"
    assert "sheet" not in source.answers
    browser.post(answers_url, {"sheet": "Pedidos"})
    assert read(source).state == Import.State.PREVIEWED, "its columns are known by now"
    save(source, by=cast.assistant)
    assert list(StoreOrder.objects.values_list("number", flat=True)) == ["#2001"]
    assert "sheet" not in ImportProfile.objects.get().answers
    events = AuditEvent.objects.filter(verb="import_answered").order_by("pk")
    assert [event.after for event in events] == [{"sheet": "Pedidos"}, {"sheet": ""}, {"sheet": "Pedidos"}]


def test_a_sheet_is_chosen_for_one_file_only(cast: Cast, store: Store) -> None:
    source = preview(SHEETS_BOOK, store=store, by=cast.assistant)
    actions.answer_import(source=source, answers={"sheet": "Pedidos"}, by=cast.assistant)
    name_columns(source=read(source), kind="store_orders", fields=FIELDS, by=cast.assistant)
    save(read(source), by=cast.assistant)
    following = preview(SHEETS_BOOK, store=store, by=cast.assistant)
    assert (following.format, following.answers) == ("shopify_orders", {})


def test_names_given_to_the_columns_of_one_sheet_are_not_those_of_another(cast: Cast, store: Store) -> None:
    source = preview(SHEETS_BOOK, store=store, by=cast.assistant)
    actions.answer_import(source=source, answers={"sheet": "Pedidos"}, by=cast.assistant)
    name_columns(source=read(source), kind="store_orders", fields={"number": "ref"}, by=cast.assistant)
    read(source)
    actions.answer_import(source=source, answers={"sheet": "Stock"}, by=cast.assistant)
    assert read(source).state == Import.State.UNMAPPED, "although it has a column Ref as well"
    assert source.header == ["Ref", "Colour"]
    actions.answer_import(source=source, answers={"sheet": "Pedidos", "date_order": "dmy"}, by=cast.assistant)
    actions_since = read(source).answers
    assert (source.state, actions_since["mapping"]["by_itself"]) == (Import.State.PREVIEWED, True)
    actions.answer_import(source=source, answers={"sheet": "Pedidos", "date_order": ""}, by=cast.assistant)
    source.refresh_from_db()
    assert "mapping" in source.answers, "the same sheet again"


def test_a_refused_sheet_can_be_left_again(cast: Cast, store: Store, client_of: ClientOf) -> None:
    browser = client_of(cast.assistant)
    source = preview(SHEETS_BOOK, store=store, by=cast.assistant)
    answers_url = url(cast, "import_answers", source.pk)
    browser.post(answers_url, {"sheet": "Vacía"})
    assert read(source).state == Import.State.REFUSED
    page = text(browser.get(source.get_absolute_url()))
    assert "The sheet “Vacía” has no row of column titles with orders under it." in page
    assert offered(page) == ["Vacía", "", "Export", "Pedidos", "Stock"]
    assert 'name="encoding"' not in page
    browser.post(answers_url, {"sheet": "Export"})
    assert read(source).state == Import.State.PREVIEWED


def test_a_workbook_refused_for_its_first_sheet_offers_the_others(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    content = workbook({"Template": [SHOP_TITLES], "Orders": SHEETS["Export"]})
    source = preview(content, store=store, by=cast.assistant)
    browser = client_of(cast.assistant)
    assert source.state == Import.State.REFUSED
    assert offered(text(browser.get(source.get_absolute_url()))) == ["", "Template", "Orders"]
    browser.post(url(cast, "import_answers", source.pk), {"sheet": "Orders"})
    assert read(source).state == Import.State.PREVIEWED


def test_a_sheet_that_is_gone_is_refused_in_words_and_can_be_left(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = preview(SHEETS_BOOK, store=store, by=cast.assistant)
    actions.answer_import(source=source, answers={"sheet": "Gone"}, by=cast.assistant)
    assert read(source).state == Import.State.REFUSED
    page = text(client_of(cast.assistant).get(source.get_absolute_url()))
    assert "There is no sheet “Gone” in this file. Its sheets: Export, Pedidos, Stock, Vacía" in page
    assert offered(page)[0] == ""


@pytest.mark.parametrize("sheet", ["Gone", "Listas"])
def test_only_a_sheet_that_is_offered_can_be_chosen(
    cast: Cast, store: Store, client_of: ClientOf, sheet: str
) -> None:
    for content in (SHEETS_BOOK, csv_file([shopify_row()])):
        source = preview(content, store=store, by=cast.assistant)
        client_of(cast.assistant).post(url(cast, "import_answers", source.pk), {"sheet": sheet})
        source.refresh_from_db()
        assert (source.state, source.answers) == (Import.State.PREVIEWED, {})


def test_a_hidden_sheet_is_offered_while_it_is_read_and_can_be_gone_back_to(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    content = workbook({"Export": SHEETS["Export"], "Pedidos": SHEETS["Pedidos"]}, hidden={"Export"})
    source = preview(content, store=store, by=cast.assistant)
    assert offered(text(browser.get(source.get_absolute_url()))) == ["", "Export", "Pedidos"]
    browser.post(url(cast, "import_answers", source.pk), {"sheet": "Pedidos"})
    read(source)
    assert offered(text(browser.get(source.get_absolute_url()))) == ["Pedidos", ""]
    browser.post(url(cast, "import_answers", source.pk), {"sheet": ""})
    assert read(source).format == "shopify_orders"


def test_a_workbook_of_one_sheet_says_which_and_offers_none(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.assistant)
    for rows in (SHEETS["Export"], SHEETS["Stock"]):
        source = preview(workbook({"Uno": rows}), store=store, by=cast.assistant)
        page = text(browser.get(source.get_absolute_url()))
        assert (offered(page), "Only the sheet “Uno” is read." in page) == ([], True)


def test_an_address_in_a_sheets_name_is_masked_and_the_sheet_can_be_chosen_all_the_same(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    name = "zoe@example.org"
    content = workbook({"Export": SHEETS["Export"], name: SHEETS["Stock"]})
    source = preview(content, store=store, by=cast.assistant)
    browser = client_of(cast.assistant)
    shown = offered(text(browser.get(source.get_absolute_url())))[-1]
    assert shown == "z•••@e•••.org"
    browser.post(url(cast, "import_answers", source.pk), {"sheet": shown})
    assert read(source).answers == {"sheet": name}
    page = text(browser.get(source.get_absolute_url()))
    assert (offered(page)[0], "zoe@" in page) == (shown, False)
    assert AuditEvent.objects.get(verb="import_answered").after == {"sheet": shown}
    assert offered(text(client_of(cast.merchant).get(source.get_absolute_url())))[0] == name
