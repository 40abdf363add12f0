from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from closedorders.closures import tasks
from closedorders.closures.actions import log_closures, storms
from closedorders.closures.models import Closure, ClosureLog, Incident
from closedorders.imports.models import Import
from closedorders.orders.models import BuyerAccount, Store, SupplierOrder
from closedorders.risk.checklist import red_causes
from closedorders.risk.models import Confirmation
from tests.cast import Cast
from tests.closures.logs import NUMBERS, log
from tests.closures.pages import SignIn, words
from tests.factories import make_buyer_account, make_store, make_supplier_order, reason
from tests.imports.files import ali_row, csv_file, import_file


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team)


@pytest.fixture
def account(cast: Cast) -> BuyerAccount:
    return make_buyer_account(cast.team, "Main")


def storm_of(cast: Cast) -> Incident:
    return Incident.objects.get(team=cast.team)


def closing_file(cast: Cast, store: Store, account: BuyerAccount, count: int, **cells: str) -> Import:
    rows = [ali_row(Order_ID=NUMBERS[n], Status="Closed", **cells) for n in range(count)]
    return import_file(csv_file(rows), store=store, by=cast.assistant, account=account)


def test_a_log_of_as_many_closures_as_the_team_calls_a_storm_is_one(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    log(cast, NUMBERS[:4], buyer_account=account)
    assert storm_of(cast).storm_at is None
    log(cast, [NUMBERS[4]], buyer_account=account)
    assert storm_of(cast).storm_size == 5
    text = words(client_of(cast.merchant).get(cast.team.get_absolute_url()))
    assert "Storm: 5 orders of account “Main” were closed within 6 h." in text


def test_closures_further_apart_than_the_hours_of_a_storm_are_none(cast: Cast, account: BuyerAccount) -> None:
    now = timezone.now()
    log(cast, NUMBERS[:4], buyer_account=account, closed_at=now - timedelta(hours=7))
    log(cast, NUMBERS[4:8], buyer_account=account, closed_at=now)
    assert storm_of(cast).storm_at is None
    # Logged later, closed between: within six hours of both.
    log(cast, [NUMBERS[8]], buyer_account=account, closed_at=now - timedelta(hours=2))
    assert storm_of(cast).storm_size == 5


def test_the_team_sets_how_many_and_within_how_many_hours(cast: Cast, account: BuyerAccount) -> None:
    cast.team.storm_closures, cast.team.storm_hours = 2, 24
    cast.team.save()
    now = timezone.now()
    log(cast, NUMBERS[:1], buyer_account=account, closed_at=now - timedelta(hours=20))
    log(cast, NUMBERS[1:2], buyer_account=account, closed_at=now)
    assert storm_of(cast).storm_size == 2


def test_the_cause_is_proposed_from_aliexpresss_words_and_a_merchant_sets_it(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    log(cast, NUMBERS[:5], buyer_account=account, reason=None, words="Error CSC_7200011")
    incident = storm_of(cast)
    assert (incident.proposed_cause, incident.proposed_from) == (reason("card_check"), "words")
    page = words(client_of(cast.merchant).get(incident.get_absolute_url()))
    assert "AliExpress's words point to: Card failed its check" in page
    assert "Set this as the cause" in page
    assert "Set this as the cause" not in words(client_of(cast.assistant).get(incident.get_absolute_url()))


def test_where_the_words_say_nothing_what_is_red_in_the_checklist_is_proposed(
    cast: Cast, account: BuyerAccount
) -> None:
    Confirmation.objects.create(
        team=cast.team,
        check_code="travel",
        answer="not_fine",
        by=cast.merchant,
        expires_at=timezone.now() + timedelta(days=3),
    )
    assert red_causes(cast.team) == ["travel"]
    log(cast, NUMBERS[:5], buyer_account=account, reason=None, words="Rejected by risk control")
    incident = storm_of(cast)
    assert (incident.proposed_cause, incident.proposed_from) == (reason("travel"), "checklist")


def test_nothing_is_proposed_where_a_person_has_said_the_cause(cast: Cast, account: BuyerAccount) -> None:
    log(cast, NUMBERS[:5], buyer_account=account, words="Error CSC_7200011")
    assert storm_of(cast).proposed_cause is None


def test_an_import_in_which_a_storm_closed_known_orders_logs_them_and_says_so_on_today(
    cast: Cast, store: Store, account: BuyerAccount, client_of: SignIn
) -> None:
    for number in NUMBERS[:6]:
        make_supplier_order(
            cast.team,
            number=number,
            buyer_account=account,
            status="Awaiting shipment",
            status_code="awaiting_shipment",
        )
    closing_file(cast, store, account, 6)
    assert not Incident.objects.exists()
    job = ClosureLog.objects.get()
    assert job.by_itself
    tasks.run_log(job.pk)
    incident = storm_of(cast)
    assert incident.opened_by_itself
    assert incident.closures.filter(source=Closure.Source.IMPORTED, logged_by=cast.assistant).count() == 6
    text = words(client_of(cast.merchant).get(cast.team.get_absolute_url()))
    assert "Storm: 6 orders of account “Main”" in text
    assert "An import found them" in text


def test_an_old_file_or_a_few_closures_are_offered_and_open_nothing(
    cast: Cast, store: Store, account: BuyerAccount
) -> None:
    # New to us and placed long ago: nobody knows when they were closed.
    closing_file(cast, store, account, 10, Order_Date="Feb 21, 2026")
    assert SupplierOrder.objects.looks_closed().count() == 10
    assert not ClosureLog.objects.exists()


def test_an_import_that_finds_fewer_than_a_storm_opens_nothing(
    cast: Cast, store: Store, account: BuyerAccount
) -> None:
    for number in NUMBERS[:4]:
        make_supplier_order(
            cast.team, number=number, buyer_account=account, status="Shipped", status_code="shipped"
        )
    closing_file(cast, store, account, 4)
    assert SupplierOrder.objects.looks_closed().count() == 4
    assert not ClosureLog.objects.exists()


def test_a_storm_is_noted_once_and_grows(cast: Cast, account: BuyerAccount) -> None:
    log(cast, NUMBERS[:5], buyer_account=account)
    first = storm_of(cast).storm_at
    log(cast, NUMBERS[5:9], buyer_account=account)
    incident = storm_of(cast)
    assert (incident.storm_size, incident.storm_at) == (9, first)


def test_a_proposer_registered_twice_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storms, "_PROPOSERS", [])
    storms.register_proposer(red_causes)
    storms.register_proposer(red_causes)
    assert len(storms._PROPOSERS) == 1


def test_a_storm_of_one_account_is_none_of_another(cast: Cast, account: BuyerAccount) -> None:
    other = make_buyer_account(cast.team, "Second")
    log_closures(team=cast.team, numbers=NUMBERS[:3], reason=None, buyer_account=account, by=cast.merchant)
    log_closures(team=cast.team, numbers=NUMBERS[3:6], reason=None, buyer_account=other, by=cast.merchant)
    assert not Incident.objects.exclude(storm_at=None).exists()
