from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.core.refusals import Refused
from closedorders.imports import actions as import_actions
from closedorders.imports import merge as merging
from closedorders.imports import preview as import_tally
from closedorders.imports import tasks
from closedorders.imports.merge import bulk_insert as bulk_rows
from closedorders.imports.models import Import, ImportIssue
from closedorders.imports.runs import batches, claims, reading, saving
from closedorders.orderfiles.reader import Reading
from closedorders.orderfiles.samples import aliexpress_extension_csv, link_csv, sample_orders, shopify_csv
from closedorders.orderfiles.tables import csv_table
from closedorders.orderfiles.tables.csv_table import FileRefused
from closedorders.orders import actions
from closedorders.orders.models import Customer, Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import make_buyer_account, make_store
from tests.imports.files import (
    START,
    ali_row,
    csv_file,
    everything,
    import_file,
    preview,
    save,
    shopify_row,
    upload,
)

TSV = (
    "Order Number\tOrder Date\tTotal Order Amount\tStore Name\tOrder Status\tTracking Number\tProduct Title\t"
    "Option\tPrice\tQuantity\t\n"
    "8201447122035519\t10/8/2026\tUS $19.00\tGood Night Lamp Store\tAwaiting delivery\tLP001\tLamp\tWhite\t"
    "US $9.50\tx2\t\n"
)


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team)


def counts(source: Import) -> tuple[int, int, int]:
    return source.orders_new, source.orders_changed, source.orders_unchanged


def add_up(source: Import) -> bool:
    return source.rows_accepted + source.rows_rejected + source.rows_duplicate == source.rows_read


# --- What a file becomes ---


@pytest.mark.parametrize("columns", [79, 75, 73, 71])
def test_every_shopify_export_becomes_orders(cast: Cast, store: Store, columns: int) -> None:
    content = shopify_csv(orders=30, columns=columns, start=START)
    shown = preview(content, store=store, by=cast.assistant)
    assert shown.state == Import.State.PREVIEWED
    assert counts(shown) == (30, 0, 0)
    assert add_up(shown)
    assert not StoreOrder.objects.exists(), "a preview saves nothing"
    saved = save(shown, by=cast.assistant)
    assert saved.state == Import.State.COMMITTED
    assert counts(saved) == (30, 0, 0)
    assert StoreOrder.objects.filter(store=store).count() == 30
    sample = next(iter(sample_orders(orders=30, start=START)))
    order = StoreOrder.objects.get(number=sample.number)
    assert order.placed_at == sample.placed_at
    assert order.customer.email == sample.email
    assert [line.name for line in order.lines] == [line.name for line in sample.lines]


def test_the_same_file_twice_is_nothing_new_and_nothing_changed(cast: Cast, store: Store) -> None:
    for content in (
        shopify_csv(orders=70, start=START),
        aliexpress_extension_csv(orders=70, start=START),
        link_csv(orders=70, start=START),
        TSV.encode(),
    ):
        import_file(content, store=store, by=cast.assistant)
        before = everything()
        again = preview(content, store=store, by=cast.assistant)
        assert counts(again)[:2] == (0, 0)
        assert counts(save(again, by=cast.assistant))[:2] == (0, 0)
        assert everything() == before


def test_an_aliexpress_export_becomes_supplier_orders(cast: Cast, store: Store) -> None:
    account = make_buyer_account(cast.team)
    import_file(
        csv_file([ali_row(), ali_row(Title="Bulb", Price_Info="US $1.25|1|25", Price="US $1.25")]),
        store=store,
        by=cast.assistant,
        account=account,
    )
    order = SupplierOrder.objects.get()
    assert (order.number, order.cost, order.currency) == ("8201447122035519", Decimal("10.75"), "USD")
    assert (order.status, order.status_code) == ("Awaiting delivery", "shipped")
    assert order.supplier is not None
    assert order.supplier.name == "Good Night Lamp Store"
    assert order.buyer_account == account


def test_the_scripts_tab_separated_file_is_read(cast: Cast, store: Store) -> None:
    import_file(TSV.encode(), store=store, by=cast.assistant)
    order = SupplierOrder.objects.get()
    assert (order.cost, order.tracking_number) == (Decimal("19.00"), "LP001")


def test_a_stub_is_completed_by_a_later_import(cast: Cast, store: Store) -> None:
    stub = SupplierOrder.objects.create(team=cast.team, number="8201447122035519")
    source = import_file(csv_file([ali_row(Status="Closed")]), store=store, by=cast.assistant)
    assert counts(source) == (0, 1, 0)
    stub.refresh_from_db()
    assert (stub.cost, stub.status) == (Decimal("9.50"), "Closed")
    assert not stub.closures.exists(), "an import logs no closures"


def test_a_number_in_the_notes_joins_in_either_order_of_arrival(cast: Cast, store: Store) -> None:
    shop = csv_file([shopify_row(Notes="AliExpress 8201447122035519")])
    ali = csv_file([ali_row()])
    import_file(ali, store=store, by=cast.assistant)
    import_file(shop, store=store, by=cast.assistant)
    other = make_store(cast.team)
    import_file(csv_file([shopify_row(Notes="AE order 8201447122035520")]), store=other, by=cast.assistant)
    import_file(csv_file([ali_row(Order_ID="8201447122035520")]), store=other, by=cast.assistant)
    for number, its_store in (("8201447122035519", store), ("8201447122035520", other)):
        bought = SupplierOrder.objects.get(number=number)
        assert bought.cost == Decimal("9.50")
        assert bought.store_order is not None
        assert bought.store_order.store == its_store


def test_a_link_file_joins_and_an_unknown_order_is_a_bad_row(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    links = csv_file(
        [
            {"Store order": "1001", "AliExpress order number": "8201447122035519, 8201447122035520"},
            {"Store order": "#9999", "AliExpress order number": "8201447122035521"},
        ]
    )
    source = import_file(links, store=store, by=cast.assistant)
    assert set(SupplierOrder.objects.values_list("number", "store_order__number")) == {
        ("8201447122035519", "#1001"),
        ("8201447122035520", "#1001"),
    }
    issue = source.issues.get()
    assert (issue.line, issue.code, issue.value) == (3, "unknown_store_order", "#9999")
    assert (source.rows_read, source.rows_accepted, source.rows_rejected) == (2, 1, 1)


def test_a_link_to_another_order_is_refused_not_moved(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row(), shopify_row(Name="#1002")]), store=store, by=cast.assistant)
    header = {"Store order": "#1001", "AliExpress order number": "8201447122035519"}
    import_file(csv_file([header]), store=store, by=cast.assistant)
    source = preview(csv_file([header | {"Store order": "#1002"}]), store=store, by=cast.assistant)
    assert source.issues.get().code == "joined_to_another"
    assert add_up(source)


def link(order: str, number: str) -> dict[str, str]:
    return {"Store order": order, "AliExpress order number": number}


def test_a_row_that_is_refused_while_saving_becomes_a_bad_row(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row(), shopify_row(Name="#1002")]), store=store, by=cast.assistant)
    links = [
        link("#1001", "8201447122035519"),
        link("#1002", "8201447122035520"),
        link("#9999", "8201447122035521"),
    ]
    source = preview(csv_file(links), store=store, by=cast.assistant)
    assert (source.rows_accepted, source.rows_rejected) == (2, 1)
    bought = SupplierOrder.objects.create(team=cast.team, number="8201447122035519")
    actions.match_supplier_order(supplier_order=bought, store=store, number="#1002", by=cast.merchant)
    save(source, by=cast.assistant)
    assert source.state == Import.State.COMMITTED
    assert (source.rows_accepted, source.rows_rejected, source.issues_found) == (1, 2, 2)
    assert add_up(source)
    assert list(source.issues.order_by("line").values_list("line", "code", "value")) == [
        (2, "joined_to_another", "8201447122035519"),
        (4, "unknown_store_order", "#9999"),
    ]
    assert source.issues.get(line=2).cells == ["#1001", "8201447122035519"], "it can be mended"
    assert (source.progress_done, source.progress_total) == (3, 3)
    assert AuditEvent.objects.get(verb="import_finished", thing_id=source.pk).after["bad_rows"] == 2


def test_a_row_that_was_refused_in_the_preview_is_saved_once_its_order_is_there(
    cast: Cast, store: Store
) -> None:
    source = preview(csv_file([link("#1001", "8201447122035519")]), store=store, by=cast.assistant)
    assert (source.rows_accepted, source.rows_rejected) == (0, 1)
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    save(source, by=cast.assistant)
    assert (source.rows_accepted, source.rows_rejected, source.issues_found) == (1, 0, 0)
    assert not source.issues.exists()
    assert SupplierOrder.objects.get().store_order == StoreOrder.objects.get()


def test_a_number_given_to_two_orders_of_a_long_file_is_a_bad_row_in_the_end(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_file(csv_file([shopify_row(), shopify_row(Name="#1002")]), store=store, by=cast.assistant)
    monkeypatch.setattr(batches, "ORDERS_PER_BATCH", 1)
    links = [link("#1001", "8201447122035519"), link("#1002", "8201447122035519")]
    source = import_file(csv_file(links), store=store, by=cast.assistant)
    issue = source.issues.get()
    assert (issue.line, issue.code, issue.params) == (3, "joined_to_another", {"order": "#1001"})
    assert (source.rows_accepted, source.rows_rejected) == (1, 1)


def test_rows_refused_before_and_after_a_kill_are_all_counted(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ORDERS_PER_BATCH", 2)
    monkeypatch.setattr(import_tally, "MAX_ISSUES", 3)
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    links = [link("#1001" if n == 4 else f"#9{n}", f"820144712203552{n}") for n in range(8)]
    source = preview(csv_file(links), store=store, by=cast.assistant)
    import_actions.save_import(source=source, by=cast.assistant)
    whole, saved = merging.links.LinkBatch.save, []

    def dying(batch: merging.links.LinkBatch, **how: Any) -> None:
        saved.append(batch)
        if len(saved) == 3:
            raise Killed
        whole(batch, **how)

    with monkeypatch.context() as patched:
        patched.setattr(merging.links.LinkBatch, "save", dying)
        with pytest.raises(Killed):
            tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert (source.progress_done, source.progress_total, source.rows_rejected) == (4, 8, 4)
    Import.objects.update(claimed_until=None)
    tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert (source.rows_accepted, source.rows_rejected, source.issues_found) == (1, 7, 7)
    assert source.issues.count() == 3, "no more are kept than of any file"
    assert add_up(source)


def test_a_number_in_the_notes_that_belongs_to_another_order_is_told_and_stays_there(
    cast: Cast, store: Store
) -> None:
    notes = "AliExpress 8201447122035519 8201447122035520"
    import_file(csv_file([shopify_row(Notes="AliExpress 8201447122035519")]), store=store, by=cast.assistant)
    other = csv_file([shopify_row(Name="#1002", Notes=notes)])
    source = preview(other, store=store, by=cast.assistant)
    told = {"line": 2, "number": "#1002", "aliexpress_number": "8201447122035519", "belongs_to": "#1001"}
    assert source.samples["linked_to_another_order"] == [told]
    assert source.samples["new"][0]["aliexpress_numbers"] == ["8201447122035520"]
    save(source, by=cast.assistant)
    assert (source.rows_accepted, source.rows_rejected) == (1, 0)
    assert set(SupplierOrder.objects.values_list("number", "store_order__number")) == {
        ("8201447122035519", "#1001"),
        ("8201447122035520", "#1002"),
    }
    again = preview(other, store=store, by=cast.assistant)
    assert counts(again) == (0, 0, 1)
    assert again.samples["linked_to_another_order"] == [told], "a file that comes again tells it again"


def test_two_new_orders_of_a_file_that_name_one_number_are_told(cast: Cast, store: Store) -> None:
    rows = [shopify_row(Name=name, Notes="AliExpress 8201447122035519") for name in ("#1", "#2")]
    source = preview(csv_file(rows), store=store, by=cast.assistant)
    assert [(each["number"], each["belongs_to"]) for each in source.samples["linked_to_another_order"]] == [
        ("#2", "#1")
    ]


def test_a_bad_row_never_stops_the_good_ones(cast: Cast, store: Store) -> None:
    rows = [
        shopify_row(),
        shopify_row(Name="#1002", Email="not an address"),
        shopify_row(Name="#1003", Total="NaN"),
        shopify_row(Name="#1004"),
        shopify_row(Name="#1004"),
    ]
    source = import_file(csv_file(rows), store=store, by=cast.assistant)
    assert set(StoreOrder.objects.values_list("number", flat=True)) == {"#1001", "#1004"}
    assert {(i.line, i.column, i.code) for i in source.issues.all()} == {
        (3, "Email", "invalid_email"),
        (4, "Total", "invalid_amount"),
    }
    assert (source.rows_read, source.rows_accepted, source.rows_rejected, source.rows_duplicate) == (
        5,
        2,
        2,
        1,
    )


def test_the_largest_amount_that_is_read_can_be_stored(cast: Cast, store: Store) -> None:
    rows = [shopify_row(Total="99999999999.99"), shopify_row(Name="#2", Total="100000000000.00")]
    source = import_file(csv_file(rows), store=store, by=cast.assistant)
    assert StoreOrder.objects.get().total == Decimal("99999999999.99")
    assert source.issues.get().code == "amount_too_large"


def test_issues_are_kept_up_to_a_cap_and_all_counted(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_tally, "MAX_ISSUES", 3)
    rows = [shopify_row(Name=f"#{n}", Email="x") for n in range(10)]
    source = preview(csv_file(rows), store=store, by=cast.assistant)
    assert (source.issues.count(), source.issues_found, source.rows_rejected) == (3, 10, 10)


def test_an_answer_makes_the_file_readable(cast: Cast, store: Store) -> None:
    content = csv_file([shopify_row(Created_at="03/04/2026 10:00")])
    source = preview(content, store=store, by=cast.assistant)
    assert [each["code"] for each in source.questions] == ["date_order"]
    assert counts(source) == (0, 0, 0)
    import_actions.answer_import(source=source, answers={"date_order": "dmy"}, by=cast.assistant)
    tasks.read_import(source.pk)
    source.refresh_from_db()
    assert source.questions == []
    assert (source.rows_rejected, source.issues.count()) == (0, 0)
    save(source, by=cast.assistant)
    placed_at = StoreOrder.objects.get().placed_at
    assert placed_at is not None
    assert (placed_at.day, placed_at.month) == (3, 4)


def test_new_orders_are_promised_by_the_stores_days_of_delivery(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    actions.change_store(store=store, by=cast.merchant, delivery_days=21)
    store.refresh_from_db()
    rows = [shopify_row(Total="26.00"), shopify_row(Name="#1002"), shopify_row(Name="#1003", Created_at="")]
    import_file(csv_file(rows), store=store, by=cast.assistant)
    promised = dict(StoreOrder.objects.values_list("number", "promised_by"))
    assert promised == {"#1001": None, "#1002": date(2026, 10, 28), "#1003": None}


def test_orders_know_the_import_and_the_line_they_came_with(cast: Cast, store: Store) -> None:
    first = import_file(
        csv_file([shopify_row(Notes="AliExpress 8201447122035519")]), store=store, by=cast.assistant
    )
    rows = [shopify_row(Total="26.00"), shopify_row(Name="#1002")]
    second = import_file(csv_file(rows), store=store, by=cast.assistant)
    came = StoreOrder.objects.values_list("number", "came_with", "came_on_line")
    assert set(came) == {("#1001", first.pk, 2), ("#1002", second.pk, 3)}
    assert SupplierOrder.objects.get().came_with == first
    change = second.changes.get()
    assert [Decimal(each["total"]) for each in (change.before, change.after)] == [Decimal(25), Decimal(26)]


# --- What an import leaves alone ---


def test_what_a_person_typed_is_not_overwritten(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    customer = Customer.objects.get()
    actions.change_customer(customer=customer, name="Mari", email="new@example.com", by=cast.merchant)
    changed = csv_file([shopify_row(Billing_Name="M. García", Email="other@example.com", Total="30.00")])
    import_file(changed, store=store, by=cast.assistant)
    order = StoreOrder.objects.select_related("customer").get()
    assert (order.customer, order.customer.name, order.customer.email) == (
        customer,
        "Mari",
        "new@example.com",
    )
    assert order.total == Decimal("30.00")


def test_a_column_the_file_lacks_is_left_alone(cast: Cast, store: Store) -> None:
    import_file(
        csv_file([shopify_row(Notes="Ring twice", Phone="+34 600 000 000")]), store=store, by=cast.assistant
    )
    bare = shopify_row(Total="26.00")
    for name in (
        "Notes",
        "Phone",
        "Email",
        "Billing Name",
        "Lineitem name",
        "Lineitem price",
        "Lineitem quantity",
    ):
        del bare[name]
    source = import_file(csv_file([bare]), store=store, by=cast.assistant)
    assert counts(source) == (0, 1, 0)
    order = StoreOrder.objects.select_related("customer").get()
    assert (order.note, order.total, len(order.lines)) == ("Ring twice", Decimal("26.00"), 1)
    assert (order.customer.email, order.customer.phone) == ("maria@example.com", "+34 600 000 000")


def test_a_customer_carries_the_words_of_their_newest_order(cast: Cast, store: Store) -> None:
    rows = [
        shopify_row(Name="#3", Billing_Name="María García", Created_at="2026-10-09 09:00:00 +0200"),
        shopify_row(Name="#2", Billing_Name="MARIA", Created_at="2026-10-08 09:00:00 +0200"),
        shopify_row(Name="#1", Billing_Name="Maria G", Created_at="2026-10-07 09:00:00 +0200"),
    ]
    import_file(csv_file(rows), store=store, by=cast.assistant)
    assert Customer.objects.get().name == "María García"
    again = preview(csv_file(rows[::-1]), store=store, by=cast.assistant)
    assert counts(again) == (0, 0, 3)
    older = csv_file([shopify_row(Name="#0", Billing_Name="Mery", Created_at="2026-10-01 09:00:00 +0200")])
    import_file(older, store=store, by=cast.assistant)
    assert Customer.objects.get().name == "María García"


def test_customers_without_an_address_are_told_apart_by_phone_or_order(cast: Cast, store: Store) -> None:
    rows = [
        shopify_row(Name="#1", Email="", Phone="'+34 600 111 222"),
        shopify_row(Name="#2", Email="", Phone="+34600111222"),
        shopify_row(Name="#3", Email="", Phone=""),
        shopify_row(Name="#4", Email="", Phone="000000000"),
    ]
    import_file(csv_file(rows), store=store, by=cast.assistant)
    keys = dict(StoreOrder.objects.values_list("number", "customer__key"))
    assert keys == {"#1": "phone:34600111222", "#2": "phone:34600111222", "#3": "order:#3", "#4": "order:#4"}


def test_a_day_does_not_replace_the_minute_we_know(cast: Cast, store: Store) -> None:
    moment = datetime(2026, 10, 8, 15, 30, tzinfo=UTC)
    SupplierOrder.objects.create(team=cast.team, number="8201447122035519", placed_at=moment)
    import_file(csv_file([ali_row()]), store=store, by=cast.assistant)
    assert SupplierOrder.objects.get().placed_at == moment


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_the_minute_we_know_stays_whatever_zone_the_files_days_are_in(
    cast: Cast, store: Store, zone: str
) -> None:
    moment = datetime(2026, 10, 8, 12, tzinfo=ZoneInfo(zone))
    SupplierOrder.objects.create(team=cast.team, number="8201447122035519", placed_at=moment)
    source = preview(csv_file([ali_row()]), store=store, by=cast.assistant)
    import_actions.answer_import(source=source, answers={"time_zone": zone}, by=cast.assistant)
    tasks.read_import(source.pk)
    save(source, by=cast.assistant)
    assert SupplierOrder.objects.get().placed_at == moment


def test_changed_orders_leave_old_and_new_in_the_trail_without_addresses(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    import_file(
        csv_file([shopify_row(Financial_Status="refunded", Email="zoe@example.org")]),
        store=store,
        by=cast.assistant,
    )
    event = AuditEvent.objects.get(verb="order_changed_by_import")
    assert (event.before, event.after) == ({"financial_status": "paid"}, {"financial_status": "refunded"})
    assert event.actor == cast.assistant.user
    assert not any("@" in f"{e.label}{e.before}{e.after}" for e in AuditEvent.objects.all())


def test_changes_are_in_the_name_of_who_had_them_saved(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    source = preview(csv_file([shopify_row(Total="30.00")]), store=store, by=cast.assistant)
    save(source, by=cast.merchant)
    assert (source.uploaded_by, source.saved_by) == (cast.assistant, cast.merchant)
    assert AuditEvent.objects.get(verb="order_changed_by_import").actor == cast.merchant.user


def test_what_was_previewed_is_saved_whatever_the_settings_are_by_then(cast: Cast, store: Store) -> None:
    cast.team.time_zone = "Europe/Madrid"
    cast.team.save()
    row = shopify_row(Currency="", Created_at="2026-10-07 00:30")
    source = preview(csv_file([row]), store=store, by=cast.assistant)
    actions.change_store(store=store, by=cast.merchant, currency="USD")
    cast.team.time_zone = "America/New_York"
    cast.team.save()
    save(source, by=cast.assistant)
    order = StoreOrder.objects.get()
    assert (order.currency, order.placed_at) == ("EUR", datetime(2026, 10, 6, 22, 30, tzinfo=UTC))


def test_imports_of_two_teams_do_not_meet(cast: Cast, other_cast: Cast, store: Store) -> None:
    theirs = make_store(other_cast.team)
    for a_store, by in ((store, cast.assistant), (theirs, other_cast.assistant)):
        import_file(csv_file([shopify_row(Notes="AE 8201447122035519")]), store=a_store, by=by)
        import_file(csv_file([ali_row()]), store=a_store, by=by)
    assert StoreOrder.objects.for_team(cast.team).count() == 1
    assert SupplierOrder.objects.for_team(other_cast.team).get().store_order is not None
    assert SupplierOrder.objects.for_team(other_cast.team).get().store_order.store == theirs  # type: ignore[union-attr]  # there is one, or the test fails


# --- Killed, cancelled, refused ---


class Killed(BaseException):
    """What `kill -9` looks like from inside: nothing catches it, nothing is tidied up."""


def _kill_after(monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    """The worker dies after `batches` batches, in the middle of saving the next one."""
    saved = 0
    whole = merging.StoreOrderBatch.save

    def dying(batch: merging.StoreOrderBatch, **how: Any) -> None:
        nonlocal saved
        whole(batch, **how)
        saved += 1
        if saved > batches:
            raise Killed

    monkeypatch.setattr(merging.StoreOrderBatch, "save", dying)


@pytest.mark.services  # SQLite does not plan by what it counted.
def test_an_import_has_the_database_count_a_table_that_outgrew_its_last_count(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(content: bytes) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            import_file(content, store=store, by=cast.merchant)
        return [each["sql"].split()[2] for each in queries if each["sql"].startswith("ANALYZE")]

    assert counted(shopify_csv(orders=5, start=START)) == []  # Small ones are read whole sooner.
    monkeypatch.setattr(bulk_rows, "_SMALL_TABLE", 0)
    monkeypatch.setattr(bulk_rows, "_TIMES_LARGER", 0)
    found = counted(shopify_csv(orders=15, start=START))
    assert {'"orders_storeorder"', '"orders_customer"'} <= {*found}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stats WHERE tablename = 'orders_storeorder' AND attname = 'number'"
        )
        assert cursor.fetchone() == (1,)


def test_a_killed_workers_import_ends_as_if_nothing_had_happened(
    cast: Cast, other_cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ORDERS_PER_BATCH", 10)
    content = shopify_csv(orders=45, start=START)
    source = preview(content, store=store, by=cast.assistant)
    import_actions.save_import(source=source, by=cast.assistant)
    with monkeypatch.context() as dying:
        _kill_after(dying, batches=2)
        with pytest.raises(Killed):
            tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert (source.state, source.progress_done) == (Import.State.COMMITTING, 20)
    assert StoreOrder.objects.count() == 20, "the half-saved batch is taken back"
    assert not Import.objects.due().exists(), "the lease still runs"
    tasks.commit_import(source.pk)
    assert StoreOrder.objects.count() == 20, "nobody else may have it before the lease is over"

    Import.objects.filter(pk=source.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert [each.pk for each in Import.objects.due()] == [source.pk]
    tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.COMMITTED
    assert counts(source) == (45, 0, 0), "each order is counted once"
    resumed = everything()
    StoreOrder.objects.all().delete()
    Customer.objects.all().delete()
    SupplierOrder.objects.all().delete()
    import_file(content, store=store, by=cast.assistant)
    assert everything() == resumed


def test_the_sweep_rings_for_what_no_worker_has(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[Any, int]] = []
    monkeypatch.setattr(tasks, "ring", lambda task, pk: rung.append((task.name.rpartition(".")[2], pk)))
    waiting = upload(b"x", store=store, by=cast.assistant)
    held = upload(b"x", store=store, by=cast.assistant)
    Import.objects.filter(pk=held.pk).update(
        state=Import.State.READING, claimed_until=timezone.now() + timedelta(minutes=1)
    )
    dead = upload(b"x", store=store, by=cast.assistant)
    Import.objects.filter(pk=dead.pk).update(
        state=Import.State.COMMITTING, claimed_until=timezone.now() - timedelta(minutes=1)
    )
    tasks.sweep()
    assert rung == [("read_import", waiting.pk), ("commit_import", dead.pk)]


def test_a_file_that_kills_every_worker_is_given_up_with_a_sentence(cast: Cast, store: Store) -> None:
    source = upload(csv_file([shopify_row()]), store=store, by=cast.assistant)
    Import.objects.filter(pk=source.pk).update(attempts=claims.MAX_ATTEMPTS)
    tasks.read_import(source.pk)
    source.refresh_from_db()
    assert (source.state, source.refusal["code"]) == (Import.State.REFUSED, "gave_up")


def saved_by_tens(store: Store, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Import:
    """An import of 30 orders that a worker is to save, ten at a time."""
    monkeypatch.setattr(batches, "ORDERS_PER_BATCH", 10)
    source = preview(shopify_csv(orders=30, start=START), store=store, by=cast.assistant)
    import_actions.save_import(source=source, by=cast.assistant)
    return source


def test_cancelling_while_saving_stops_at_the_next_batch(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = saved_by_tens(store, cast, monkeypatch)

    def cancelled(*tables: object) -> None:
        import_actions.cancel_import(source=source, by=cast.assistant)

    monkeypatch.setattr(saving, "count_what_has_grown", cancelled)  # Each batch ends with it.
    tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.CANCELLED
    assert counts(source) == (10, 0, 0), "what was saved by then is told"
    assert StoreOrder.objects.count() == 10


def test_what_was_saved_before_a_file_turned_out_bad_stays_and_is_told(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = saved_by_tens(store, cast, monkeypatch)
    rows = csv_table.CsvRows.__iter__

    def gone_bad(reader: csv_table.CsvRows) -> Iterator[tuple[int, list[str] | None]]:
        read: set[str] = set()
        for line, row in rows(reader):
            read.update((row or [])[:1])
            if len(read) > 15:
                raise FileRefused("field_too_long", line=line, limit=1)
            yield line, row

    monkeypatch.setattr(csv_table.CsvRows, "__iter__", gone_bad)
    tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert (source.state, source.refusal["code"]) == (Import.State.REFUSED, "field_too_long")
    assert counts(source) == (10, 0, 0)
    assert StoreOrder.objects.count() == 10


@pytest.mark.parametrize(("bad_rows", "is_read_ahead"), [(3, True), (4, False)])
def test_others_do_not_wait_for_bad_rows_that_are_read_while_a_batch_is_written(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch, bad_rows: int, is_read_ahead: bool
) -> None:
    monkeypatch.setattr(saving, "_ROWS_BESIDE_ORDERS", 3)
    ahead: list[object] = []
    monkeypatch.setattr(saving, "check_keys", lambda *, meanwhile: ahead.append(meanwhile))
    rows = [shopify_row(Name=f"#{n}", Total="x" if n < bad_rows else "5.00") for n in range(bad_rows + 1)]
    saved = import_file(csv_file(rows), store=store, by=cast.assistant)
    assert (saved.rows_rejected, saved.orders_new) == (bad_rows, 1)
    assert bool(ahead) is is_read_ahead


def test_a_run_leaves_the_garbage_collector_as_it_was() -> None:
    usual = gc.get_threshold()
    with suppress(Killed), claims.only_new_objects_collected():
        with claims.only_new_objects_collected():
            pass
        assert gc.get_freeze_count(), "a run within it leaves that to it"
        assert gc.get_threshold() != usual
        raise Killed
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, usual)


def test_nothing_of_a_file_is_kept_in_memory_when_its_run_is_over(cast: Cast, store: Store) -> None:
    gc.collect()
    import_file(shopify_csv(orders=5, start=START), store=store, by=cast.assistant)
    assert not [each for each in gc.get_objects() if isinstance(each, Reading)]


def test_a_cancelled_import_is_neither_read_nor_saved(cast: Cast, store: Store) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.assistant)
    import_actions.cancel_import(source=source, by=cast.assistant)
    with pytest.raises(Refused):
        import_actions.save_import(source=source, by=cast.assistant)
    tasks.read_import(source.pk)
    tasks.commit_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.CANCELLED
    assert not StoreOrder.objects.exists()


def test_a_failure_is_tried_again_later_and_not_at_once(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = upload(csv_file([shopify_row()]), store=store, by=cast.assistant)

    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as breaking:
        breaking.setattr(reading, "compare_with_stored", broken)
        with pytest.raises(OSError, match="disk"):
            tasks.read_import(source.pk)
    assert not Import.objects.due().exists()
    Import.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    tasks.read_import(source.pk)
    source.refresh_from_db()
    assert source.state == Import.State.PREVIEWED
    assert ImportIssue.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"Name,Email,Financial Status,Total\n", "no_rows"),
        (b"PK\x03\x04" + b"\0" * 40 + b"xl/workbook.xml", "workbook_damaged"),
        (b"%PDF-1.7\n", "file_is_pdf"),
        (b"\x1f\x8b\x08\0\0\0", "file_is_gzip"),
        (b"<!doctype html><html>", "file_is_html"),
        (b'{"orders": []}', "file_is_json"),
        (b"hello world\nfoo\n", "unknown_format"),
        (b'Name,Total,Currency,Paid at\n#1,"25.00,EUR,\n#2,3.00,EUR,\n', "unclosed_quote"),
    ],
)
def test_a_file_of_another_kind_is_refused(cast: Cast, store: Store, content: bytes, code: str) -> None:
    source = preview(content, store=store, by=cast.assistant)
    assert (source.state, source.refusal.get("code")) == (Import.State.REFUSED, code)
    assert not Import.objects.due().exists()


# --- Cost ---


def test_a_batch_costs_the_same_queries_however_many_orders_it_has(cast: Cast, store: Store) -> None:
    spent = []
    for orders in (30, 90):
        other = make_store(cast.team)
        content = shopify_csv(orders=orders, start=START, seed=orders)
        source = preview(content, store=other, by=cast.assistant)
        import_actions.save_import(source=source, by=cast.assistant)
        with CaptureQueriesContext(connection) as queries:
            tasks.commit_import(source.pk)
        # SQLite takes few parameters, so one insert may become several statements there.
        spent.append(sum(not q["sql"].startswith("INSERT") for q in queries))
    assert spent[1] <= spent[0] + 1


@pytest.mark.parametrize("case", ["moved to another customer", "seconds cut off", "first without days"])
def test_a_file_saved_twice_changes_nothing_the_second_time_whatever_was_there(
    cast: Cast, store: Store, case: str
) -> None:
    def row(name: str, email: str, day: str, person: str) -> dict[str, str]:
        return shopify_row(Name=name, Email=email, Created_at=day, Billing_Name=person)

    early, late = "2026-09-01 10:00:26 +0200", "2026-09-10 10:00:26 +0200"
    first = [row("#1", "a@x.example", early, "Ana"), row("#2", "a@x.example", late, "Ana B")]
    match case:
        case "moved to another customer":
            second = [first[0], row("#2", "other@x.example", late, "Ana B")]
        case "seconds cut off":
            second = [first[0], row("#2", "a@x.example", "2026-09-10 10:00:00 +0200", "Ana C")]
        case _:
            first = [{**each, "Created at": ""} for each in first]
            second = [row("#1", "a@x.example", late, "Ana"), row("#2", "a@x.example", early, "Ana B")]
    import_file(csv_file(first), store=store, by=cast.merchant)
    import_file(csv_file(second), store=store, by=cast.merchant)
    again = preview(csv_file(second), store=store, by=cast.merchant)
    assert (again.orders_new, again.orders_changed, again.orders_unchanged) == (0, 0, 2)
