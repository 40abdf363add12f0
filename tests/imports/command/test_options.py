"""What the options of `manage.py import_orders` name: how to read the file, and in whose name."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from closedorders.accounts.models import AuditEvent, Role
from closedorders.imports.models import Import
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import make_buyer_account, make_member, make_store, make_team
from tests.imports.command.shell import run, stored_files, written
from tests.imports.files import ali_row, csv_file, shopify_row
from tests.orderfiles.workbooks import workbook


def test_assumptions_are_printed(store: Store, folder: Path) -> None:
    outcome = run(
        store, written(folder, csv_file([shopify_row(Billing_Name="Íñigo")]).decode().encode("cp1252"))
    )
    assert "- The text is read as cp1252." in outcome.out


def test_options_set_how_the_file_is_read(store: Store, folder: Path) -> None:
    row = shopify_row(Billing_Name="Łucja", Currency="", Created_at="2026-10-07 09:50")
    content = csv_file([row]).decode().replace(",", "|").encode("cp1250")
    options = {"--encoding": "cp1250", "--delimiter": "bar", "--currency": "usd", "--time-zone": "Asia/Tokyo"}
    outcome = run(store, written(folder, content), **options)
    assert (outcome.status, outcome.err) == (0, "")
    order = StoreOrder.objects.select_related("customer").get()
    assert (order.customer.name, order.currency) == ("Łucja", "USD")
    assert order.placed_at == datetime(2026, 10, 7, 0, 50, tzinfo=UTC)
    event = AuditEvent.objects.get(verb="import_uploaded")
    assert (event.after["encoding"], event.after["default_currency"]) == ("cp1250", "USD")


def test_the_date_order_option_overrides_the_one_found_in_the_file(store: Store, folder: Path) -> None:
    rows = [shopify_row(Created_at="03/04/2026 10:00"), shopify_row(Name="#2", Created_at="31/03/2026 10:00")]
    outcome = run(store, written(folder, csv_file(rows)), **{"--date-order": "mdy"})
    assert outcome.status == 1
    assert "Line 3, Created at, '31/03/2026 10:00'" in outcome.out


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
        outcome = run(store, file, **{"--sheet": sheet})
        assert (outcome.status, outcome.err) == (0, "")
        assert f"- Only the sheet “{sheet}” is read." in outcome.out
        assert StoreOrder.objects.latest("pk").number == number
    outcome = run(store, file)
    assert "- Only the sheet “May” is read." in outcome.out
    assert StoreOrder.objects.count() == 3
    alone = run(store, written(folder, workbook({"May": BOOK["May"]})))
    assert "sheet" not in alone.out, "of one nothing need be said"


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.django_db(transaction=True)
def test_a_sheet_that_is_not_there_is_refused_with_status_2(folder: Path, options: tuple[str, ...]) -> None:
    store = make_store(make_member(make_team()).team)
    before = stored_files()
    for content, known in ((workbook(BOOK, hidden={"Old"}), "May, June"), (csv_file([shopify_row()]), "–")):
        outcome = run(store, written(folder, content), *options, **{"--sheet": "july"})
        assert (outcome.status, outcome.out) == (2, "")
        assert f"There is no sheet “july” in this file. Its sheets: {known}" in outcome.err
    assert not Import.objects.exists()
    assert stored_files() == before


def test_the_buyer_account_is_found_by_its_label(cast: Cast, store: Store, folder: Path) -> None:
    account = make_buyer_account(cast.team, "Main")
    assert run(store, written(folder, csv_file([ali_row()])), **{"--buyer-account": "main"}).status == 0
    assert SupplierOrder.objects.get().buyer_account == account


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--team", "no-such", "There is no team no-such."),
        ("--store", "Casa Sol", "There is no store “Casa Sol”. The team's stores: Casa Luna"),
        ("--buyer-account", "x", "There is no AliExpress account “x”. The team's accounts: –"),
        ("--by", "x@example.com", "x@example.com is no member of this team."),
        ("--currency", "ZZZ", "ZZZ is not a currency code."),
        ("--time-zone", "Mars/One", "Select a valid choice."),
    ],
)
def test_an_option_that_names_nothing_known_is_refused_before_anything_is_read(
    store: Store, folder: Path, option: str, value: str, sentence: str
) -> None:
    outcome = run(store, written(folder, csv_file([shopify_row()])), **{option: value})
    assert outcome.status == 2
    assert sentence in outcome.err
    assert not Import.objects.exists()


def test_a_file_that_is_not_there_is_refused(store: Store, folder: Path) -> None:
    assert run(store, folder / "none.csv").status == 2
    assert run(store, folder).status == 2


def test_another_teams_store_is_not_found(other_cast: Cast, store: Store, folder: Path) -> None:
    outcome = run(store, written(folder, csv_file([shopify_row()])), **{"--team": other_cast.team.slug})
    assert outcome.status == 2


def test_it_is_done_in_the_name_of_a_member(cast: Cast, store: Store, folder: Path) -> None:
    rows = csv_file([shopify_row(Email="maria.example.com", Notes="zoe@example.org"), shopify_row(Name="#2")])
    bad = folder / "bad.csv"
    options = {"--by": cast.assistant.user.email.upper(), "--bad-rows": str(bad)}
    outcome = run(store, written(folder, rows), **options)
    assert Import.objects.get().uploaded_by == cast.assistant
    for shown in (outcome.out, bad.read_text(encoding="utf-8")):
        assert "maria.example" not in shown
        assert "zoe@" not in shown
    assert run(store, written(folder, rows), **{"--by": cast.reviewer.user.email}).status == 2


def test_a_team_without_a_merchant_asks_for_a_name(folder: Path, db: None) -> None:
    team = make_team()
    make_member(team, Role.ASSISTANT)
    outcome = run(make_store(team), written(folder, csv_file([shopify_row()])))
    assert (outcome.status, "--by" in outcome.err) == (2, True)


def test_it_speaks_spanish_in_a_spanish_shell(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "es_ES.UTF-8")
    outcome = run(
        store, written(folder, csv_file([shopify_row(Total="NaN")])), **{"--bad-rows": str(folder / "b")}
    )
    assert "No es un importe." in outcome.out
    assert "Guardado." in outcome.out
    assert "Qué está mal" in (folder / "b").read_text(encoding="utf-8")
