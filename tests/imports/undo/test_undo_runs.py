"""Undoing that is killed, given up, or asked for twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.imports.runs.claims import ImportClaim
from closedorders.imports.undo import run as import_undo
from closedorders.orders.models import (
    Store,
    StoreOrder,
)
from tests.cast import Cast
from tests.imports.browsing import ClientOf, url
from tests.imports.files import csv_file, import_file, shopify_row, text
from tests.imports.undo.orders import dump, files, undo


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
