from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases.actions import open_case, set_verification
from closedorders.closures.models import Closure, Incident
from closedorders.core.health import worker_is_here
from closedorders.dashboard import reads
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.incidents.scenes import bad_day

SignIn = Callable[[Membership | None], Client]


def page(client: Client, cast: Cast, path: str = "") -> str:
    response = client.get(f"/t/{cast.team.slug}/{path}")
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_team_is_led_to_its_first_store_and_then_to_its_first_import(
    cast: Cast, client_of: SignIn
) -> None:
    merchant = client_of(cast.merchant)
    assert "Add your store" in page(merchant, cast)
    make_store(cast.team)
    assert "Import your orders" in page(merchant, cast)


def test_today_leads_from_closures_to_the_case(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast)
    merchant = client_of(cast.merchant)
    assert "Open the verification case" in page(merchant, cast)
    case = open_case(incident=incident, by=cast.merchant)
    assert "Say which verification it is" in page(merchant, cast)
    set_verification(case=case, verification="card", by=cast.merchant)
    assert "Get the documents ready" in page(merchant, cast)


def test_the_chart_counts_closures_on_the_teams_own_days(cast: Cast) -> None:
    cast.team.time_zone = "Pacific/Auckland"
    cast.team.save(update_fields=["time_zone"])
    incident = bad_day(cast, orders=2)
    with timezone.override(cast.team.zone):
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        just_before = midnight - timedelta(minutes=1)
        first, second = Closure.objects.filter(incident=incident)
        Closure.objects.filter(pk=first.pk).update(closed_at=just_before)
        Closure.objects.filter(pk=second.pk).update(closed_at=midnight + timedelta(seconds=1))
        chart = reads.closure_chart(cast.team)
    assert chart.series[0][1][-2:] == [1, 1]
    assert chart.total == 2


def test_more_reasons_than_the_chart_can_show_are_summed_up_as_other(cast: Cast) -> None:
    codes = [
        "fraud_review",
        "card_check",
        "travel",
        "complaints",
        "one_location",
        "account_change",
        "unknown",
    ]
    store = make_store(cast.team)
    for code in codes:
        order = make_supplier_order(cast.team, make_store_order(store))
        incident = make_incident(cast.team, cast.merchant, [order], reason=reason(code))
        Incident.objects.filter(pk=incident.pk).update(ended_at=timezone.now())
    with timezone.override(cast.team.zone):
        chart = reads.closure_chart(cast.team)
    assert len(chart.series) == reads.SERIES + 1
    assert chart.series[-1][0] == "Other"
    assert sum(chart.series[-1][1]) == 2
    assert chart.total == sum(count for _name, count, _code in chart.reasons) == 7


def test_a_reviewer_sees_no_orders_and_no_customers(cast: Cast, client_of: SignIn) -> None:
    bad_day(cast)
    reviewer = client_of(cast.reviewer)
    text = page(reviewer, cast)
    assert "Person 1" not in text
    assert "Log closures" not in text


def test_an_assistant_sees_no_customers_e_mail(cast: Cast, client_of: SignIn) -> None:
    bad_day(cast)
    assistant = client_of(cast.assistant)
    assert "@example.com" not in page(assistant, cast).replace(cast.assistant.user.email, "")


def test_today_costs_the_same_queries_for_two_closures_and_for_fifty(cast: Cast, client_of: SignIn) -> None:
    merchant = client_of(cast.merchant)
    store = make_store(cast.team)
    incident = bad_day(cast, 2, store)
    page(merchant, cast)
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(merchant, cast)
    for n in range(48):
        order = make_supplier_order(cast.team, make_store_order(store, make_customer(store, f"More {n}")))
        Closure.objects.create(
            team=cast.team, supplier_order=order, incident=incident, logged_by=cast.merchant, reason=reason()
        )
    with CaptureQueriesContext(connection) as many:
        page(merchant, cast)
    assert len(many) == len(few)


def test_today_says_when_no_worker_answers_and_is_quiet_when_one_does(cast: Cast, client_of: SignIn) -> None:
    merchant = client_of(cast.merchant)
    assert "No worker has answered" in page(merchant, cast)
    assert "No worker has answered" not in page(client_of(cast.reviewer), cast)
    worker_is_here()
    assert "No worker has answered" not in page(merchant, cast)
