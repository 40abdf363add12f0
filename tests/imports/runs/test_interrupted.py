"""Runs that are killed, cancelled, refused, or fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.imports import actions as import_actions
from closedorders.imports import merge as merging
from closedorders.imports import tasks
from closedorders.imports.merge import bulk_insert as bulk_rows
from closedorders.imports.models import Import
from closedorders.imports.runs import batches, claims, saving
from closedorders.orderfiles.samples import shopify_csv
from closedorders.orderfiles.tables import csv_table
from closedorders.orderfiles.tables.csv_table import FileRefused
from closedorders.orders.models import Customer, Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.imports.files import (
    START,
    csv_file,
    everything,
    import_file,
    preview,
    shopify_row,
    upload,
)
from tests.imports.runs.results import Killed, counts


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
    monkeypatch.setattr(
        tasks, "enqueue_on_commit", lambda task, pk: rung.append((task.name.rpartition(".")[2], pk))
    )
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
