from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Role
from closedorders.closures import actions
from closedorders.closures.actions import log_closures
from closedorders.closures.actions.log import LogResult
from closedorders.closures.models import Closure, Incident
from closedorders.core.refusals import Refused
from closedorders.incidents.actions import end_incident
from closedorders.orders.actions.stubs import ensure_buyer_account, ensure_supplier_orders
from closedorders.orders.models import BuyerAccount, SupplierOrder
from tests.cast import Cast
from tests.closures.logs import NUMBERS, log
from tests.factories import make_buyer_account, make_member, make_supplier_order, make_team, reason


def test_forty_numbers_become_forty_closures_of_one_new_incident(cast: Cast) -> None:
    known = make_supplier_order(cast.team, number=NUMBERS[0])
    result = log(cast, NUMBERS)
    assert result.incident is not None
    assert result.incident.number == 1
    assert result.incident.cause == reason()
    assert len(result.logged) == 40
    assert result.stubs == NUMBERS[1:]
    assert result.incident.closures.open().count() == 40
    known.refresh_from_db()
    assert known.buyer_account == result.incident.buyer_account
    assert known.cost == Decimal("12.90")


def test_the_queries_of_a_log_do_not_grow_with_the_numbers(cast: Cast) -> None:
    account = make_buyer_account(cast.team)
    # So many that they are a storm by now: the first log that makes it one notes it.
    log(cast, [f"820144712203999{n}" for n in range(6)], buyer_account=account)
    with CaptureQueriesContext(connection) as few:
        log(cast, NUMBERS[:2], buyer_account=account)
    with CaptureQueriesContext(connection) as many:
        log(cast, NUMBERS[2:], buyer_account=account)
    assert len(many) == len(few)
    assert len(few) < 25


def test_orders_that_are_closed_already_are_listed_and_not_logged_twice(cast: Cast) -> None:
    first = log(cast, NUMBERS[:3])
    again = log(cast, NUMBERS[:4])
    assert [closure.supplier_order.number for closure in again.already] == NUMBERS[:3]
    assert [closure.supplier_order.number for closure in again.logged] == [NUMBERS[3]]
    assert first.incident != again.incident
    nothing = log(cast, NUMBERS[:2])
    assert nothing.incident is None
    assert nothing.logged == []
    assert Incident.objects.count() == 2


def test_a_log_joins_the_open_incident_of_the_account_and_numbers_count_up(cast: Cast) -> None:
    account = make_buyer_account(cast.team)
    first = log(cast, NUMBERS[:1], buyer_account=account, reason=None).incident
    assert first is not None
    assert first.cause is None
    second = log(cast, NUMBERS[1:2], buyer_account=account).incident
    assert second == first
    assert second is not None
    assert second.cause == reason()
    end_incident(incident=first, by=cast.merchant)
    third = log(cast, NUMBERS[2:3], buyer_account=account).incident
    assert third is not None
    assert third.number == 2


def test_each_team_counts_its_own_incidents(cast: Cast, other_cast: Cast) -> None:
    log(cast, NUMBERS[:1])
    result = log(other_cast, NUMBERS[:1])
    assert result.incident is not None
    assert result.incident.number == 1
    assert len(result.logged) == 1


def test_an_order_of_another_account_is_logged_and_named(cast: Cast) -> None:
    elsewhere = make_buyer_account(cast.team)
    order = make_supplier_order(cast.team, number=NUMBERS[0], buyer_account=elsewhere)
    result = log(cast, NUMBERS[:2])
    assert result.elsewhere == [order]
    order.refresh_from_db()
    assert order.buyer_account == elsewhere


@pytest.mark.parametrize("bad", ["123", "820144712203551A", "8" * 21, "８" * 16])
def test_what_is_no_number_is_left_out(cast: Cast, bad: str) -> None:
    result = log(cast, [bad, NUMBERS[0]])
    assert result.invalid == [bad]
    assert len(result.logged) == 1


def test_a_log_is_refused_in_the_future_with_a_foreign_reason_or_account(
    cast: Cast, other_cast: Cast
) -> None:
    with pytest.raises(Refused, match="future"):
        log(cast, NUMBERS, closed_at=timezone.now() + timedelta(hours=1))
    theirs = actions.add_reason(team=other_cast.team, name="Strike", by=other_cast.merchant)
    with pytest.raises(Refused, match="another team"):
        log(cast, NUMBERS, reason=theirs)
    with pytest.raises(Refused, match="another team"):
        log(cast, NUMBERS, buyer_account=make_buyer_account(other_cast.team))
    with pytest.raises(Refused, match="too many"):
        log(cast, [f"{8_201_447_122_030_000 + n}" for n in range(501)])
    assert not Closure.objects.exists()


def test_a_log_that_is_refused_or_empty_makes_no_buyer_account(cast: Cast) -> None:
    own = actions.add_reason(team=cast.team, name="Strike", by=cast.merchant)
    actions.retire_reason(reason=own, by=cast.merchant)
    own.refresh_from_db()
    with pytest.raises(Refused, match="no longer in use"):
        log(cast, NUMBERS, buyer_account="Main", reason=own)
    with pytest.raises(Refused, match="future"):
        log(cast, NUMBERS, buyer_account="Main", closed_at=timezone.now() + timedelta(hours=1))
    assert log(cast, ["123"], buyer_account="Main").invalid == ["123"]
    assert not BuyerAccount.objects.exists()
    result = log(cast, NUMBERS, buyer_account=" main  ")
    assert result.incident is not None
    assert result.incident.buyer_account.label == "main"


def test_a_log_leaves_a_line_per_closure_and_one_for_the_incident(cast: Cast) -> None:
    result = log(cast, NUMBERS[:2], words="Closed for security reasons")
    assert result.incident is not None
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs.count("closure_logged") == 2
    assert verbs.count("closures_logged") == 1
    event = AuditEvent.objects.about(result.logged[0]).get()
    assert event.actor == cast.assistant.user
    assert event.after == {"reason": "fraud_review", "incident": 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False], ids=["known orders", "stubs"])
def test_people_who_log_the_same_numbers_at_once_log_them_once(known: bool) -> None:
    team = make_team()
    member, account = make_member(team, Role.ASSISTANT), make_buyer_account(team)
    for number in NUMBERS if known else []:
        make_supplier_order(team, number=number, buyer_account=account)
    start = threading.Barrier(5)
    results: list[LogResult] = []
    mishaps: list[BaseException] = []

    def paste() -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=10)
            results.append(
                log_closures(team=team, numbers=NUMBERS, reason=None, buyer_account=account, by=member)
            )
        except BaseException as mishap:
            mishaps.append(mishap)
        finally:
            connections.close_all()

    people = [threading.Thread(target=paste) for _ in range(5)]
    for person in people:
        person.start()
    for person in people:
        person.join(timeout=30)
    assert mishaps == []
    assert sorted(len(result.logged) for result in results) == [0, 0, 0, 0, 40]
    assert sorted(len(result.already) for result in results) == [0, 40, 40, 40, 40]
    assert Closure.objects.count() == 40
    assert Incident.objects.count() == 1


def test_stubs_are_made_once_and_keep_what_is_known(cast: Cast) -> None:
    account, other = make_buyer_account(cast.team), make_buyer_account(cast.team)
    known = make_supplier_order(cast.team, number=NUMBERS[0], buyer_account=other)
    for _attempt in range(2):
        orders = ensure_supplier_orders(
            team=cast.team, numbers=[*NUMBERS[:3], NUMBERS[1]], buyer_account=account, by=cast.assistant
        )
    assert list(orders) == NUMBERS[:3]
    assert orders[NUMBERS[0]] == known
    assert orders[NUMBERS[0]].buyer_account == other
    assert orders[NUMBERS[1]].is_stub
    assert SupplierOrder.objects.count() == 3


def test_a_buyer_account_named_twice_is_one(cast: Cast) -> None:
    first = ensure_buyer_account(team=cast.team, label=" Main  account", by=cast.assistant)
    assert first.label == "Main account"
    assert ensure_buyer_account(team=cast.team, label="main ACCOUNT", by=cast.assistant) == first
