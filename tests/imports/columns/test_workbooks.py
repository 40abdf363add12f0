"""Columns of a workbook that a person names."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from closedorders.imports import actions, tasks
from closedorders.imports.columns import name_columns
from closedorders.imports.models import Import
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.imports.browsing import ClientOf, url
from tests.imports.files import preview, save, text
from tests.imports.unknown_file import BOOK_TITLES, CHOICES, FIELDS, UNKNOWN, mapped, read
from tests.orderfiles.workbooks import workbook


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
