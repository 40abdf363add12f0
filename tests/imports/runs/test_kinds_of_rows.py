"""What a file becomes: orders, AliExpress orders, joined numbers, bad rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.imports import actions as import_actions
from closedorders.imports import merge as merging
from closedorders.imports import preview as import_tally
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.imports.runs import batches
from closedorders.orderfiles.samples import aliexpress_extension_csv, link_csv, sample_orders, shopify_csv
from closedorders.orders.actions import stores as store_actions
from closedorders.orders.actions import supplier_orders as supplier_order_actions
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
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
)
from tests.imports.runs.results import Killed, counts

TSV = (
    "Order Number\tOrder Date\tTotal Order Amount\tStore Name\tOrder Status\tTracking Number\tProduct Title\t"
    "Option\tPrice\tQuantity\t\n"
    "8201447122035519\t10/8/2026\tUS $19.00\tGood Night Lamp Store\tAwaiting delivery\tLP001\tLamp\tWhite\t"
    "US $9.50\tx2\t\n"
)


def add_up(source: Import) -> bool:
    return source.rows_accepted + source.rows_rejected + source.rows_duplicate == source.rows_read


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
    supplier_order_actions.match_supplier_order(
        supplier_order=bought, store=store, number="#1002", by=cast.merchant
    )
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
    store_actions.change_store(store=store, by=cast.merchant, delivery_days=21)
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
