"""A file of no known kind: its columns are named once, and the next file is read by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.imports import actions, tasks
from closedorders.imports import merge as merging
from closedorders.imports.actions import undo_import
from closedorders.imports.columns import forget_columns, name_columns
from closedorders.imports.models import Import, ImportProfile
from closedorders.imports.runs import batches
from closedorders.imports.undo import undo_file
from closedorders.orderfiles.formats.custom import column_keys
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import make_store, make_supplier_order
from tests.imports.files import csv_file, everything, import_file, preview, save, shopify_row, text
from tests.imports.unknown_file import CHOICES, FIELDS, UNKNOWN, mapped, read, unmapped
from tests.orderfiles.workbooks import workbook

ClientOf = Callable[[Membership | None], Client]


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team)


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"imports:{name}", args=[cast.team.slug, *args])


# --- Naming ---


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
        ({"column-0": ""}, "Say which column is: Order number"),
        ({"column-5": "total"}, "“Importe” is Total already. Choose one of the two."),
        ({"column-5": "no such field"}, "Select a valid choice"),
        ({"column-1": "", "column-2": "", "column-3": "", "column-4": "", "kind": "order_links"},
         "Say which column is: AliExpress order number"),
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
        (csv_file([lacking]), "is missing, and the orders cannot be told apart without it."),
        (twice, "The column “Total” is there twice"),
    ):
        source = preview(content, store=store, by=cast.assistant)
        assert source.state == Import.State.UNMAPPED
        page = text(client_of(cast.assistant).get(source.get_absolute_url()))
        assert sentence in page
        assert "Or say here what the columns hold." in page
        assert "No export we know has these columns" not in page


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


# --- The profile ---


def test_the_next_file_with_these_columns_is_read_by_itself_in_any_order(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    save(mapped(store, cast.assistant), by=cast.assistant)
    moved = "IMPORTE;Ref;Cuando;Contacto;Interno;AE\n30,00;#1001;31/10/2026;ana@example.com;;\n"
    source = preview(moved.encode(), store=store, by=cast.assistant)
    assert (source.state, source.format) == (Import.State.PREVIEWED, "mapped_store_orders")
    assert (source.orders_changed, source.orders_new) == (1, 0)
    page = text(client_of(cast.assistant).get(source.get_absolute_url()))
    assert "Its columns are known" in page
    assert url(cast, "import_columns", source.pk) in page


def test_a_profile_belongs_to_one_store(cast: Cast, store: Store) -> None:
    mapped(store, cast.assistant)
    other = make_store(cast.team)
    assert preview(UNKNOWN.encode(), store=other, by=cast.assistant).state == Import.State.UNMAPPED


def test_names_can_be_changed_and_forgotten(cast: Cast, store: Store, client_of: ClientOf) -> None:
    browser = client_of(cast.assistant)
    source = mapped(store, cast.assistant)
    assert '<option value="total" selected>' in text(browser.get(url(cast, "import_columns", source.pk)))
    browser.post(url(cast, "import_columns", source.pk), CHOICES | {"column-3": "subtotal"})
    read(source)
    assert source.samples["new"][0]["amount"] is None
    assert ImportProfile.objects.get().mapping["subtotal"] == "importe"
    browser.post(url(cast, "import_columns_forgetting", source.pk))
    assert read(source).state == Import.State.UNMAPPED
    assert not ImportProfile.objects.exists()
    assert preview(UNKNOWN.encode(), store=store, by=cast.assistant).state == Import.State.UNMAPPED


def test_a_saved_import_keeps_its_names_when_they_are_changed_later(cast: Cast, store: Store) -> None:
    source = mapped(store, cast.assistant)
    save(source, by=cast.assistant)
    with pytest.raises(Refused):
        forget_columns(source=source, by=cast.assistant)
    with pytest.raises(Refused):
        name_columns(source=source, kind="store_orders", fields={"number": "ref"}, by=cast.assistant)
    assert ImportProfile.objects.get().mapping == FIELDS


def test_what_was_previewed_is_saved_although_the_profile_is_forgotten_meanwhile(
    cast: Cast, store: Store
) -> None:
    mapped(store, cast.assistant)
    source = preview(UNKNOWN.encode(), store=store, by=cast.assistant)
    ImportProfile.objects.all().delete()
    save(source, by=cast.assistant)
    assert (source.state, source.orders_new) == (Import.State.COMMITTED, 2)


def test_answers_given_for_one_file_are_given_for_the_next_with_these_columns(
    cast: Cast, store: Store
) -> None:
    ambiguous = UNKNOWN.replace("31/10/2026", "04/10/2026")
    source = mapped(store, cast.assistant, ambiguous)
    assert [each["code"] for each in source.questions] == ["date_order"]
    actions.answer_import(source=source, answers={"date_order": "dmy"}, by=cast.assistant)
    save(read(source), by=cast.assistant)
    following = preview(ambiguous.replace("#100", "#200").encode(), store=store, by=cast.assistant)
    assert (following.questions, following.orders_new) == ([], 2)


OWN_LIST = (
    "Order,AliExpress order,Status,Tracking\n"
    "1001,8201447122035519,Closed,LP00123456789012\n"
    "#1002,8201447122035520,Awaiting delivery,\n"
    "#1003,8201447122035521,Awaiting shipment,\n"
    "#9999,8201447122035522,Awaiting shipment,\n"
)


def test_a_list_of_ones_own_joins_orders_and_brings_their_status_and_parcels(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    names = ("#1001", "#1002", "#1003")
    import_file(csv_file([shopify_row(Name=name) for name in names]), store=store, by=cast.assistant)
    first, second, _ = (StoreOrder.objects.get(number=name) for name in names)
    make_supplier_order(cast.team, number="8201447122035520")
    make_supplier_order(cast.team, first, number="8201447122035521")
    before = everything()
    source = unmapped(store, cast.assistant, OWN_LIST)
    page = text(client_of(cast.assistant).get(source.get_absolute_url()))
    for field in ("store_order", "number", "status", "tracking"):
        assert f'<option value="{field}" selected>' in page
    fields = {
        "store_order": "order", "number": "aliexpress order", "status": "status", "tracking": "tracking",
    }  # fmt: skip
    name_columns(source=source, kind="aliexpress_orders", fields=fields, by=cast.assistant)
    read(source)
    assert (source.orders_new, source.orders_changed, source.rows_rejected) == (1, 1, 2)
    page = text(client_of(cast.assistant).get(source.get_absolute_url()))
    assert "No order of this store has this number." in page
    assert "This AliExpress order already belongs to order #1001." in page
    mended = text(client_of(cast.assistant).get(url(cast, "bad_rows", source.pk)))
    assert "#9999,'8201447122035522,Awaiting shipment" in mended
    save(source, by=cast.assistant)
    assert (source.orders_new, source.orders_changed, source.rows_rejected) == (1, 1, 2)
    closed = SupplierOrder.objects.get(number="8201447122035519")
    assert (closed.store_order, closed.tracking_number) == (first, "LP00123456789012")
    assert SupplierOrder.objects.get(number="8201447122035520").store_order == second
    elsewhere = SupplierOrder.objects.get(number="8201447122035521")
    assert (elsewhere.store_order, elsewhere.status) == (first, ""), "the row knows not whose it is"
    states = [StoreOrder.objects.get(number=name).supplier_state for name in names]
    assert states == ["closed", "shipped", "not_ordered"]
    again = preview(OWN_LIST.encode(), store=store, by=cast.assistant)
    assert (again.orders_new, again.orders_changed, again.orders_unchanged) == (0, 0, 2)
    undo_import(source=source, by=cast.assistant)
    undo_file(source.pk)
    assert everything() == before


def test_two_questions_are_answered_at_once_and_quote_the_file_as_text(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    content = (
        UNKNOWN.replace("31/10/2026", "04/10/2026").replace("25,00", "1,234").replace("9,50", "8,150")
    ).replace("Cuándo", "<b>Cuándo</b>")
    fields = {"number": "ref", "placed_at": "b cuando b", "email": "contacto", "total": "importe"}
    source = unmapped(store, cast.assistant, content)
    assert set(fields.values()) <= set(column_keys(source.header))
    name_columns(source=source, kind="store_orders", fields=fields, by=cast.assistant)
    read(source)
    assert {each["code"] for each in source.questions} == {"date_order", "decimal_sign"}
    browser = client_of(cast.assistant)
    page = text(browser.get(source.get_absolute_url()))
    assert "Two questions about this file" in page
    assert "&lt;b&gt;Cuándo" in page
    assert "<b>Cuándo" not in page
    assert page.count(f'action="{url(cast, "import_answers", source.pk)}"') == 2, (
        "the questions, and how it is read"
    )
    browser.post(url(cast, "import_answers", source.pk), {"date_order": "dmy", "decimal_sign": "."})
    read(source)
    assert (source.questions, source.orders_new) == ([], 2)


class Killed(BaseException):
    """A worker dies: nothing of the product may catch this."""


def test_a_killed_worker_leaves_the_names_with_the_import(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"#{n};03/10/2026;c{n}@example.com;5,00;;\n" for n in range(5))
    source = mapped(store, cast.assistant, UNKNOWN + rows)
    monkeypatch.setattr(batches, "ORDERS_PER_BATCH", 2)
    whole = merging.StoreOrderBatch.save
    saved = 0

    def dying(batch: merging.StoreOrderBatch, **how: Any) -> None:
        nonlocal saved
        saved += 1
        if saved == 2:
            raise Killed
        whole(batch, **how)

    monkeypatch.setattr(merging.StoreOrderBatch, "save", dying)
    actions.save_import(source=source, by=cast.assistant)
    with pytest.raises(Killed):
        tasks.commit_import(source.pk)
    ImportProfile.objects.all().delete()
    Import.objects.update(claimed_until=None)
    monkeypatch.setattr(merging.StoreOrderBatch, "save", whole)
    tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert (source.state, source.orders_new) == (Import.State.COMMITTED, 7)
    assert len(everything()["orders"]) == 7


# --- Workbooks ---

BOOK_TITLES: list[object] = ["Ref", "Cuándo", "Contacto", "Importe", "AE", "Interno"]


def book(*rows: list[object], titles: list[object] | None = None) -> bytes:
    return workbook({"Portada": [["Pedidos de Casa Luna"]], "Pedidos": [titles or BOOK_TITLES, *rows]})


BOOK = book(
    ["#1001", datetime(2026, 10, 3, 9, 50), "ana@example.com", 25.5, "8201447122035519", "x"],  # noqa: DTZ001
    ["#1002", date(2026, 10, 4), "bo@example.net", 1.5, 8201447122035527, 1.234],
)


def test_a_workbook_of_unknown_columns_is_uploaded_named_previewed_and_saved(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    browser = client_of(cast.merchant)

    def uploaded(content: bytes) -> Import:
        file = SimpleUploadedFile("pedidos.xlsx", content)
        browser.post(url(cast, "imports"), {"file": file, "store": store.pk})
        return read(Import.objects.latest("pk"))

    source = uploaded(BOOK)
    assert source.state == Import.State.UNMAPPED
    page = text(browser.get(source.get_absolute_url()))
    for words in ("Which column is what?", "Cuándo", "2026-10-03 09:50:00", "25.5", "8201447122035527"):
        assert words in page
    assert "Only the sheet “Pedidos” is read." in page
    assert 'name="encoding"' not in page, "a workbook has one"
    for field in ("number", "placed_at", "email", "total", "aliexpress"):
        assert f'<option value="{field}" selected>' in page
    browser.post(url(cast, "import_columns", source.pk), CHOICES)
    preview_page = text(browser.get(read(source).get_absolute_url()))
    assert "Save 2 orders" in preview_page
    browser.post(url(cast, "import_saving", source.pk))
    tasks.commit_import(source.pk)
    zone = cast.team.zone
    assert [
        (
            order.number,
            order.customer.email,
            order.total,
            order.placed_at and order.placed_at.astimezone(zone),
        )
        for order in StoreOrder.objects.select_related("customer").order_by("number")
    ] == [
        ("#1001", "ana@example.com", Decimal("25.50"), datetime(2026, 10, 3, 9, 50, tzinfo=zone)),
        ("#1002", "bo@example.net", Decimal("1.50"), datetime(2026, 10, 4, tzinfo=zone)),
    ]
    assert set(SupplierOrder.objects.values_list("number", "store_order__number")) == {
        ("8201447122035519", "#1001"),
        ("8201447122035527", "#1002"),
    }
    following = uploaded(
        book([None, 30, "#1001", None], titles=["Interno", "Importe", "Ref", "Contacto", "Cuándo", "AE"])
    )
    assert (following.state, following.format) == (Import.State.PREVIEWED, "mapped_store_orders")
    assert (following.orders_changed, following.orders_new) == (1, 0), (
        "read by itself, its columns moved about"
    )


def test_an_answer_of_the_profile_is_not_called_this_persons(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    ambiguous = UNKNOWN.replace("31/10/2026", "04/10/2026")
    source = mapped(store, cast.assistant, ambiguous)
    actions.answer_import(source=source, answers={"date_order": "dmy"}, by=cast.assistant)
    assert "As you said." in text(client_of(cast.assistant).get(read(source).get_absolute_url()))
    save(source, by=cast.assistant)
    following = preview(ambiguous.replace("#100", "#200").encode(), store=store, by=cast.assistant)
    page = text(client_of(cast.assistant).get(following.get_absolute_url()))
    assert ("As you said." in page, "As it was said for such files before." in page) == (False, True)


def test_a_csv_file_and_a_workbook_of_the_same_columns_share_their_names(cast: Cast, store: Store) -> None:
    save(mapped(store, cast.assistant), by=cast.assistant)
    source = preview(BOOK, store=store, by=cast.assistant)
    assert (source.state, source.orders_new + source.orders_changed) == (Import.State.PREVIEWED, 2)


@pytest.mark.parametrize("order", ["dmy", "mdy"])
@pytest.mark.parametrize("sign", [".", ","])
def test_dates_and_numbers_of_a_sheet_read_one_way_whatever_its_text_is_said_to_be(
    cast: Cast, store: Store, order: str, sign: str
) -> None:
    content = book(
        ["#1", date(2026, 4, 3), "a@example.com", 1234.5],
        ["#2", datetime(2026, 3, 4, 18, 30), "b@example.com", 1.25],  # noqa: DTZ001 - as a sheet has it
        ["#3", "03/04/2026", "c@example.com", "1,234"],
    )
    source = preview(content, store=store, by=cast.assistant)
    name_columns(source=source, kind="store_orders", fields=FIELDS, by=cast.assistant)
    read(source)
    answers = {"date_order": order, "decimal_sign": sign, "default_currency": "KWD"}
    actions.answer_import(source=source, answers=answers, by=cast.assistant)
    save(read(source), by=cast.assistant)
    third = date(2026, 4, 3) if order == "dmy" else date(2026, 3, 4)
    assert [
        (each.total, each.placed_at and each.placed_at.astimezone(cast.team.zone).date())
        for each in StoreOrder.objects.order_by("number")
    ] == [
        (Decimal("1234.5"), date(2026, 4, 3)),
        (Decimal("1.25"), date(2026, 3, 4)),
        (Decimal("1234") if sign == "." else Decimal("1.234"), third),
    ]


def test_a_number_of_three_decimals_is_never_taken_for_thousands(cast: Cast, store: Store) -> None:
    source = preview(book(["#1", None, None, 1.234]), store=store, by=cast.assistant)
    name_columns(source=source, kind="store_orders", fields=FIELDS, by=cast.assistant)
    read(source)
    actions.answer_import(source=source, answers={"decimal_sign": ","}, by=cast.assistant)
    assert [each.code for each in read(source).issues.all()] == ["too_many_decimals"]
    answers = {"decimal_sign": ",", "default_currency": "KWD"}
    actions.answer_import(source=source, answers=answers, by=cast.assistant)
    save(read(source), by=cast.assistant)
    assert StoreOrder.objects.get().total == Decimal("1.234")


@pytest.mark.parametrize(
    ("tracking", "kept"), [(1234567890123456, "1234567890123456"), (1234567890123450, "")]
)
def test_a_tracking_number_keeps_its_digits_or_is_a_bad_cell(
    cast: Cast, store: Store, tracking: int, kept: str
) -> None:
    content = workbook({"Sheet1": [["Nr", "Parcel"], ["8201447122035519", tracking]]})
    source = preview(content, store=store, by=cast.assistant)
    fields = {"number": "nr", "tracking": "parcel"}
    name_columns(source=source, kind="aliexpress_orders", fields=fields, by=cast.assistant)
    read(source)
    if not kept:
        assert [(each.column, each.code) for each in source.issues.all()] == [
            ("Parcel", "scientific_notation")
        ]
        return
    save(source, by=cast.assistant)
    assert SupplierOrder.objects.get().tracking_number == kept
