"""A change of many orders goes back within ten minutes, once, and leaves alone what was changed since."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.core.refusals import Refused
from closedorders.orders.bulk import plan as bulk
from closedorders.orders.bulk.actions import undo_bulk_edit
from closedorders.orders.models import BulkEdit, BulkEditRow, Store, StoreOrder
from tests.cast import Cast
from tests.factories import (
    make_store_order,
)
from tests.imports.files import text
from tests.orders.bulk.edits import DAY, apply
from tests.orders.scenes import url

ClientOf = Callable[[Membership | None], Client]


def test_an_undo_comes_too_late_after_ten_minutes(cast: Cast, store: Store, client_of: ClientOf) -> None:
    order = make_store_order(store)
    edit = apply(cast, "tag_add", order, tag="VIP")
    BulkEdit.objects.update(created_at=timezone.now() - timedelta(minutes=10, seconds=1))
    with pytest.raises(Refused, match="ten minutes"):
        undo_bulk_edit(edit=edit, by=cast.merchant)
    browser = client_of(cast.merchant)
    assert "Undo" not in text(browser.get(url(cast, "orders")))
    assert url(cast, "bulk_undo", edit.pk) not in text(browser.get(url(cast, "bulk_edit", edit.pk)))
    assert "more than ten minutes old" in text(browser.post(url(cast, "bulk_undo", edit.pk), follow=True))


def test_the_list_reads_of_recent_edits_only_what_it_shows(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    apply(cast, "promise", make_store_order(store, number="#1"), **DAY)
    browser = client_of(cast.merchant)
    with CaptureQueriesContext(connection) as queries:
        assert "You changed 1 order" in text(browser.get(url(cast, "orders")))
    read = [each["sql"] for each in queries if "orders_bulkedit" in each["sql"]]
    assert len(read) == 1
    assert not re.search("exceptions|params", read[0])


def test_an_undo_happens_once(cast: Cast, store: Store) -> None:
    edit = apply(cast, "tag_add", make_store_order(store), tag="VIP")
    undo_bulk_edit(edit=edit, by=cast.merchant)
    with pytest.raises(Refused, match="undone already"):
        undo_bulk_edit(edit=edit, by=cast.merchant)


def test_more_orders_than_are_read_at_once_are_changed_and_put_back(cast: Cast, store: Store) -> None:
    orders = [make_store_order(store, tags=f"old {number}") for number in range(2 * bulk.BATCH + 5)]
    edit = apply(cast, "tag_add", *orders, tag="VIP")
    assert edit.changed == StoreOrder.objects.filter(tags__endswith=", VIP").count() == len(orders)
    StoreOrder.objects.filter(pk=orders[-1].pk).update(tags="mine")
    undone = undo_bulk_edit(edit=edit, by=cast.merchant)
    assert (undone.restored, undone.left) == (len(orders) - 1, [orders[-1].number])
    assert set(StoreOrder.objects.values_list("tags", flat=True)) == {
        "mine",
        *(order.tags for order in orders[:-1]),
    }


def test_an_undo_leaves_and_names_what_somebody_changed_since(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    one, two = make_store_order(store, number="#1"), make_store_order(store, number="#2")
    edit = apply(cast, "promise", one, two, **DAY)
    StoreOrder.objects.filter(pk=two.pk).update(promised_by=date(2026, 12, 24))
    page = text(client_of(cast.merchant).post(url(cast, "bulk_undo", edit.pk), follow=True))
    assert "1 was changed since and stays as it is now:" in page
    assert "#2" in page
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.promised_by, two.promised_by) == (None, date(2026, 12, 24))


def test_earlier_values_are_not_kept_for_ever(cast: Cast, store: Store) -> None:
    order = make_store_order(store)
    old = apply(cast, "tag_add", order, tag="VIP")
    BulkEdit.objects.update(created_at=timezone.now() - timedelta(days=2))
    apply(cast, "tag_add", order, tag="Late")
    assert not BulkEditRow.objects.filter(edit=old).exists()
    assert BulkEdit.objects.filter(pk=old.pk).exists()
