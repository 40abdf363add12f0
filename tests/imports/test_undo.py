"""An import is taken back while nothing is built on it, and then the database is as it was before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports import undo as import_undo
from closedorders.imports.models import Import, ImportChange
from closedorders.imports.runs.claims import ImportClaim
from closedorders.imports.wording.names import undo_reason
from closedorders.orderfiles.samples import aliexpress_extension_csv, link_csv, shopify_csv
from closedorders.orders.actions import notes as actions_notes
from closedorders.orders.actions import orders as order_actions
from closedorders.orders.actions import supplier_orders as supplier_order_actions
from closedorders.orders.bulk.actions import apply_bulk_edit, undo_bulk_edit
from closedorders.orders.bulk.plan import VERBS
from closedorders.orders.models import (
    BulkEdit,
    Customer,
    OrderComment,
    OrderFile,
    Store,
    StoreOrder,
    Supplier,
    SupplierOrder,
)
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_customer,
    make_incident,
    make_member,
    make_store,
    make_supplier_order,
)
from tests.imports.files import START, ali_row, csv_file, import_file, preview, shopify_row, text

ClientOf = Callable[[Membership | None], Client]
NUMBER = "8201447122035519"


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team)


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"imports:{name}", args=[cast.team.slug, *args])


def undo(source: Import, *, by: Membership) -> Import:
    import_actions.undo_import(source=source, by=by)
    tasks.undo_import(source.pk)
    source.refresh_from_db()
    return source


def dump() -> dict[str, list[tuple[Any, ...]]]:
    """Every column of every row that imports write, keys too; not when it was last written."""
    tables: dict[str, list[tuple[Any, ...]]] = {}
    for model in (Customer, StoreOrder, Supplier, SupplierOrder):
        names = [each.attname for each in model._meta.concrete_fields if each.attname != "updated_at"]
        rows = model._default_manager.values_list(*names)
        tables[model.__name__] = sorted(rows, key=repr)
    return tables


def files(*, changed: bool = False) -> list[bytes]:
    """Three files about the same orders; `changed` has more of them, otherwise priced and in other states."""
    orders, seed = (60, 7) if changed else (40, 3)
    return [
        shopify_csv(orders=orders, start=START, seed=seed),
        aliexpress_extension_csv(orders=orders, start=START, seed=seed),
        link_csv(orders=orders, start=START, seed=seed),
    ]


# --- Everything as before ---


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


# --- What is built on it ---


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
    found = import_undo.plan(source)
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
    assert import_undo.plan(source).blockers[0].reasons == ("commented", "has_files")
    actions_notes.withdraw_comment(comment=comment, by=cast.assistant)
    assert import_undo.plan(source).blockers[0].reasons == ("has_files",)
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
    assert import_undo.plan(source).blockers[0].reasons == ("edited",)
    undo_bulk_edit(edit=again, by=cast.assistant)
    assert undo(source, by=cast.assistant).state == Import.State.UNDONE
    assert not StoreOrder.objects.exists()


def test_a_value_that_was_changed_again_stays_whole(cast: Cast, store: Store) -> None:
    import_file(csv_file([ali_row()]), store=store, by=cast.assistant)
    source = import_file(csv_file([ali_row(Status="Closed")]), store=store, by=cast.assistant)
    later = import_file(csv_file([ali_row(Status="Completed")]), store=store, by=cast.assistant)
    with pytest.raises(Refused):
        import_actions.undo_import(source=source, by=cast.assistant)
    assert import_undo.plan(source).blockers[0].reasons == ("overwritten",)
    undo(later, by=cast.assistant)
    undo(source, by=cast.assistant)
    assert SupplierOrder.objects.get().status == "Awaiting delivery"


def test_all_blockers_are_counted_and_the_first_are_named(cast: Cast, store: Store) -> None:
    source = import_file(files()[0], store=store, by=cast.assistant)
    for order in StoreOrder.objects.all():
        _comment(cast, order)
    found = import_undo.plan(source)
    assert (found.blocked, len(found.blockers)) == (40, import_undo.SHOWN)


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


# --- Runs ---


class Killed(BaseException):
    """What a SIGKILL leaves behind: no handler of the product runs for it."""


@pytest.mark.parametrize("after", [1, 2, 4, 6])
def test_killed_in_the_middle_it_goes_on_to_the_same_end(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(import_undo, "BATCH", 10)
    for content in files():
        import_file(content, store=store, by=cast.assistant)
    before = dump()
    source = import_file(files(changed=True)[0], store=store, by=cast.assistant)
    import_actions.undo_import(source=source, by=cast.assistant)
    write, writes = ImportClaim.write, []

    def write_and_die(claim: ImportClaim, **fields: Any) -> None:
        write(claim, **fields)
        writes.append(fields)
        if len(writes) == after:
            raise Killed

    monkeypatch.setattr(ImportClaim, "write", write_and_die)
    with pytest.raises(Killed):
        tasks.undo_import(source.pk)
    monkeypatch.setattr(ImportClaim, "write", write)
    assert dump() != before
    tasks.undo_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.UNDOING, "the dead worker's lease holds"
    Import.objects.filter(pk=source.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    tasks.undo_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.UNDONE
    assert source.progress_done == source.progress_total
    assert dump() == before


def test_a_double_click_takes_it_back_once(cast: Cast, store: Store, client_of: ClientOf) -> None:
    source = import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    browser = client_of(cast.assistant)
    for _ in range(2):
        assert browser.post(url(cast, "import_undo", source.pk)).status_code == 302
    assert AuditEvent.objects.filter(verb="import_undo_asked").count() == 1
    tasks.undo_import(source.pk)
    tasks.undo_import(source.pk)
    browser.post(url(cast, "import_undo", source.pk))
    assert AuditEvent.objects.filter(verb="import_undone").count() == 1
    source.refresh_from_db()
    assert source.state == Import.State.UNDONE


@pytest.mark.parametrize("after", [1, 2, 3, 5])
def test_what_a_run_left_that_gave_up_is_taken_back_by_the_next(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(import_undo, "BATCH", 10)
    for content in files():
        import_file(content, store=store, by=cast.assistant)
    before = dump()
    source = import_file(files(changed=True)[0], store=store, by=cast.assistant)
    import_actions.undo_import(source=source, by=cast.assistant)
    write, writes = ImportClaim.write, []

    def write_and_die(claim: ImportClaim, **fields: Any) -> None:
        write(claim, **fields)
        writes.append(fields)
        if len(writes) > after:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(ImportClaim, "write", write_and_die)
        with pytest.raises(Killed):
            tasks.undo_import(source.pk)
    Import.objects.filter(pk=source.pk).update(attempts=5, claimed_until=None)
    tasks.undo_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.COMMITTED, "it gave up"
    assert (source.undo_was, source.undo_changed > 0) == (Import.State.COMMITTED, True)
    assert not [name for name in source.answers if name.startswith("undo")]
    assert dump() != before
    confirmation = text(client_of(cast.assistant).get(url(cast, "import_undo", source.pk)))
    assert "It was begun and stopped halfway" in confirmation
    assert "Take the import back" in confirmation
    undo(source, by=cast.assistant)
    assert source.state == Import.State.UNDONE
    assert source.progress_done == source.progress_total
    assert dump() == before


def test_a_run_that_gave_up_when_all_was_done_is_ended_by_the_next(cast: Cast, store: Store) -> None:
    source = import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    import_actions.undo_import(source=source, by=cast.assistant)
    StoreOrder.objects.all().delete()
    Import.objects.filter(pk=source.pk).update(attempts=5)
    tasks.undo_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.COMMITTED
    assert undo(source, by=cast.assistant).state == Import.State.UNDONE


def test_a_run_that_gives_up_leaves_the_import_saved(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    before = dump()
    rows = [shopify_row(Total="26.00"), shopify_row(Name="#1002", Email="b@example.com")]
    source = import_file(csv_file(rows), store=store, by=cast.assistant)
    saved = dump()
    import_actions.undo_import(source=source, by=cast.assistant)
    Import.objects.filter(pk=source.pk).update(attempts=5)
    tasks.undo_import(source.pk)
    source.refresh_from_db()
    assert (source.state, dump()) == (Import.State.COMMITTED, saved)
    undo(source, by=cast.assistant)
    assert (source.state, dump()) == (Import.State.UNDONE, before)


# --- Who may, and what the pages say ---


def test_an_assistant_takes_back_only_what_they_uploaded(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    mine = import_file(csv_file([shopify_row()]), store=store, by=cast.merchant)
    with pytest.raises(Refused, match="merchant"):
        import_actions.undo_import(source=mine, by=cast.assistant)
    other = make_member(cast.team, "assistant")
    with pytest.raises(Refused, match="merchant"):
        import_actions.undo_import(source=mine, by=other)
    page = text(client_of(cast.assistant).get(mine.get_absolute_url()))
    assert "Take this import back" not in page
    confirmation = text(client_of(cast.assistant).get(url(cast, "import_undo", mine.pk)))
    assert "Ask a merchant" in confirmation
    theirs = import_file(
        csv_file([shopify_row(Name="#7", Email="c@example.com")]), store=store, by=cast.assistant
    )
    assert "Take this import back" in text(client_of(cast.assistant).get(theirs.get_absolute_url()))
    assert undo(theirs, by=cast.merchant).state == Import.State.UNDONE


def test_who_had_a_file_saved_may_take_it_back_too(cast: Cast, store: Store, client_of: ClientOf) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.merchant)
    import_actions.save_import(source=source, by=cast.assistant)
    tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert "Take this import back" in text(client_of(cast.assistant).get(source.get_absolute_url()))
    assert undo(source, by=cast.assistant).state == Import.State.UNDONE


def test_another_team_does_not_find_it(
    cast: Cast, other_cast: Cast, store: Store, client_of: ClientOf
) -> None:
    source = import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    browser = client_of(other_cast.merchant)
    path = reverse("imports:import_undo", args=[other_cast.team.slug, source.pk])
    assert browser.get(path).status_code == 404
    assert browser.post(path).status_code == 404
    with pytest.raises(Refused):
        import_actions.undo_import(source=source, by=other_cast.merchant)
    assert StoreOrder.objects.count() == 1


def test_the_confirmation_says_what_it_will_do_and_the_history_that_it_was_done(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.merchant)
    rows = [shopify_row(Total="26.00"), shopify_row(Name="#1002", Email="b@example.com")]
    source = import_file(csv_file(rows), store=store, by=cast.merchant)
    browser = client_of(cast.merchant)
    page = text(browser.get(url(cast, "import_undo", source.pk)))
    assert "1 order is removed" in page
    assert "1 that it changed is again what it was before" in page
    assert "Files imported later" not in page
    later = import_file(csv_file(rows), store=store, by=cast.merchant)
    page = text(browser.get(url(cast, "import_undo", source.pk)))
    assert "Files imported later found some orders here" in page
    assert f'href="{later.get_absolute_url()}"' in page
    browser.post(url(cast, "import_undo", source.pk))
    assert "Taking the import back" in text(browser.get(source.get_absolute_url()))
    assert "0 of 2" in text(browser.get(url(cast, "import_progress", source.pk)))
    tasks.undo_import(source.pk)
    page = text(browser.get(source.get_absolute_url()))
    assert "Taken back" in page
    assert str(cast.merchant.user) in page
    history = text(browser.get(url(cast, "imports")))
    assert "Taken back" in history
    assert source.sha256[:8] in history
    assert str(cast.merchant.user) in history
    refused = text(browser.get(url(cast, "import_undo", source.pk)))
    assert "already being taken back" in refused


def test_what_stands_against_an_undo_is_named_by_orders_also_where_a_customer_was_changed(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    for phone in ("1", "2", "3"):
        source = import_file(
            csv_file([shopify_row(Phone=f"600 000 00{phone}")]), store=store, by=cast.assistant
        )
    first = Import.objects.order_by("pk")[1]
    assert source.pk != first.pk
    page = text(client_of(cast.assistant).get(url(cast, "import_undo", first.pk)))
    order = StoreOrder.objects.get()
    assert f'<a href="{order.get_absolute_url()}">#1001</a>' in page


def test_an_import_that_is_not_saved_cannot_be_taken_back(cast: Cast, store: Store) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    with pytest.raises(Refused, match="Cancel it"):
        import_actions.undo_import(source=source, by=cast.assistant)
    import_actions.cancel_import(source=source, by=cast.assistant)
    with pytest.raises(Refused, match="nothing"):
        import_actions.undo_import(source=source, by=cast.assistant)


def test_looking_at_more_rows_takes_no_more_queries(cast: Cast, store: Store) -> None:
    def queries(source: Import) -> int:
        with CaptureQueriesContext(connection) as seen:
            import_undo.plan(source)
        return len(seen)

    make_buyer_account(cast.team)
    few = import_file(files()[0], store=store, by=cast.assistant)
    some = queries(few)
    many = import_file(shopify_csv(orders=150, start=START, prefix="#M"), store=store, by=cast.assistant)
    assert queries(many) == some


def test_no_event_names_a_customers_address(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    source = import_file(csv_file([shopify_row(Email="new@example.com")]), store=store, by=cast.assistant)
    undo(source, by=cast.assistant)
    events = AuditEvent.objects.filter(verb__startswith="import_und")
    assert len(events) == 2
    assert "@" not in "".join(f"{event.before}{event.after}" for event in events)


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
