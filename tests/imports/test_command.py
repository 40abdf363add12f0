"""`manage.py import_orders`: the same actions, sentences and numbers as the pages, from a shell."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership, Role
from closedorders.imports import actions as import_actions
from closedorders.imports import merge as merging
from closedorders.imports import runs as import_runs
from closedorders.imports.models import Import
from closedorders.orderfiles.samples import shopify_csv
from closedorders.orders import actions
from closedorders.orders.models import Customer, Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import make_buyer_account, make_member, make_store, make_team
from tests.imports.files import START, ali_row, csv_file, everything, import_file, shopify_row, upload
from tests.orderfiles.workbooks import workbook


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team, name="Casa Luna")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def run(store: Store, file: Path | str, *options: str, **more: Any) -> Said:
    out, err = io.StringIO(), more.pop("stderr", io.StringIO())
    named = {"--team": store.team.slug, "--store": store.name} | more
    arguments = [part for option in named.items() for part in option if part is not None]
    status: Any = 0
    try:
        call_command("import_orders", str(file), *arguments, *options, stdout=out, stderr=err)
    except SystemExit as left:
        status = left.code
    return Said(status, out.getvalue(), err.getvalue())


def written(folder: Path, content: bytes, name: str = "orders.csv") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def kept_files() -> list[Path]:
    return [each for each in Path(django_settings.MEDIA_ROOT).rglob("*.csv") if each.is_file()]


# --- What it does ---


def test_a_good_file_is_saved_and_told_in_numbers(cast: Cast, store: Store, folder: Path) -> None:
    file = written(folder, csv_file([shopify_row(), shopify_row(Name="#2"), shopify_row()]))
    said = run(store, file)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [
        "orders.csv: Shopify order export",
        "Rows: 3 read, 2 good, 0 bad, 1 twice.",
        "Orders: 2 new, 0 changed, 0 unchanged.",
        "New, the first ones:",
        "  #1001 · María García · maria@example.com · 1 × Lamp · €25.00 · 7 Oct 2026",
        "  #2 · María García · maria@example.com · 1 × Lamp · €25.00 · 7 Oct 2026",
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


def test_bad_rows_are_named_and_left_out_with_status_1(store: Store, folder: Path) -> None:
    rows = [shopify_row(), shopify_row(Name="#2", Total="NaN")]
    said = run(store, written(folder, csv_file(rows)))
    assert said.status == 1
    assert "Line 3, Total, 'NaN': Not an amount of money." in said.out
    assert StoreOrder.objects.get().number == "#1001"


def test_the_bad_rows_can_be_mended_and_imported(store: Store, folder: Path) -> None:
    rows = [shopify_row(), shopify_row(Name="#2", Total="NaN", Notes="+1")]
    bad = folder / "bad.csv"
    said = run(store, written(folder, csv_file(rows)), **{"--bad-rows": str(bad)})
    assert f"The bad rows are in {bad}" in said.out
    assert bad.stat().st_mode & 0o077 == 0, "addresses are for whoever runs it"
    bad.write_text(bad.read_text(encoding="utf-8").replace("NaN", "7.00"), encoding="utf-8")
    assert run(store, bad).status == 0
    assert StoreOrder.objects.get(number="#2").note == "+1"


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_says_the_same_and_leaves_nothing(folder: Path) -> None:
    store = make_store(make_member(make_team()).team)
    before = kept_files()
    rows = [shopify_row(), shopify_row(Name="#2", Total="NaN")]
    bad = folder / "bad.csv"
    said = run(store, written(folder, csv_file(rows)), "--dry-run", **{"--bad-rows": str(bad)})
    assert said.status == 1
    assert "Orders: 1 new, 0 changed, 0 unchanged." in said.out
    assert "Nothing was saved: this was a dry run." in said.out
    assert "Saved." not in said.out
    assert "NaN" in bad.read_text(encoding="utf-8")
    assert not Import.objects.exists()
    assert not StoreOrder.objects.exists()
    assert kept_files() == before
    assert run(store, written(folder, csv_file(rows[:1])), "--dry-run").status == 0


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_that_is_broken_off_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store(make_member(make_team()).team)
    before = kept_files()

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    file = written(folder, csv_file([shopify_row()]))
    monkeypatch.setattr(import_runs, "_read", interrupted)
    assert run(store, file, "--dry-run").status == 130
    assert not Import.objects.exists()
    assert kept_files() == before
    assert run(store, file).status == 130
    assert Import.objects.get().state == Import.State.CANCELLED


def test_a_pipe_is_read_like_a_file(store: Store) -> None:
    coming, going = os.pipe()
    os.write(going, csv_file([shopify_row()]))
    os.close(going)
    try:
        said = run(store, f"/dev/fd/{coming}")
    finally:
        os.close(coming)
    assert (said.status, said.err) == (0, "")
    assert StoreOrder.objects.get().number == "#1001"


def test_numbers_that_a_spreadsheet_rounded_are_told(store: Store, folder: Path) -> None:
    rows = [ali_row(Order_ID=f"820144712203{n}0") for n in range(551, 556)]
    said = run(store, written(folder, csv_file(rows)))
    assert said.status == 0
    assert "All 5 AliExpress numbers in this file end in 0" in said.err


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
    before = kept_files()
    said = run(store, written(folder, content))
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err
    assert not Import.objects.exists()
    assert kept_files() == before


def test_a_file_of_unknown_columns_waits_for_its_names(store: Store, folder: Path) -> None:
    said = run(store, written(folder, b"A,B,C\n1,2,3\n"))
    source = Import.objects.get()
    assert (said.status, source.state) == (2, Import.State.UNMAPPED)
    assert "The columns belong to no export we know. They begin: A, B, C" in said.err
    assert source.get_absolute_url() in said.err


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_keeps_no_file_of_unknown_columns(folder: Path) -> None:
    store = make_store(make_member(make_team()).team)
    said = run(store, written(folder, b"A,B,C\n1,2,3\n"), "--dry-run")
    assert said.status == 2
    assert "The columns belong to no export we know." in said.err
    assert not Import.objects.exists()


def test_a_file_over_the_limit_is_refused_with_the_limit(
    store: Store, folder: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMPORT_MAX_BYTES = 100
    content = csv_file([shopify_row()])
    assert "we read up to 100" in run(store, written(folder, content)).err
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    said = run(store, "-")
    assert (said.status, "More than 100" in said.err) == (2, True)


def test_an_open_question_says_which_option_answers_it(store: Store, folder: Path) -> None:
    file = written(folder, csv_file([shopify_row(Created_at="03/04/2026 10:00")]))
    said = run(store, file)
    assert said.status == 2
    assert "Line 2 says 03/04/2026 10:00." in said.err
    assert "Answer with --date-order dmy or --date-order mdy." in said.err
    assert not Import.objects.exists()
    assert run(store, file, **{"--date-order": "mdy"}).status == 0
    placed_at = StoreOrder.objects.get().placed_at
    assert placed_at is not None
    assert (placed_at.month, placed_at.day) == (3, 4)


def test_what_was_assumed_is_said(store: Store, folder: Path) -> None:
    said = run(
        store, written(folder, csv_file([shopify_row(Billing_Name="Íñigo")]).decode().encode("cp1252"))
    )
    assert "- The text is read as cp1252." in said.out


def test_changed_orders_are_told_with_old_and_new(store: Store, folder: Path) -> None:
    run(store, written(folder, csv_file([shopify_row()])))
    said = run(store, written(folder, csv_file([shopify_row(Total="30.00")])))
    assert "Changed, the first ones:" in said.out
    assert "Total: €25.00 → €30.00" in said.out


def test_how_the_file_is_read_can_be_said_at_once(store: Store, folder: Path) -> None:
    row = shopify_row(Billing_Name="Łucja", Currency="", Created_at="2026-10-07 09:50")
    content = csv_file([row]).decode().replace(",", "|").encode("cp1250")
    options = {"--encoding": "cp1250", "--delimiter": "bar", "--currency": "usd", "--time-zone": "Asia/Tokyo"}
    said = run(store, written(folder, content), **options)
    assert (said.status, said.err) == (0, "")
    order = StoreOrder.objects.select_related("customer").get()
    assert (order.customer.name, order.currency) == ("Łucja", "USD")
    assert order.placed_at == datetime(2026, 10, 7, 0, 50, tzinfo=UTC)
    event = AuditEvent.objects.get(verb="import_uploaded")
    assert (event.after["encoding"], event.after["default_currency"]) == ("cp1250", "USD")


def test_an_order_of_dates_that_is_said_overrules_what_the_file_tells(store: Store, folder: Path) -> None:
    rows = [shopify_row(Created_at="03/04/2026 10:00"), shopify_row(Name="#2", Created_at="31/03/2026 10:00")]
    said = run(store, written(folder, csv_file(rows)), **{"--date-order": "mdy"})
    assert said.status == 1
    assert "Line 3, Created at, '31/03/2026 10:00'" in said.out


def test_what_was_typed_is_told_and_the_files_can_be_taken(cast: Cast, store: Store, folder: Path) -> None:
    file = written(folder, csv_file([shopify_row()]))
    run(store, file)
    customer = Customer.objects.get()
    actions.change_customer(customer=customer, name="Mari", email=customer.email, by=cast.merchant)
    said = run(store, file)
    assert "#1001, line 2, Customer's name: typed Mari, in the file María García" in said.out
    assert "Customer's name (1): stays; --take-file customer_name takes the file's." in said.out
    assert Customer.objects.get().name == "Mari"
    by_assistant = {"--by": cast.assistant.user.email, "--take-file": "customer_name"}
    refused = run(store, file, **by_assistant)
    assert (refused.status, "A merchant may choose" in refused.err) == (2, True)
    taken = run(store, file, **{"--take-file": "customer_name"})
    assert "Customer's name (1): the file's is taken." in taken.out
    assert Customer.objects.get().name == "María García"


def test_rows_refused_while_saving_are_told_with_status_1(
    cast: Cast, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(store, written(folder, csv_file([shopify_row(), shopify_row(Name="#2")])))
    content = b"Store order,AliExpress order number\n#1001,8201447122035519\n#9,8201447122035520\n"
    whole = import_actions.save_import

    def somebody_is_quicker(**options: Any) -> None:
        bought = SupplierOrder.objects.create(team=cast.team, number="8201447122035519")
        actions.match_supplier_order(supplier_order=bought, store=store, number="#2", by=cast.merchant)
        whole(**options)

    monkeypatch.setattr(import_actions, "save_import", somebody_is_quicker)
    bad = folder / "bad.csv"
    said = run(store, written(folder, content), **{"--bad-rows": str(bad)})
    assert said.status == 1
    before, after = said.out.split("Saved.")
    assert "Line 3" in before
    assert "Line 2" not in before
    assert "Refused while saving, because something changed meanwhile:" in after
    assert (
        "Line 2, AliExpress order number, '8201447122035519': This AliExpress order already belongs" in after
    )
    assert "Line 3" not in after
    assert "#1001" in bad.read_text(encoding="utf-8")


def test_a_number_that_belongs_to_another_order_is_told(store: Store, folder: Path) -> None:
    notes = "AliExpress 8201447122035519"
    rows = [shopify_row(Notes=notes), shopify_row(Name="#2", Notes=notes)]
    said = run(store, written(folder, csv_file(rows)))
    assert said.status == 0
    assert "Line 3, #2, 8201447122035519: This AliExpress order already belongs to order #1001." in said.out


def test_standard_input_is_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(csv_file([shopify_row()]))))
    assert run(store, "-").status == 0
    assert StoreOrder.objects.count() == 1


BOOK: dict[str, list[list[object]]] = {
    "May": [list(shopify_row()), list(shopify_row().values())],
    "June": [list(shopify_row()), list(shopify_row(Name="#2").values())],
    "Old": [list(shopify_row()), list(shopify_row(Name="#3").values())],
}


def test_the_sheet_of_a_workbook_that_is_named_is_read(store: Store, folder: Path) -> None:
    file = written(folder, workbook(BOOK, hidden={"Old"}), "orders.xlsx")
    for number, sheet in (("#2", "June"), ("#3", "Old")):
        said = run(store, file, **{"--sheet": sheet})
        assert (said.status, said.err) == (0, "")
        assert f"- Only the sheet “{sheet}” is read." in said.out
        assert StoreOrder.objects.latest("pk").number == number
    said = run(store, file)
    assert "- Only the sheet “May” is read." in said.out
    assert StoreOrder.objects.count() == 3
    alone = run(store, written(folder, workbook({"May": BOOK["May"]})))
    assert "sheet" not in alone.out, "of one nothing need be said"


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.django_db(transaction=True)
def test_a_sheet_that_is_not_there_is_refused_with_status_2(folder: Path, options: tuple[str, ...]) -> None:
    store = make_store(make_member(make_team()).team)
    before = kept_files()
    for content, known in ((workbook(BOOK, hidden={"Old"}), "May, June"), (csv_file([shopify_row()]), "–")):
        said = run(store, written(folder, content), *options, **{"--sheet": "july"})
        assert (said.status, said.out) == (2, "")
        assert f"There is no sheet “july” in this file. Its sheets: {known}" in said.err
    assert not Import.objects.exists()
    assert kept_files() == before


def test_the_buyer_account_is_found_by_its_label(cast: Cast, store: Store, folder: Path) -> None:
    account = make_buyer_account(cast.team, "Main")
    assert run(store, written(folder, csv_file([ali_row()])), **{"--buyer-account": "main"}).status == 0
    assert SupplierOrder.objects.get().buyer_account == account


# --- Who and where ---


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--team", "no-such", "There is no team no-such."),
        ("--store", "Casa Sol", "There is no store “Casa Sol”. The team's stores: Casa Luna"),
        ("--buyer-account", "x", "There is no AliExpress account “x”. The team's accounts: –"),
        ("--by", "x@example.com", "x@example.com is no member of this team."),
        ("--currency", "ZZZ", "ZZZ is not a currency code."),
        ("--time-zone", "Mars/One", "Select a valid choice."),
        ("--take-file", "no_such", "There is no field no_such to take from the file."),
    ],
)
def test_an_option_that_names_nothing_known_is_refused_before_anything_is_read(
    store: Store, folder: Path, option: str, value: str, sentence: str
) -> None:
    said = run(store, written(folder, csv_file([shopify_row()])), **{option: value})
    assert said.status == 2
    assert sentence in said.err
    assert not Import.objects.exists()


def test_a_file_that_is_not_there_is_refused(store: Store, folder: Path) -> None:
    assert run(store, folder / "none.csv").status == 2
    assert run(store, folder).status == 2


def test_another_teams_store_is_not_found(other_cast: Cast, store: Store, folder: Path) -> None:
    said = run(store, written(folder, csv_file([shopify_row()])), **{"--team": other_cast.team.slug})
    assert said.status == 2


def test_it_is_done_in_the_name_of_a_member(cast: Cast, store: Store, folder: Path) -> None:
    rows = csv_file([shopify_row(Email="maria.example.com", Notes="zoe@example.org"), shopify_row(Name="#2")])
    bad = folder / "bad.csv"
    options = {"--by": cast.assistant.user.email.upper(), "--bad-rows": str(bad)}
    said = run(store, written(folder, rows), **options)
    assert Import.objects.get().uploaded_by == cast.assistant
    for shown in (said.out, bad.read_text(encoding="utf-8")):
        assert "maria.example" not in shown
        assert "zoe@" not in shown
    assert run(store, written(folder, rows), **{"--by": cast.reviewer.user.email}).status == 2


def test_a_team_without_a_merchant_asks_for_a_name(folder: Path, db: None) -> None:
    team = make_team()
    make_member(team, Role.ASSISTANT)
    said = run(make_store(team), written(folder, csv_file([shopify_row()])))
    assert (said.status, "--by" in said.err) == (2, True)


def test_it_speaks_spanish_in_a_spanish_shell(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "es_ES.UTF-8")
    said = run(
        store, written(folder, csv_file([shopify_row(Total="NaN")])), **{"--bad-rows": str(folder / "b")}
    )
    assert "No es un importe." in said.out
    assert "Guardado." in said.out
    assert "Qué está mal" in (folder / "b").read_text(encoding="utf-8")


# --- With workers, terminals and failures about ---


def test_a_worker_that_was_quicker_is_waited_for(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker has the file first; it finishes while the command looks again."""
    slept = []

    def worker_finishes(seconds: float) -> None:
        slept.append(seconds)
        Import.objects.update(claimed_until=None)

    whole = import_runs.read_file

    def beaten(import_id: int) -> None:
        if not slept:
            Import.objects.filter(pk=import_id).update(
                state=Import.State.READING, claimed_until=timezone.now() + timedelta(minutes=1)
            )
        whole(import_id)

    monkeypatch.setattr(import_runs, "read_file", beaten)
    monkeypatch.setattr(time, "sleep", worker_finishes)
    assert run(store, written(folder, csv_file([shopify_row()]))).status == 0
    assert slept
    assert StoreOrder.objects.count() == 1


def test_a_failure_is_no_bad_row(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(import_runs, "hold_against_database", broken)
    said = run(store, written(folder, csv_file([shopify_row()])))
    assert said.status == 3
    assert "disk" in said.err


def test_an_import_that_was_killed_while_saving_is_gone_on_with(
    cast: Cast, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "ORDERS_PER_BATCH", 10)
    content = shopify_csv(orders=35, start=START)
    whole = merging.StoreOrderBatch.save
    saved: list[merging.StoreOrderBatch] = []

    class Killed(BaseException):
        pass

    def dying(batch: merging.StoreOrderBatch, **how: Any) -> None:
        if len(saved) == 2:
            raise Killed
        saved.append(batch)
        whole(batch, **how)

    with monkeypatch.context() as patched:
        patched.setattr(merging.StoreOrderBatch, "save", dying)
        with pytest.raises(Killed):
            run(store, written(folder, content))
    assert StoreOrder.objects.count() == 20
    Import.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    said = run(store, written(folder, content))
    assert said.status == 0
    assert "going on with it" in said.out
    assert "Saved. Orders: 35 new, 0 changed, 0 unchanged." in said.out
    assert Import.objects.count() == 1


def test_a_killed_import_is_gone_on_with_for_the_same_sheet_only(
    cast: Cast, store: Store, folder: Path
) -> None:
    content = workbook(BOOK)
    source = upload(content, store=store, by=cast.merchant)
    import_actions.answer_import(source=preview_of(source), answers={"sheet": "June"}, by=cast.merchant)
    import_actions.save_import(source=preview_of(source), by=cast.merchant)
    file = written(folder, content)
    for sheet in (None, "May"):
        said = run(store, file, *([] if sheet is None else ["--sheet", sheet]))
        assert "going on with it" not in said.out
    assert "going on with it" in run(store, file, **{"--sheet": "June"}).out
    assert set(StoreOrder.objects.values_list("number", flat=True)) == {"#1001", "#2"}


def test_a_killed_import_is_gone_on_with_for_the_same_reading_only(
    cast: Cast, store: Store, folder: Path
) -> None:
    content = csv_file([shopify_row()])
    source = upload(content, store=store, by=cast.merchant)
    import_actions.answer_import(source=preview_of(source), answers={"encoding": "cp1252"}, by=cast.merchant)
    import_actions.save_import(source=preview_of(source), by=cast.merchant)
    file = written(folder, content)
    assert "going on with it" not in run(store, file).out
    assert "going on with it" not in run(store, file, **{"--encoding": "utf-8"}).out
    assert "going on with it" in run(store, file, **{"--encoding": "cp1252"}).out


def preview_of(source: Import) -> Import:
    import_runs.read_file(source.pk)
    source.refresh_from_db()
    return source


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.django_db(transaction=True)
def test_a_terminal_sees_how_far_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store(make_member(make_team()).team)
    whole = import_runs.read_file

    def slow(import_id: int) -> None:
        Import.objects.filter(pk=import_id).update(progress_done=45, progress_total=100)
        time.sleep(0.5)
        whole(import_id)

    monkeypatch.setattr(import_runs, "read_file", slow)
    said = run(store, written(folder, csv_file([shopify_row()])), stderr=Terminal())
    assert "Reading the file: 45 %" in said.err


# --- As a real process ---


def _environment(folder: Path) -> dict[str, str]:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        database = f"sqlite:///{known['NAME']}"
    else:
        secret = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
        database = (
            f"postgres://{known['USER']}{secret}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"
        )
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "closedorders.settings",
        "DEPLOYMENT": "embedded",
        "DATABASE_URL": database,
        "DATA_DIR": str(folder / "data"),
        # Nobody listens there: a shell needs neither broker nor worker.
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LANG": "C.UTF-8",
    }


#: As `manage.py import_orders`, with small batches, so that there is a middle to be killed in.
_SMALL_BATCHES = """
import sys, django
django.setup()
from django.core.management import execute_from_command_line
from closedorders.imports import runs
runs.ORDERS_PER_BATCH = 10
execute_from_command_line(sys.argv)
"""


def _process(
    store: Store, file: str, folder: Path, *, small_batches: bool = False
) -> subprocess.Popen[bytes]:
    manage = ["-c", _SMALL_BATCHES] if small_batches else ["manage.py"]
    return subprocess.Popen(
        [sys.executable, *manage, "import_orders", file, "--team", store.team.slug, "--store", store.name],
        cwd=django_settings.BASE_DIR,
        env=_environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.django_db(transaction=True)
def test_the_exit_status_reaches_the_shell(folder: Path) -> None:
    store = make_store(make_member(make_team()).team)
    for content, status in (
        (csv_file([shopify_row()]), 0),
        (csv_file([shopify_row(Total="NaN")]), 1),
        (b"%PDF-1.7\n", 2),
    ):
        process = _process(store, "-", folder)
        _, err = process.communicate(content, timeout=180)
        assert process.returncode == status, err.decode()
    assert StoreOrder.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_and_run_again_ends_as_if_nothing_had_happened(folder: Path) -> None:
    store = make_store(make_member(make_team()).team)
    content = shopify_csv(orders=2_000, start=START)
    file = written(folder, content)
    process = _process(store, str(file), folder, small_batches=True)
    deadline = time.monotonic() + 180
    while not (saved := StoreOrder.objects.count()):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert 0 < saved < 2_000
    assert StoreOrder.objects.count() < 2_000, "killed too late to prove anything"

    again = _process(store, str(file), folder)
    _, err = again.communicate(timeout=180)
    assert again.returncode == 0, err.decode()
    disturbed = everything()
    StoreOrder.objects.all().delete()
    Customer.objects.all().delete()
    SupplierOrder.objects.all().delete()
    import_file(content, store=store, by=Membership.objects.get())
    assert everything() == disturbed
