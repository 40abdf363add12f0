"""What is built on an import keeps it from being undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.core.refusals import Refused
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.imports.undo import plan as undo_plan
from closedorders.imports.wording.names import undo_reason
from closedorders.orders.actions import notes as actions_notes
from closedorders.orders.actions import orders as order_actions
from closedorders.orders.actions import supplier_orders as supplier_order_actions
from closedorders.orders.bulk.actions import apply_bulk_edit, undo_bulk_edit
from closedorders.orders.bulk.plan import VERBS
from closedorders.orders.models import (
    BulkEdit,
    OrderComment,
    OrderFile,
    Store,
    StoreOrder,
    SupplierOrder,
)
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_supplier_order,
)
from tests.imports.browsing import ClientOf, url
from tests.imports.files import ali_row, csv_file, import_file, shopify_row, text
from tests.imports.undo.orders import NUMBER, dump, files, undo


def _close(cast: Cast, order: StoreOrder) -> None:
    make_incident(cast.team, cast.merchant, [order.supplier_orders.get()])


def _comment(cast: Cast, order: StoreOrder) -> None:
    OrderComment.objects.create(order=order, by=cast.merchant, text="Asked twice.")


def _file(cast: Cast, order: StoreOrder) -> None:
    OrderFile.objects.create(order=order, by=cast.merchant, file="x.png", name="x.png", size=1)


def _promise(cast: Cast, order: StoreOrder) -> None:
    order_actions.promise_order_by(order=order, day=timezone.localdate(), by=cast.merchant)


def _join(cast: Cast, order: StoreOrder) -> None:
    other = make_supplier_order(cast.team)
    supplier_order_actions.match_supplier_order(
        supplier_order=other, store=order.store, number=order.number, by=cast.merchant
    )


def _type(cast: Cast, order: StoreOrder) -> None:
    order_actions.change_customer(
        customer=order.customer, name="Typed", email=order.customer.email, by=cast.merchant
    )


def _replace(cast: Cast, order: StoreOrder) -> None:
    make_supplier_order(cast.team, replaces=order.supplier_orders.get())


def _import_again(cast: Cast, order: StoreOrder) -> None:
    import_file(csv_file([shopify_row(Total="99.00")]), store=order.store, by=cast.assistant)


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (_close, "closed"),
        (_comment, "commented"),
        (_file, "has_files"),
        (_promise, "edited"),
        (_join, "joined"),
        (_type, "edited"),
        (_replace, "replaced"),
        (_import_again, "reimported"),
    ],
)
def test_an_import_that_something_is_built_on_stays_whole(
    cast: Cast, store: Store, client_of: ClientOf, build: Callable[[Cast, StoreOrder], None], reason: str
) -> None:
    rows = [shopify_row(Notes=f"AliExpress {NUMBER}"), shopify_row(Name="#1002", Email="b@example.com")]
    source = import_file(csv_file(rows), store=store, by=cast.assistant)
    build(cast, StoreOrder.objects.get(number="#1001"))
    before = dump()
    with pytest.raises(Refused, match="built on this import"):
        import_actions.undo_import(source=source, by=cast.assistant)
    source.refresh_from_db()
    assert source.state == Import.State.COMMITTED
    assert dump() == before
    found = undo_plan.plan(source)
    assert reason in {each for blocker in found.blockers for each in blocker.reasons}
    page = text(client_of(cast.assistant).get(url(cast, "import_undo", source.pk)))
    assert undo_reason(reason) in page
    assert "#1001" in page or NUMBER in page
    assert "cannot be taken back" in page


def test_what_was_withdrawn_does_not_hold_an_import(cast: Cast, store: Store) -> None:
    source = import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    order = StoreOrder.objects.get()
    comment = actions_notes.add_comment(order=order, text="Asked twice.", by=cast.assistant)
    file = actions_notes.add_file(
        order=order, upload=SimpleUploadedFile("answer.txt", b"We sent it."), by=cast.assistant
    )
    assert undo_plan.plan(source).blockers[0].reasons == ("commented", "has_files")
    actions_notes.withdraw_comment(comment=comment, by=cast.assistant)
    assert undo_plan.plan(source).blockers[0].reasons == ("has_files",)
    actions_notes.withdraw_file(file=file, by=cast.assistant)
    assert undo(source, by=cast.assistant).state == Import.State.UNDONE
    assert not StoreOrder.objects.exists()


@pytest.mark.parametrize(
    ("verb", "wanted"),
    [
        ("promise", {"promised_by": "2026-12-24"}),
        ("tag_add", {"tag": "vip"}),
        ("buyer_account", {"over": True}),
    ],
)
def test_a_bulk_edit_holds_an_import_until_it_is_undone(
    cast: Cast, store: Store, verb: str, wanted: dict[str, Any]
) -> None:
    if verb == "buyer_account":
        wanted = wanted | {"account": make_buyer_account(cast.team).pk}
    source = import_file(
        csv_file([shopify_row(Notes=f"AliExpress {NUMBER}")]), store=store, by=cast.assistant
    )
    orders = list(StoreOrder.objects.values_list("pk", flat=True))

    def edit(key: str) -> BulkEdit:
        return apply_bulk_edit(
            team=cast.team, verb=VERBS[verb], order_ids=orders, params=wanted, key=key, by=cast.assistant
        )

    undo_bulk_edit(edit=edit("1"), by=cast.assistant)
    again = edit("2")
    assert undo_plan.plan(source).blockers[0].reasons == ("edited",)
    undo_bulk_edit(edit=again, by=cast.assistant)
    assert undo(source, by=cast.assistant).state == Import.State.UNDONE
    assert not StoreOrder.objects.exists()


def test_a_value_that_was_changed_again_stays_whole(cast: Cast, store: Store) -> None:
    import_file(csv_file([ali_row()]), store=store, by=cast.assistant)
    source = import_file(csv_file([ali_row(Status="Closed")]), store=store, by=cast.assistant)
    later = import_file(csv_file([ali_row(Status="Completed")]), store=store, by=cast.assistant)
    with pytest.raises(Refused):
        import_actions.undo_import(source=source, by=cast.assistant)
    assert undo_plan.plan(source).blockers[0].reasons == ("overwritten",)
    undo(later, by=cast.assistant)
    undo(source, by=cast.assistant)
    assert SupplierOrder.objects.get().status == "Awaiting delivery"


def test_all_blockers_are_counted_and_the_first_are_named(cast: Cast, store: Store) -> None:
    source = import_file(files()[0], store=store, by=cast.assistant)
    for order in StoreOrder.objects.all():
        _comment(cast, order)
    found = undo_plan.plan(source)
    assert (found.blocked, len(found.blockers)) == (40, undo_plan.SHOWN)


def test_what_is_built_on_while_it_is_taken_back_stays(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [shopify_row(), shopify_row(Name="#1002", Email="b@example.com")]
    source = import_file(csv_file(rows), store=store, by=cast.assistant)
    import_actions.undo_import(source=source, by=cast.assistant)
    _comment(cast, StoreOrder.objects.get(number="#1001"))
    tasks.undo_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.UNDONE
    assert [order.number for order in StoreOrder.objects.all()] == ["#1001"]
    event = AuditEvent.objects.get(verb="import_undone", thing_id=source.pk)
    assert event.after == {"removed": 1, "changed_back": 0, "left": 1}
