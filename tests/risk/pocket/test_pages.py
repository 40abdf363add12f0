"""Pocket credit on its page: noted, counted, refused where it was not there, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount
from closedorders.risk.actions import note_pocket_entry, withdraw_pocket_entry
from closedorders.risk.models import PocketEntry
from closedorders.risk.pocket.reading import pockets
from tests.cast import Cast
from tests.factories import make_buyer_account, make_supplier_order

SignIn = Callable[[Membership | None], Client]


@pytest.fixture
def spending(cast: Cast) -> BuyerAccount:
    """An account that spent 9,000 dollars on one of the last 90 days: 100 an average day."""
    account = make_buyer_account(cast.team, "Pocket account")
    yesterday = timezone.now() - timedelta(days=1)
    make_supplier_order(
        cast.team, buyer_account=account, cost=Decimal(9_000), currency="USD", placed_at=yesterday
    )
    return account


def entry(
    account: BuyerAccount, by: Membership, amount: int, *, kind: str = "deposit", ago: int = 0
) -> PocketEntry:
    day = timezone.localdate() - timedelta(days=ago)
    return note_pocket_entry(
        account=account, kind=kind, amount=Decimal(amount), currency="USD", happened_on=day, by=by
    )


def test_the_planner_says_what_to_buy_and_counts_what_was_bought(
    cast: Cast, client_of: SignIn, spending: BuyerAccount
) -> None:
    client, path = client_of(cast.merchant), f"/t/{cast.team.slug}/risk/pocket/"
    assert "Buy $100.00 (1 × 100)" in client.get(path).content.decode()
    today = timezone.localdate().isoformat()
    form = {"buyer_account": spending.pk, "amount": "100", "currency": "usd", "happened_on": today}
    answer = client.post(path, {**form, "note_deposit": "1"}, follow=True)
    assert "An average day can be paid with credit" in answer.content.decode()
    found = PocketEntry.objects.get()
    assert found.expires_on is not None
    assert found.expires_on.year == found.happened_on.year + 3
    assert AuditEvent.objects.about(found).get().verb == "pocket_noted"
    answer = client.post(path, {**form, "amount": "40", "note_use": "1"}, follow=True)
    assert "Buy $40.00 (2 × 20)" in answer.content.decode()


def test_no_more_is_used_than_there_was_on_that_day(cast: Cast, spending: BuyerAccount) -> None:
    bought = entry(spending, cast.merchant, 50, ago=3)
    with pytest.raises(Refused, match="less credit"):
        entry(spending, cast.merchant, 60, kind="use")
    with pytest.raises(Refused, match="less credit"):
        entry(spending, cast.merchant, 10, kind="use", ago=4)
    used = entry(spending, cast.merchant, 50, kind="use")
    with pytest.raises(Refused, match="less credit"):
        withdraw_pocket_entry(entry=bought, by=cast.merchant)
    withdraw_pocket_entry(entry=used, by=cast.merchant)
    withdraw_pocket_entry(entry=bought, by=cast.merchant)
    assert not PocketEntry.objects.filter(withdrawn_at=None).exists()
    assert pockets(cast.team)[0].plan.held == 0


def test_credit_in_a_currency_that_the_account_does_not_pay_in_is_said(
    cast: Cast, client_of: SignIn, spending: BuyerAccount
) -> None:
    note_pocket_entry(
        account=spending,
        kind="deposit",
        amount=Decimal(50),
        currency="EUR",
        happened_on=timezone.localdate(),
        by=cast.merchant,
    )
    page = client_of(cast.merchant).get(f"/t/{cast.team.slug}/risk/pocket/").content.decode()
    assert "This account pays its orders in USD, and this credit is in EUR" in page


def test_only_a_merchant_notes_credit_and_never_of_a_day_to_come(cast: Cast, spending: BuyerAccount) -> None:
    with pytest.raises(Refused, match="merchant"):
        entry(spending, cast.assistant, 50)
    with pytest.raises(Refused, match="still to come"):
        entry(spending, cast.merchant, 50, ago=-2)


def test_the_page_asks_as_often_however_much_is_noted(
    cast: Cast, client_of: SignIn, spending: BuyerAccount
) -> None:
    client, path = client_of(cast.merchant), f"/t/{cast.team.slug}/risk/pocket/"

    def queries() -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        return len(asked)

    entry(spending, cast.merchant, 10)
    few = queries()
    other = make_buyer_account(cast.team, "Another")
    for at in range(60):
        entry(other if at % 2 else spending, cast.merchant, 10, ago=at)
    assert queries() == few


def test_calculators_answer_typed_figures_and_save_nothing(cast: Cast, client_of: SignIn) -> None:
    client, tools = client_of(cast.merchant), f"/t/{cast.team.slug}/tools"
    assert "figures" not in client.get(f"{tools}/pocket/").context
    answer = client.get(f"{tools}/pocket/", {"average": "121", "held": "95", "currency": "USD"})
    assert "Buy $40.00 (2 × 20)" in answer.content.decode()
    asked = {
        "customers": "200",
        "order_value": "40",
        "margin": "25",
        "code": "10",
        "redeemed": "20",
        "refund": "10",
    }
    answer = client.get(f"{tools}/apology/", {**asked, "gift": "2", "currency": "EUR"})
    assert "€1,360.00" in answer.content.decode()
    assert "68 % of what these orders leave you" in answer.content.decode()
    wrong = client.get(f"{tools}/apology/", {**asked, "customers": "0", "currency": "XXQ"})
    assert "figures" not in wrong.context
    assert "XXQ is not a currency code" in wrong.content.decode()
    assert not AuditEvent.objects.filter(verb="pocket_noted").exists()
