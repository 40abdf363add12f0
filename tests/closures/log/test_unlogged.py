from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.closures.logs.unlogged import unlogged
from closedorders.closures.models import Closure, ClosureLog, Incident
from closedorders.imports.models import Import
from closedorders.orders.models import BuyerAccount, SupplierOrder
from tests.cast import Cast
from tests.closures.pages import SignIn, url, words
from tests.factories import make_buyer_account, make_store, make_supplier_order, reason

QUESTION = "look closed and are not logged"


def closed_orders(
    cast: Cast, count: int, account: BuyerAccount | None = None, **fields: str
) -> list[SupplierOrder]:
    words_of: dict[str, Any] = {"status_code": "closed", "status": "Closed"} | fields
    return [make_supplier_order(cast.team, buyer_account=account, **words_of) for _ in range(count)]


def today(cast: Cast, client_of: SignIn, member: Membership | None = None) -> str:
    return words(client_of(member or cast.merchant).get(cast.team.get_absolute_url()))


def test_today_says_all_quiet_only_when_no_closed_order_is_unlogged(cast: Cast, client_of: SignIn) -> None:
    Import.objects.create(
        team=cast.team,
        store=make_store(cast.team),
        uploaded_by=cast.merchant,
        file_name="orders.csv",
        size=1,
        sha256="0" * 64,
        state=Import.State.COMMITTED,
        finished_at=timezone.now(),
    )
    assert "All quiet" in today(cast, client_of)
    closed_orders(cast, 3, make_buyer_account(cast.team, "Main"))
    assert QUESTION in today(cast, client_of)
    assert "All quiet" not in today(cast, client_of)
    assert "3 of account “Main”" in today(cast, client_of)
    assert QUESTION not in today(cast, client_of, cast.reviewer)
    SupplierOrder.objects.update(closure_logged=True)
    assert QUESTION not in today(cast, client_of)
    assert "All quiet" in today(cast, client_of)


def test_all_of_them_are_logged_in_one_step_each_for_its_own_account(cast: Cast, client_of: SignIn) -> None:
    main, second = make_buyer_account(cast.team, "Main"), make_buyer_account(cast.team, "Second")
    of_main, of_second, nowhere = (
        closed_orders(cast, n, account) for n, account in ((3, main), (2, second), (1, None))
    )
    newest = unlogged(cast.team).newest
    later = closed_orders(cast, 1, main)
    page = client_of(cast.assistant).post(
        url(cast, "unlogged"),
        {"reason": "not_sure", "account": str(second.pk), "newest": str(newest)},
        follow=True,
    )
    assert "6 closures logged" in words(page)
    incidents = {incident.buyer_account: incident for incident in Incident.objects.all()}
    assert set(incidents) == {main, second}
    assert {c.supplier_order for c in incidents[main].closures.all()} == set(of_main)
    assert {c.supplier_order for c in incidents[second].closures.all()} == {*of_second, *nowhere}
    assert Closure.objects.filter(source=Closure.Source.IMPORTED, reason=None).count() == 6
    # What came since the person looked is offered the next time.
    assert list(SupplierOrder.objects.looks_closed()) == later


def test_the_account_of_orders_without_one_is_made_in_place(cast: Cast, client_of: SignIn) -> None:
    closed_orders(cast, 2)
    page = client_of(cast.merchant).post(
        url(cast, "unlogged"),
        {"reason": "travel", "new_account": "Main", "newest": str(unlogged(cast.team).newest)},
        follow=True,
    )
    assert "2 closures logged" in words(page)
    assert Incident.objects.get().cause == reason("travel")
    assert BuyerAccount.objects.get().label == "Main"


def test_without_an_account_nothing_is_logged_and_the_page_says_why(cast: Cast, client_of: SignIn) -> None:
    closed_orders(cast, 1)
    page = client_of(cast.merchant).post(
        url(cast, "unlogged"), {"reason": "travel", "newest": "999999999"}, follow=True
    )
    assert "Choose the AliExpress account" in words(page)
    assert not Closure.objects.exists()
    assert not ClosureLog.objects.exists()


def test_logging_them_twice_finds_nothing_the_second_time(cast: Cast, client_of: SignIn) -> None:
    closed_orders(cast, 2, make_buyer_account(cast.team))
    client = client_of(cast.merchant)
    data = {"reason": "not_sure", "newest": str(unlogged(cast.team).newest)}
    client.post(url(cast, "unlogged"), data)
    assert "All of these orders are logged by now" in words(
        client.post(url(cast, "unlogged"), data, follow=True)
    )
    assert Closure.objects.count() == 2


def test_what_was_cancelled_from_the_own_account_was_not_closed_by_aliexpress(cast: Cast) -> None:
    closed_orders(cast, 1, status="FINISH (buyer_cancel_order)", status_code="cancelled")
    closed_orders(cast, 1, status="Canceled", status_code="cancelled")
    closed_orders(cast, 1, status="FINISH (risk_reject_closed)")
    assert unlogged(cast.team).count == 2


def test_orders_of_another_team_are_neither_counted_nor_logged(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    closed_orders(other_cast, 2, make_buyer_account(other_cast.team))
    assert unlogged(cast.team).count == 0
    client_of(cast.merchant).post(url(cast, "unlogged"), {"reason": "not_sure", "newest": "999999999"})
    assert not Closure.objects.exists()


def test_today_costs_the_same_queries_for_two_and_for_fifty_unlogged_orders(
    cast: Cast, client_of: SignIn
) -> None:
    closed_orders(cast, 2, make_buyer_account(cast.team))
    client = client_of(cast.merchant)
    client.get(cast.team.get_absolute_url())
    with CaptureQueriesContext(connection) as few:
        client.get(cast.team.get_absolute_url())
    for _ in range(6):
        closed_orders(cast, 8, make_buyer_account(cast.team))
    with CaptureQueriesContext(connection) as many:
        client.get(cast.team.get_absolute_url())
    assert len(many) == len(few)
