"""Uploaded files are gone once nobody needs them, and never before."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.imports import retention as import_files
from closedorders.imports import tasks
from closedorders.imports.actions import answer_import, cancel_import, undo_import
from closedorders.imports.models import Import
from closedorders.orders.models import Store, StoreOrder
from tests.cast import Cast
from tests.imports.files import csv_file, import_file, preview, save, shopify_row, text, upload


def kept(source: Import) -> bool:
    source.refresh_from_db()
    return bool(source.file) and Path(source.file.path).exists()


def files() -> int:
    return sum(path.is_file() for path in (Path(settings.MEDIA_ROOT) / "imports").rglob("*"))


def test_the_file_of_a_saved_cancelled_or_undone_import_is_deleted_and_its_numbers_stay(
    cast: Cast, store: Store
) -> None:
    before = files()
    saved = import_file(
        csv_file([shopify_row(), shopify_row(Name="#2", Total="x")]), store=store, by=cast.merchant
    )
    cancelled = preview(csv_file([shopify_row(Name="#3")]), store=store, by=cast.merchant)
    cancel_import(source=cancelled, by=cast.merchant)
    undone = import_file(csv_file([shopify_row(Name="#4")]), store=store, by=cast.merchant)
    Import.objects.filter(pk=undone.pk).update(state=Import.State.UNDONE)
    digest = saved.sha256
    tasks.forget_import_files()
    assert not any(kept(each) for each in (saved, cancelled, undone))
    assert files() == before
    assert (saved.state, saved.sha256, saved.orders_new, saved.issues.count()) == ("committed", digest, 1, 1)
    tasks.forget_import_files()


@pytest.mark.parametrize(
    "state", ["uploaded", "reading", "previewed", "committing", "unmapped", "refused", "undoing"]
)
def test_a_file_that_may_still_be_read_is_kept(cast: Cast, store: Store, state: str) -> None:
    source = upload(csv_file([shopify_row()]), store=store, by=cast.merchant)
    old = timezone.now() - timedelta(days=29)
    Import.objects.filter(pk=source.pk).update(state=state, created_at=old)
    tasks.forget_import_files()
    assert kept(source)
    assert source.state == state


@pytest.mark.parametrize(
    ("state", "saved", "ended"),
    [
        ("previewed", 0, "cancelled"),
        ("unmapped", 0, "cancelled"),
        ("committing", 7, "committing"),
        ("reading", 0, "reading"),
    ],
)
def test_an_import_that_nobody_saved_in_thirty_days_is_cancelled(
    cast: Cast, store: Store, state: str, saved: int, ended: str
) -> None:
    source = upload(csv_file([shopify_row()]), store=store, by=cast.merchant)
    old = timezone.now() - timedelta(days=31)
    counts = {"orders_new": 5 if state == "previewed" else saved}
    Import.objects.filter(pk=source.pk).update(state=state, created_at=old, **counts)
    tasks.forget_import_files()
    assert kept(source) is (ended != "cancelled")
    assert (source.state, source.orders_new) == (ended, saved)
    assert AuditEvent.objects.filter(verb="import_cancelled", actor=None).exists() is (ended == "cancelled")


@pytest.mark.parametrize("saved", [0, 7])
def test_an_old_refused_import_keeps_its_reason_and_is_not_read_again(
    cast: Cast, store: Store, client_of: Callable[[Membership], Client], saved: int
) -> None:
    source = preview(b"one column\n1\n", store=store, by=cast.merchant)
    assert source.state == "refused"
    Import.objects.filter(pk=source.pk).update(
        created_at=timezone.now() - timedelta(days=31), orders_new=saved, answers={"encoding": "cp1252"}
    )
    tasks.forget_import_files()
    assert not kept(source)
    assert (source.state, source.refusal["code"], source.orders_new) == ("refused", "unknown_format", saved)
    with pytest.raises(Refused):
        answer_import(source=source, answers={"encoding": "utf-8"}, by=cast.merchant)
    page = text(client_of(cast.merchant).get(reverse("imports:import", args=[cast.team.slug, source.pk])))
    assert "Read the file again" not in page


def test_a_file_that_cannot_be_deleted_keeps_no_other_from_it(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = (
        import_file(csv_file([shopify_row(Name=name)]), store=store, by=cast.merchant)
        for name in ("#1", "#2")
    )
    delete = FileSystemStorage.delete

    def denied(storage: FileSystemStorage, name: str) -> None:
        if name == stuck.file.name:
            raise PermissionError(name)
        delete(storage, name)

    with monkeypatch.context() as patched:
        patched.setattr(FileSystemStorage, "delete", denied)
        tasks.forget_import_files()
    assert (kept(stuck), kept(other)) == (True, False)
    tasks.forget_import_files()
    assert not kept(stuck)


def test_the_page_says_what_becomes_of_the_file(
    cast: Cast, store: Store, client_of: Callable[[Membership], Client]
) -> None:
    source = preview(csv_file([shopify_row()]), store=store, by=cast.merchant)

    def page() -> str:
        return text(
            client_of(cast.assistant).get(reverse("imports:import", args=[cast.team.slug, source.pk]))
        )

    assert "Kept until this import is over, for 30 days at most, and so are its bad rows." in page()
    save(source, by=cast.merchant)
    assert "It is deleted within the hour. Its numbers stay, its bad rows for 30 days" in page()
    tasks.forget_import_files()
    assert "Deleted. Its numbers are kept, and its bad rows for 30 days after the upload." in page()
    _a_month_later()
    tasks.forget_import_files()
    assert "Deleted, and so are the copies of its rows." in page()


def _a_month_later() -> None:
    Import.objects.update(created_at=timezone.now() - import_files.WAITS_FOR - timedelta(minutes=1))


def _copied(source: Import) -> str:
    """Everything that is stored of the import's rows, as one text."""
    source.refresh_from_db()
    issues = source.issues.values_list("value", "cells", "order_rows")
    return json.dumps([source.samples, [list(issue) for issue in issues]], ensure_ascii=False)


def _with_a_bad_row(name: str = "#1") -> bytes:
    """An order with a good row and a bad one, and a good order."""
    return csv_file(
        [
            shopify_row(Name=name, Email="ana@example.com", Billing_Name="Ana Secreta"),
            shopify_row(Name=name, Email="ana@example.com", Lineitem_price="secret"),
            shopify_row(Name=f"{name}9", Email="bo@example.com"),
        ]
    )


def test_the_rows_of_a_preview_go_with_the_file_and_bad_rows_can_be_downloaded_for_30_days(
    cast: Cast, store: Store, client_of: Callable[[Membership], Client]
) -> None:
    source = import_file(_with_a_bad_row(), store=store, by=cast.merchant)
    assert "ana@example.com" in _copied(source)
    issues = list(source.issues.order_by("pk").values_list("line", "column", "code"))
    before = (source.orders_new, source.rows_rejected, source.issues_found)
    counts = source.samples["lost_letters"], source.samples["kept_by_user_counts"]
    merchant = client_of(cast.merchant)
    bad_rows = reverse("imports:bad_rows", args=[cast.team.slug, source.pk])
    tasks.forget_import_files()
    source.refresh_from_db()
    assert "ana@example.com" not in json.dumps(source.samples)
    assert "ana@example.com" in text(merchant.get(bad_rows))
    _a_month_later()
    tasks.forget_import_files()
    assert not any(word in _copied(source) for word in ("example.com", "Secreta", "secret"))
    assert list(source.issues.order_by("pk").values_list("line", "column", "code")) == issues != []
    assert (source.orders_new, source.rows_rejected, source.issues_found) == before
    assert (source.samples["lost_letters"], source.samples["kept_by_user_counts"]) == counts
    page = text(merchant.get(reverse("imports:import", args=[cast.team.slug, source.pk])))
    assert "The rows were deleted 30 days after the upload" in page
    assert "Download as CSV" not in page


def test_copies_of_rows_whose_file_was_deleted_before_are_deleted_too_in_bounded_runs(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [import_file(_with_a_bad_row(f"#{n}"), store=store, by=cast.merchant) for n in (1, 2, 3)]
    for source in sources:
        source.file.delete(save=False)
    Import.objects.update(file="")
    _a_month_later()
    monkeypatch.setattr(import_files, "_ISSUES_AT_ONCE", 1)
    monkeypatch.setattr(import_files, "_MOST_ISSUES", 1)
    runs = 0
    while any("example.com" in _copied(source) for source in sources):
        tasks.forget_import_files()
        runs += 1
        assert runs < 20
    assert runs >= len(sources)


def test_copies_of_the_rows_of_a_file_that_may_still_be_read_stay(cast: Cast, store: Store) -> None:
    source = preview(_with_a_bad_row(), store=store, by=cast.merchant)
    before = _copied(source)
    tasks.forget_import_files()
    assert _copied(source) == before


def test_a_saved_import_can_be_taken_back_without_its_file(cast: Cast, store: Store) -> None:
    saved = import_file(csv_file([shopify_row()]), store=store, by=cast.merchant)
    tasks.forget_import_files()
    saved.refresh_from_db()
    undo_import(source=saved, by=cast.merchant)
    tasks.undo_import(saved.pk)
    assert not StoreOrder.objects.exists()
