"""Names are remembered for the store's next file with these columns."""

from __future__ import annotations

from typing import Any

import pytest

from closedorders.core.refusals import Refused
from closedorders.imports import actions, tasks
from closedorders.imports import merge as merging
from closedorders.imports.actions import undo_import
from closedorders.imports.columns import forget_columns, name_columns
from closedorders.imports.models import Import, ImportProfile
from closedorders.imports.runs import batches
from closedorders.imports.undo.run import undo_file
from closedorders.orderfiles.formats.custom import column_keys
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import make_store, make_supplier_order
from tests.imports.browsing import ClientOf, url
from tests.imports.files import csv_file, everything, import_file, preview, save, shopify_row, text
from tests.imports.unknown_file import CHOICES, FIELDS, UNKNOWN, mapped, read, unmapped


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
