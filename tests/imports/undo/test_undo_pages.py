"""Who may undo an import, and what the pages say of it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.accounts.models import AuditEvent
from closedorders.core.refusals import Refused
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.imports.undo import plan as undo_plan
from closedorders.orderfiles.samples import shopify_csv
from closedorders.orders.models import (
    Store,
    StoreOrder,
)
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_member,
)
from tests.imports.browsing import ClientOf, url
from tests.imports.files import START, csv_file, import_file, preview, shopify_row, text
from tests.imports.undo.orders import files, undo


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
            undo_plan.plan(source)
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
