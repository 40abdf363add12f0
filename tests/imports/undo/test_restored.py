"""After an undo everything is as it was before the import."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from closedorders.closures.models import Closure
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports.models import Import, ImportChange
from closedorders.imports.runs.claims import ImportClaim
from closedorders.orders.actions import orders as order_actions
from closedorders.orders.models import (
    Customer,
    Store,
    StoreOrder,
)
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_incident,
    make_supplier_order,
)
from tests.imports.files import csv_file, import_file, preview, shopify_row
from tests.imports.undo.orders import NUMBER, dump, files, undo


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_first_import_taken_back_leaves_nothing(cast: Cast, store: Store, kind: int) -> None:
    if kind == 2:
        import_file(files()[0], store=store, by=cast.assistant)
    before = dump()
    source = import_file(files()[kind], store=store, by=cast.assistant)
    assert dump() != before
    taken_back = undo(source, by=cast.assistant)
    assert taken_back.state == Import.State.UNDONE
    assert taken_back.undone_at is not None
    assert taken_back.undone_by == cast.assistant
    assert dump() == before


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_later_import_taken_back_leaves_what_was_before_it(cast: Cast, store: Store, kind: int) -> None:
    for content in files():
        import_file(content, store=store, by=cast.assistant)
    before = dump()
    source = import_file(files(changed=True)[kind], store=store, by=cast.assistant)
    assert source.orders_new + source.orders_changed
    assert dump() != before
    undo(source, by=cast.merchant)
    assert dump() == before


def test_imports_are_taken_back_one_after_another(cast: Cast, store: Store) -> None:
    states = [dump()]
    sources = []
    for content in (*files(), *files(changed=True)):
        sources.append(import_file(content, store=store, by=cast.assistant))
        states.append(dump())
    for source in reversed(sources):
        assert states.pop() == dump()
        if StoreOrder.objects.filter(came_with=source).exists() or source.changes.exists():
            undo(source, by=cast.assistant)
    assert states.pop() == dump()


def test_every_kind_of_field_gets_its_old_value_back(cast: Cast, store: Store) -> None:
    first = shopify_row(Tags="old", Paid_at="2026-10-07 09:50:26 +0200", Billing_Name="M. García")
    import_file(csv_file([first]), store=store, by=cast.assistant)
    before = dump()
    changed = first | shopify_row(
        Email="other@example.com",
        Total="26.10",
        Notes=f"AliExpress {NUMBER}",
        Tags="new",
        Paid_at="",
        Financial_Status="refunded",
        Lineitem_quantity="3",
        Lineitem_name="Other lamp",
    )
    source = import_file(csv_file([changed]), store=store, by=cast.assistant)
    change = source.changes.get(thing=ImportChange.Thing.STORE_ORDER)
    assert {"total", "tags", "paid_at", "financial_status", "lines", "customer_id"} <= change.after.keys()
    assert change.line == 2
    assert StoreOrder.objects.get().money_state == "refunded"
    undo(source, by=cast.assistant)
    assert dump() == before


def test_a_typed_value_that_the_file_replaced_is_typed_again(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    order_actions.change_customer(
        customer=Customer.objects.get(), name="Typed", email="maria@example.com", by=cast.merchant
    )
    before = dump()
    source = preview(csv_file([shopify_row(Billing_Name="Otherwise")]), store=store, by=cast.merchant)
    import_actions.save_import(source=source, by=cast.merchant, override_fields=["customer_name"])
    tasks.commit_import(source.pk)
    assert Customer.objects.get().name == "Otherwise"
    source.refresh_from_db()
    undo(source, by=cast.merchant)
    assert dump() == before
    assert Customer.objects.get().edited_fields == ["name"]


def test_a_stub_and_its_closure_from_before_stay(cast: Cast, store: Store) -> None:
    stub = make_supplier_order(cast.team, number=NUMBER, cost=None, placed_at=None)
    make_incident(cast.team, cast.merchant, [stub])
    before = dump()
    source = import_file(
        csv_file([shopify_row(Notes=f"AliExpress {NUMBER}")]), store=store, by=cast.assistant
    )
    assert StoreOrder.objects.get().supplier_state == "closed_open"
    undo(source, by=cast.assistant)
    assert dump() == before
    assert Closure.objects.count() == 1


def test_a_cancelled_import_gives_back_what_it_saved(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("closedorders.imports.runs.batches.ORDERS_PER_BATCH", 10)
    source = preview(files()[0], store=store, by=cast.assistant)
    import_actions.save_import(source=source, by=cast.assistant)
    write = ImportClaim.write

    def write_and_cancel(claim: ImportClaim, **fields: Any) -> None:
        write(claim, **fields)
        if StoreOrder.objects.count() == 20:
            import_actions.cancel_import(source=source, by=cast.assistant)

    monkeypatch.setattr(ImportClaim, "write", write_and_cancel)
    tasks.commit_import(source.pk)
    monkeypatch.undo()
    source.refresh_from_db()
    assert (source.state, StoreOrder.objects.count()) == (Import.State.CANCELLED, 20)
    undo(source, by=cast.assistant)
    assert not StoreOrder.objects.exists()
    assert not Customer.objects.exists()


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_imports_taken_back_in_any_order_no_customer_is_left(
    cast: Cast, store: Store, first: int
) -> None:
    sources = [
        import_file(csv_file([shopify_row(Name=name)]), store=store, by=cast.merchant)
        for name in ("#1", "#2")
    ]
    undo(sources[first], by=cast.merchant)
    assert Customer.objects.count() == 1
    undo(sources[1 - first], by=cast.merchant)
    assert not Customer.objects.exists()


def test_a_customer_who_was_there_before_both_imports_stays(cast: Cast, store: Store) -> None:
    make_customer(store, email="maria@example.com", name="María García")
    Customer.objects.update(key="email:maria@example.com", created_at=timezone.now() - timedelta(days=1))
    for name in ("#1", "#2"):
        undo(import_file(csv_file([shopify_row(Name=name)]), store=store, by=cast.merchant), by=cast.merchant)
    assert Customer.objects.count() == 1
