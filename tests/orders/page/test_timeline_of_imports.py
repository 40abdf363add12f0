"""What imports did to an order, as the timeline of its page shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

from django.test import Client
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.imports.actions import undo_import
from closedorders.imports.models import ImportChange
from closedorders.imports.undo.run import undo_file
from closedorders.orders.models import Store, StoreOrder
from tests.cast import Cast
from tests.factories import (
    make_store_order,
)
from tests.imports.files import ali_row, csv_file, import_file, preview, save, shopify_row, text
from tests.orders.page.order_pages import make_import, name_person, page_url, titles

ClientOf = Callable[[Membership | None], Client]


def test_what_an_import_changed_stands_there_once_with_old_and_new_file_and_line(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    source = make_import(cast, store, "october.csv", created_at=timezone.now() - timedelta(minutes=1))
    source.finished_at = timezone.now() + timedelta(minutes=1)
    source.save()
    change: dict[str, Any] = {"before": {"total": "45.00"}, "after": {"total": "40.00", "came_on_line": 3}}
    record(by=cast.merchant, verb="order_changed_by_import", thing=order, **change)
    ImportChange.objects.create(source=source, thing="store_order", thing_id=order.pk, line=7, **change)
    ImportChange.objects.create(
        source=source,
        thing="customer",
        thing_id=order.customer.pk,
        line=7,
        before={"email": "old.address@example.com"},
        after={"email": "new.address@example.com"},
    )
    answer = client_of(cast.merchant).get(page_url(order))
    page = text(answer)
    assert titles(answer).count("Changed by an import") == 2
    assert "An import changed the order" not in titles(answer)
    assert "Total: 45.00 → 40.00\noctober.csv, line 7" in page
    assert "new.address@example.com" in page
    assert "address@" not in text(client_of(cast.assistant).get(page_url(order)))


def test_what_real_imports_did_is_told_in_words(cast: Cast, store: Store, client_of: ClientOf) -> None:
    number = "8201447122035519"
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    import_file(
        csv_file(
            [
                shopify_row(
                    Financial_Status="refunded",
                    Total="26.10",
                    Lineitem_quantity="3",
                    Lineitem_name="Other lamp",
                    Phone="600 000 000",
                )
            ]
        ),
        store=store,
        by=cast.assistant,
    )
    import_file(csv_file([ali_row(Order_ID=number)]), store=store, by=cast.assistant)
    import_file(csv_file([{"Order": "#1001", "AliExpress order": number}]), store=store, by=cast.assistant)
    order = StoreOrder.objects.get()
    assert order.supplier_orders.get().number == number
    answer = client_of(cast.assistant).get(page_url(order))
    page = text(answer)
    for words in (
        "Payment: Paid → Refunded",
        "Total: 25.00 → 26.10",
        "Products: 1 × Lamp → 3 × Other lamp",
        "Store order: – → #1001",
        "o.csv, line 2",
    ):
        assert words in page
    assert "An import changed the order" not in titles(answer)
    assert titles(answer).count("Came in with an import") == 2


def test_another_supplier_another_customer_and_an_undo_are_told_by_their_names(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    number = "8201447122035519"
    name_person(cast.merchant, "Mia Undoes")
    import_file(csv_file([shopify_row(Email="ana.ruiz@example.com")]), store=store, by=cast.assistant)
    import_file(csv_file([{"Order": "#1001", "AliExpress order": number}]), store=store, by=cast.assistant)
    for seller in ("Lamp House", "Light Hall"):
        import_file(csv_file([ali_row(Order_ID=number, Store=seller)]), store=store, by=cast.assistant)
    moved = import_file(
        csv_file([shopify_row(Email="bo.lund$=@example.net")]), store=store, by=cast.assistant
    )
    order = StoreOrder.objects.get()
    page = unescape(text(client_of(cast.merchant).get(page_url(order))))
    assert "Supplier: Lamp House → Light Hall" in page
    assert "Customer's e-mail: ana.ruiz@example.com → bo.lund$=@example.net" in page
    masked = text(client_of(cast.assistant).get(page_url(order)))
    assert "ana.ruiz@" not in masked
    assert "bo.lund$" not in masked
    undo_import(source=moved, by=cast.merchant)
    undo_file(moved.pk)
    page = unescape(text(client_of(cast.merchant).get(page_url(order))))
    assert "Customer's e-mail: ana.ruiz@example.com → one that is gone" in page
    assert "Taken back by Mia Undoes on " in page


def test_who_had_a_file_saved_stands_beside_what_came_with_it_and_not_who_uploaded_it(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    name_person(cast.assistant, "Ines Uploads")
    name_person(cast.merchant, "Mia Saves")
    for total in ("25.00", "26.00"):
        save(preview(csv_file([shopify_row(Total=total)]), store=store, by=cast.assistant), by=cast.merchant)
    page = text(client_of(cast.assistant).get(page_url(StoreOrder.objects.get())))
    timeline = page[page.index("Changed by an import") :]
    assert timeline.count("Mia Saves") == 2
    assert "Ines Uploads" not in timeline


def test_a_change_by_an_import_that_kept_nothing_is_told_by_the_trail(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    record(
        by=cast.merchant,
        verb="order_changed_by_import",
        thing=order,
        before={"total": "1"},
        after={"total": "2"},
    )
    assert "An import changed the order" in titles(client_of(cast.merchant).get(page_url(order)))
