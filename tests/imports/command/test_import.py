"""`manage.py import_orders`: the actions, sentences and numbers of the pages, from a shell."""

from __future__ import annotations

import io
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.imports import actions as import_actions
from closedorders.imports.models import Import
from closedorders.imports.runs import reading
from closedorders.orders.actions import supplier_orders as supplier_order_actions
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import make_member, make_store, make_team
from tests.imports.command.shell import run, stored_files, written
from tests.imports.files import ali_row, csv_file, shopify_row


def test_a_good_file_is_counted_and_saved(cast: Cast, store: Store, folder: Path) -> None:
    file = written(folder, csv_file([shopify_row(), shopify_row(Name="#2"), shopify_row()]))
    outcome = run(store, file)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "orders.csv: Shopify order export",
        "Rows: 3 read, 2 good, 0 bad, 1 twice.",
        "Orders: 2 new, 0 changed, 0 unchanged.",
        "Saved. Orders: 2 new, 0 changed, 0 unchanged.",
    ]
    assert StoreOrder.objects.filter(store=store).count() == 2
    source = Import.objects.get()
    assert (source.state, source.uploaded_by) == (Import.State.COMMITTED, cast.merchant)
    verbs = {"import_uploaded", "import_saved", "import_finished"}
    assert verbs <= set(AuditEvent.objects.values_list("verb", flat=True))
    again = run(store, file)
    assert again.status == 0
    assert "Saved. Orders: 0 new, 0 changed, 2 unchanged." in again.out


def test_bad_rows_are_listed_and_left_out_with_status_1(store: Store, folder: Path) -> None:
    rows = [shopify_row(), shopify_row(Name="#2", Total="NaN")]
    outcome = run(store, written(folder, csv_file(rows)))
    assert outcome.status == 1
    assert "Line 3, Total, 'NaN': This is not an amount." in outcome.out
    assert StoreOrder.objects.get().number == "#1001"


def test_the_bad_rows_can_be_mended_and_imported(store: Store, folder: Path) -> None:
    rows = [shopify_row(), shopify_row(Name="#2", Total="NaN", Notes="+1")]
    bad = folder / "bad.csv"
    outcome = run(store, written(folder, csv_file(rows)), **{"--bad-rows": str(bad)})
    assert "The bad rows are in " in outcome.out
    assert bad.stat().st_mode & 0o077 == 0, "addresses are for whoever runs it"
    bad.write_text(bad.read_text(encoding="utf-8").replace("NaN", "7.00"), encoding="utf-8")
    assert run(store, bad).status == 0
    assert StoreOrder.objects.get(number="#2").note == "+1"


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_prints_the_same_and_leaves_nothing(folder: Path) -> None:
    store = make_store(make_member(make_team()).team)
    before = stored_files()
    rows = [shopify_row(), shopify_row(Name="#2", Total="NaN")]
    bad = folder / "bad.csv"
    outcome = run(store, written(folder, csv_file(rows)), "--dry-run", **{"--bad-rows": str(bad)})
    assert outcome.status == 1
    assert "Orders: 1 new, 0 changed, 0 unchanged." in outcome.out
    assert "Nothing was saved: this was a dry run." in outcome.out
    assert "Saved." not in outcome.out
    assert "NaN" in bad.read_text(encoding="utf-8")
    assert not Import.objects.exists()
    assert not StoreOrder.objects.exists()
    assert stored_files() == before
    assert run(store, written(folder, csv_file(rows[:1])), "--dry-run").status == 0


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_that_is_broken_off_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store(make_member(make_team()).team)
    before = stored_files()

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    file = written(folder, csv_file([shopify_row()]))
    monkeypatch.setattr(reading, "_read", interrupted)
    assert run(store, file, "--dry-run").status == 130
    assert not Import.objects.exists()
    assert stored_files() == before
    assert run(store, file).status == 130
    assert Import.objects.get().state == Import.State.CANCELLED


def test_a_pipe_is_read_like_a_file(store: Store) -> None:
    coming, going = os.pipe()
    os.write(going, csv_file([shopify_row()]))
    os.close(going)
    try:
        outcome = run(store, f"/dev/fd/{coming}")
    finally:
        os.close(coming)
    assert (outcome.status, outcome.err) == (0, "")
    assert StoreOrder.objects.get().number == "#1001"


def test_numbers_that_a_spreadsheet_rounded_cause_a_warning(store: Store, folder: Path) -> None:
    rows = [ali_row(Order_ID=f"820144712203{n}0") for n in range(551, 556)]
    outcome = run(store, written(folder, csv_file(rows)))
    assert outcome.status == 0
    assert "All 5 AliExpress numbers in this file end in 0" in outcome.err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty. Export it again"),
        (b"%PDF-1.7\n", "This is a PDF. Export as CSV and upload that file."),
        (b'{"orders": 1}', "This is a JSON file, but not a list of orders."),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_refused_file_says_why_with_status_2(folder: Path, content: bytes, sentence: str) -> None:
    store = make_store(make_member(make_team()).team)
    before = stored_files()
    outcome = run(store, written(folder, content))
    assert (outcome.status, outcome.out) == (2, "")
    assert sentence in outcome.err
    assert not Import.objects.exists()
    assert stored_files() == before


def test_a_file_of_unknown_columns_waits_for_its_names(store: Store, folder: Path) -> None:
    outcome = run(store, written(folder, b"A,B,C\n1,2,3\n"))
    source = Import.objects.get()
    assert (outcome.status, source.state) == (2, Import.State.UNMAPPED)
    assert "We don't recognise this file. Its columns begin: A, B, C" in outcome.err
    assert source.get_absolute_url() in outcome.err


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_keeps_no_file_of_unknown_columns(folder: Path) -> None:
    store = make_store(make_member(make_team()).team)
    outcome = run(store, written(folder, b"A,B,C\n1,2,3\n"), "--dry-run")
    assert outcome.status == 2
    assert "We don't recognise this file. Its columns begin:" in outcome.err
    assert not Import.objects.exists()


def test_a_file_over_the_limit_is_refused_with_the_limit(
    store: Store, folder: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMPORT_MAX_BYTES = 100
    content = csv_file([shopify_row()])
    assert "we read up to 100" in run(store, written(folder, content)).err
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    outcome = run(store, "-")
    assert (outcome.status, "we read up to 100" in outcome.err) == (2, True)


def test_an_open_question_names_the_options_that_answer_it(store: Store, folder: Path) -> None:
    file = written(folder, csv_file([shopify_row(Created_at="03/04/2026 10:00")]))
    outcome = run(store, file)
    assert outcome.status == 2
    assert "Line 2 says 03/04/2026 10:00." in outcome.err
    assert "Answer with --date-order dmy or --date-order mdy." in outcome.err
    assert not Import.objects.exists()
    assert run(store, file, **{"--date-order": "mdy"}).status == 0
    placed_at = StoreOrder.objects.get().placed_at
    assert placed_at is not None
    assert (placed_at.month, placed_at.day) == (3, 4)


def test_rows_refused_while_saving_are_listed_with_status_1(
    cast: Cast, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(store, written(folder, csv_file([shopify_row(), shopify_row(Name="#2")])))
    content = b"Store order,AliExpress order number\n#1001,8201447122035519\n#9,8201447122035520\n"
    whole = import_actions.save_import

    def somebody_is_quicker(**options: Any) -> None:
        bought = SupplierOrder.objects.create(team=cast.team, number="8201447122035519")
        supplier_order_actions.match_supplier_order(
            supplier_order=bought, store=store, number="#2", by=cast.merchant
        )
        whole(**options)

    monkeypatch.setattr(import_actions, "save_import", somebody_is_quicker)
    bad = folder / "bad.csv"
    outcome = run(store, written(folder, content), **{"--bad-rows": str(bad)})
    assert outcome.status == 1
    before, after = outcome.out.split("Saved.")
    assert "Rows: 2 read, 1 good, 1 bad, 0 twice." in before
    assert (
        "Line 2, AliExpress order number, '8201447122035519': This AliExpress order already belongs" in after
    )
    assert "Line 3, Store order, '#9': No order of this store has this number." in after
    assert "#1001" in bad.read_text(encoding="utf-8")


def test_a_worker_that_was_quicker_is_waited_for(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker has the file first; it finishes while the command looks again."""
    slept = []

    def worker_finishes(seconds: float) -> None:
        slept.append(seconds)
        Import.objects.update(claimed_until=None)

    whole = reading.read_file

    def beaten(import_id: int) -> None:
        if not slept:
            Import.objects.filter(pk=import_id).update(
                state=Import.State.READING, claimed_until=timezone.now() + timedelta(minutes=1)
            )
        whole(import_id)

    monkeypatch.setattr(reading, "read_file", beaten)
    monkeypatch.setattr(time, "sleep", worker_finishes)
    assert run(store, written(folder, csv_file([shopify_row()]))).status == 0
    assert slept
    assert StoreOrder.objects.count() == 1


def test_a_failure_is_no_bad_row(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(reading, "compare_with_stored", broken)
    outcome = run(store, written(folder, csv_file([shopify_row()])))
    assert outcome.status == 3
    assert "disk" in outcome.err
