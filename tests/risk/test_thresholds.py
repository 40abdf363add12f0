"""The pages around the checklist: what has changed, thresholds tried on the past, messages before large orders."""

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
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount
from closedorders.risk.actions import set_threshold
from closedorders.risk.checklist import thresholds_of
from closedorders.risk.models import DailyTotal, TeamThreshold, TotalsState
from closedorders.risk.rules import Thresholds
from closedorders.risk.tuning import backtest
from tests.cast import Cast
from tests.factories import make_buyer_account, make_incident, make_supplier_order, reason
from tests.risk.test_checklist import ago, url, words

SignIn = Callable[[Membership | None], Client]


def test_a_threshold_is_tried_on_the_past_before_it_is_saved(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    client = client_of(cast.merchant)
    early = make_supplier_order(cast.team, buyer_account=account, cost=Decimal(6_000), placed_at=ago(6))
    make_incident(
        cast.team,
        cast.merchant,
        [early],
        reason=reason("fraud_review"),
        buyer_account=account,
        closed_at=ago(3),
    )
    page = client.get(url(cast, "threshold", "spend_watch"), {"value": "6000", "months": "3"})
    text = words(page)
    assert "Would have fired on" in text
    assert "warned 3 days before" in text
    assert "Save $6,000 as threshold" in text
    assert not TeamThreshold.objects.exists()
    assert "not warned of" in words(client.get(url(cast, "threshold", "spend_watch"), {"value": "7000"}))
    client.post(url(cast, "threshold", "spend_watch"), {"value": "6000", "months": "3"})
    assert thresholds_of(cast.team) == Thresholds(spend_watch=6_000)
    event = AuditEvent.objects.get(verb="threshold_set")
    assert (event.before, event.after) == ({"spend_watch": 7000}, {"spend_watch": 6000})
    assert "Save $" not in words(client.get(url(cast, "threshold", "spend_watch")))


def test_the_usual_threshold_is_not_stored(cast: Cast) -> None:
    for value in (5_000, 5_000, 7_000):
        set_threshold(team=cast.team, name="spend_watch", value=value, by=cast.merchant)
    assert not TeamThreshold.objects.exists()
    assert AuditEvent.objects.filter(verb="threshold_set").count() == 2


@pytest.mark.parametrize(
    ("name", "value"), [("spend_watch", 9_250), ("orders_act", 100), ("orders_watch", 9)]
)
def test_a_threshold_out_of_order_or_range_is_refused_with_the_reason(
    cast: Cast, client_of: SignIn, name: str, value: int
) -> None:
    with pytest.raises(Refused):
        set_threshold(team=cast.team, name=name, value=value, by=cast.merchant)
    page = client_of(cast.merchant).post(url(cast, "threshold", name), {"value": value, "months": 3})
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not TeamThreshold.objects.exists()


@pytest.mark.parametrize("query", ["value=abc", "value=99999999999999", "months=7", "value=&months=x"])
def test_a_mistyped_trial_shows_the_stored_threshold(cast: Cast, client_of: SignIn, query: str) -> None:
    page = client_of(cast.merchant).get(f"{url(cast, 'threshold', 'spend_watch')}?{query}")
    assert page.status_code == 200
    assert page.context["value"] == 7_000


def test_two_years_of_five_accounts_cost_as_many_queries_as_three_days(cast: Cast, client_of: SignIn) -> None:
    accounts = [make_buyer_account(cast.team) for _ in range(5)]
    today = timezone.localdate()
    DailyTotal.objects.bulk_create(
        DailyTotal(
            team=cast.team,
            buyer_account=account,
            day=today - timedelta(days=day),
            currency="USD",
            orders=40,
            costed=40,
            spent=Decimal(100 * (day % 90)),
        )
        for account in accounts
        for day in range(730)
    )
    TotalsState.objects.create(team=cast.team, zone=cast.team.time_zone)
    client = client_of(cast.merchant)
    address = url(cast, "threshold", "spend_watch")
    client.get(address, {"months": "3"})
    page = client.get(address, {"value": "6000", "months": "24"})
    assert len(page.context["found"].fired) > 100
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    DailyTotal.objects.filter(day__lt=today - timedelta(days=2)).delete()
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    assert len(few) == len(many)


def test_an_incident_is_dated_by_its_first_closure_though_that_is_before_the_trial(
    cast: Cast, account: BuyerAccount
) -> None:
    early, late = (make_supplier_order(cast.team, buyer_account=account) for _ in range(2))
    incident = make_incident(cast.team, cast.merchant, [early, late], buyer_account=account, closed_at=ago(5))
    Closure.objects.filter(supplier_order=early).update(closed_at=ago(200))
    assert backtest(cast.team, "spend_watch", 7_000, months=3).warned == []
    year = backtest(cast.team, "spend_watch", 7_000, months=12).warned
    assert [(each.incident.number, each.incident.day) for each in year] == [
        (incident.number, timezone.localdate(ago(200), cast.team.zone))
    ]


def test_incidents_that_are_not_named_are_counted(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    for days in range(14):
        order = make_supplier_order(cast.team, buyer_account=account)
        make_incident(cast.team, cast.merchant, [order], closed_at=ago(days))
    page = client_of(cast.merchant).get(url(cast, "threshold", "spend_watch"))
    assert len(page.context["warned"]) == 12
    assert "and 2 incidents before" in words(page)


def test_false_alarms_are_written_as_the_reader_writes_numbers(cast: Cast, client_of: SignIn) -> None:
    cast.merchant.user.language = "es"
    cast.merchant.user.save()
    page = client_of(cast.merchant).get(url(cast, "threshold", "spend_watch"))
    assert page.context["figures"][2]["value"] == "0,0"


# Messages
