"""What an import leaves alone: typed values, missing columns, newer words, other teams."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.orders.actions import orders as order_actions
from closedorders.orders.actions import stores as store_actions
from closedorders.orders.models import Customer, Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import make_store
from tests.imports.files import (
    ali_row,
    csv_file,
    import_file,
    preview,
    save,
    shopify_row,
)
from tests.imports.runs.results import counts


def test_what_a_person_typed_is_not_overwritten(cast: Cast, store: Store) -> None:
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    customer = Customer.objects.get()
    order_actions.change_customer(customer=customer, name="Mari", email="new@example.com", by=cast.merchant)
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
    store_actions.change_store(store=store, by=cast.merchant, currency="USD")
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
