"""Ways to keep quiet: a snooze of one account, a known event, being away. The other two have tests of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount, SupplierOrder
from closedorders.risk.actions import note_known_event, set_away, snooze_account, withdraw_snooze
from closedorders.risk.alerts.noticing import unseen
from closedorders.risk.checklist import checklist, score_of
from closedorders.risk.checklist.history import take_snapshot
from closedorders.risk.facts import gather
from closedorders.risk.facts.quiet import even_out
from closedorders.risk.models import Alert, Away, KnownEvent, Snooze
from closedorders.risk.rules.base import KnownDays, State
from tests.cast import Cast
from tests.factories import make_buyer_account, make_supplier_order
from tests.risk.test_checklist import find, url, words

SignIn = Callable[[Membership | None], Client]
TODAY = date(2026, 11, 23)


def day(ahead: int) -> date:
    return timezone.localdate() + timedelta(days=ahead)


# One account


def test_an_account_that_is_snoozed_costs_no_points_until_it_gets_worse(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    SupplierOrder.objects.update(cost=Decimal(7_500))
    before = score_of(checklist(cast.team))
    client = client_of(cast.merchant)
    form = {"snooze": "1", "buyer_account": account.pk, "check_code": "fraud_review", "until": day(5)}
    page = client.post(url(cast, "quiet"), form, follow=True)
    assert "Quiet until the day is over" in words(page)
    assert score_of(checklist(cast.team)) == before + 13
    assert "“Main” is quiet until it gets worse." in find(cast, "fraud_review").text
    other = make_buyer_account(cast.team, "Spare", card_country="ES", ordering_place="Madrid")
    order = make_supplier_order(cast.team, buyer_account=other, cost=Decimal(8_000))
    assert find(cast, "fraud_review").state == State.WATCH
    order.delete()
    SupplierOrder.objects.update(cost=Decimal(9_500))
    assert find(cast, "fraud_review").state == State.ACT
    SupplierOrder.objects.update(cost=Decimal(7_500))
    assert "is quiet" not in find(cast, "fraud_review", timezone.now() + timedelta(days=6)).text
    snooze = Snooze.objects.get()
    for _ in range(2):
        client.post(url(cast, "snooze_withdrawal", snooze.pk))
    assert score_of(checklist(cast.team)) == before
    verbs = AuditEvent.objects.filter(verb__startswith="account_snooze").order_by("pk")
    assert [event.verb for event in verbs] == ["account_snoozed", "account_snooze_withdrawn"]


def test_there_must_be_something_to_snooze_and_an_end(cast: Cast, account: BuyerAccount) -> None:
    spare = make_buyer_account(cast.team, "Spare")
    with pytest.raises(Refused, match="nothing to keep quiet"):
        snooze_account(account=spare, check_code="fraud_review", until=day(1), by=cast.merchant)
    for ahead in (-1, 31):
        with pytest.raises(Refused, match="30 days ahead"):
            snooze_account(account=account, check_code="fraud_review", until=day(ahead), by=cast.merchant)


# A known event


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([100, 300, 200, 9_000], [100, 300, 200, 200]),
        # Never more than it was.
        ([100, 300, 200, 50], [100, 300, 200, 50]),
        # No other day to go by.
        ([0, 0, 0, 9_000], [0, 0, 0, 0]),
    ],
)
def test_a_known_day_counts_as_a_usual_one(values: list[int], expected: list[int]) -> None:
    even_out(1, values, [KnownDays("Promotion", None, TODAY, TODAY)], TODAY)
    assert values == expected


def test_a_known_day_of_another_account_or_another_time_changes_nothing() -> None:
    values = [100, 300, 200, 9_000]
    yesterday = TODAY - timedelta(days=1)
    for known in (
        KnownDays("Promotion", 2, TODAY, TODAY),
        KnownDays("Promotion", 1, yesterday, yesterday),
        KnownDays("Promotion", 1, TODAY + timedelta(days=1), TODAY + timedelta(days=9)),
    ):
        even_out(1, values, [known], TODAY)
    assert values[-1] == 9_000


def test_a_promotion_is_left_out_of_the_rules_and_named_in_the_figures(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    for ago in range(1, 15):
        make_supplier_order(
            cast.team,
            buyer_account=account,
            cost=Decimal(200),
            placed_at=timezone.now() - timedelta(days=ago),
        )
    assert find(cast, "fraud_review").state == State.ACT
    client = client_of(cast.merchant)
    form = {"event": "1", "why": "Black Friday", "starts_on": day(0), "ends_on": day(2)}
    assert "count as usual ones" in words(client.post(url(cast, "quiet"), form, follow=True))
    assert gather(cast.team).accounts[0].spent[-1] == 200
    assert find(cast, "fraud_review").state == State.OK
    assert "Black Friday" in words(client.get(url(cast, "checklist")))
    client.post(url(cast, "known_event_withdrawal", KnownEvent.objects.get().pk))
    assert find(cast, "fraud_review").state == State.ACT


@pytest.mark.parametrize(
    ("starts", "ends", "why"), [(1, 0, "not before"), (0, 31, "31 days"), (-366, -360, "a year")]
)
def test_a_known_event_is_short_and_near(cast: Cast, starts: int, ends: int, why: str) -> None:
    with pytest.raises(Refused, match=why):
        note_known_event(
            team=cast.team, why="Fair", starts_on=day(starts), ends_on=day(ends), by=cast.merchant
        )


# Away


def test_who_is_away_and_comes_back_early_is_told_at_once(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    client = client_of(cast.merchant)
    page = client.post(url(cast, "quiet"), {"away": "1", "until": day(3)}, follow=True)
    assert "Alerts wait until" in words(page)
    take_snapshot(cast.team)
    assert unseen(cast.team, checklist(cast.team)) == []
    assert "OK → Act" not in words(client.get(f"/t/{cast.team.slug}/"))
    assert (
        "welcome back"
        in words(client.post(url(cast, "away_withdrawal", Away.objects.get().pk), follow=True)).lower()
    )
    assert [alert.check_code for alert in unseen(cast.team, checklist(cast.team))] == ["fraud_review"]
    assert Alert.objects.count() == 1


@pytest.mark.parametrize("ahead", [-1, 61])
def test_being_away_has_an_end(cast: Cast, ahead: int) -> None:
    with pytest.raises(Refused, match="60 days ahead"):
        set_away(team=cast.team, until=day(ahead), by=cast.merchant)


def test_the_page_keeps_the_five_ways_apart(cast: Cast, account: BuyerAccount, client_of: SignIn) -> None:
    page = words(client_of(cast.merchant).get(url(cast, "quiet")))
    for head in ("One account", "A known event", "Away", "Dismissed", "Tuned"):
        assert head in page
    snooze = snooze_account(account=account, check_code="fraud_review", until=day(1), by=cast.merchant)
    withdraw_snooze(snooze=snooze, by=cast.merchant)
