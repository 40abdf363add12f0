"""Files and imports that are not read or not saved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from closedorders.core.refusals import Refused
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports.models import Import, ImportIssue
from closedorders.imports.runs import reading
from closedorders.orders.models import Store, StoreOrder
from tests.cast import Cast
from tests.imports.files import (
    csv_file,
    preview,
    shopify_row,
    upload,
)


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
