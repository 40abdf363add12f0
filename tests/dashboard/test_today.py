from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases.actions import open_case
from closedorders.closures.models import Closure, Incident
from closedorders.core.health import worker_is_here
from closedorders.dashboard import reads
from closedorders.orders.models import Store
from closedorders.outreach.models import Campaign, Kind, Message
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)

SignIn = Callable[[Membership | None], Client]


def bad_day(cast: Cast, orders: int = 3, store: Store | None = None) -> Incident:
    store = store or make_store(cast.team)
    bought = [
        make_supplier_order(cast.team, make_store_order(store, make_customer(store, f"Person {n}")))
        for n in range(orders)
    ]
    return make_incident(cast.team, cast.merchant, bought, reason=reason("fraud_review"))


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
    open_case(incident=incident, by=cast.merchant)
    assert "Get the documents ready" in page(merchant, cast)


def test_value_at_risk_counts_a_sale_once_and_keeps_currencies_apart(cast: Cast) -> None:
    store = make_store(cast.team)
    sale = make_store_order(store, total=Decimal("45.00"), currency="EUR", ship_country="ES")
    other = make_store_order(store, total=Decimal("1000"), currency="JPY", ship_country="JP")
    bought = [make_supplier_order(cast.team, sale), make_supplier_order(cast.team, sale)]
    bought.append(make_supplier_order(cast.team, other))
    make_incident(cast.team, cast.merchant, bought)
    totals, orders, countries = reads.value_at_risk(cast.team)
    assert {(t.amount, t.currency) for t in totals} == {(Decimal("45.00"), "EUR"), (Decimal("1000"), "JPY")}
    assert (orders, countries) == (2, 2)


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
    incident = bad_day(cast)
    reviewer = client_of(cast.reviewer)
    for path in ("", "incidents/", f"incidents/{incident.number}/"):
        text = page(reviewer, cast, path)
        assert "Person 1" not in text
        assert "Log closures" not in text


def test_no_page_of_an_assistant_shows_a_customers_e_mail(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast)
    assistant = client_of(cast.assistant)
    for path in ("", "incidents/", f"incidents/{incident.number}/"):
        assert "customer" not in [w for w in page(assistant, cast, path).split() if "@example.com" in w]
        assert "@example.com" not in page(assistant, cast, path).replace(cast.assistant.user.email, "")


@pytest.mark.parametrize("path", ["", "incidents/{number}/"])
def test_pages_cost_the_same_queries_for_two_closures_and_for_fifty(
    path: str, cast: Cast, client_of: SignIn
) -> None:
    merchant = client_of(cast.merchant)
    store = make_store(cast.team)
    incident = bad_day(cast, 2, store)
    page(merchant, cast, path.format(number=incident.number))
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(merchant, cast, path.format(number=incident.number))
    for n in range(48):
        order = make_supplier_order(cast.team, make_store_order(store, make_customer(store, f"More {n}")))
        Closure.objects.create(
            team=cast.team, supplier_order=order, incident=incident, logged_by=cast.merchant, reason=reason()
        )
    with CaptureQueriesContext(connection) as many:
        page(merchant, cast, path.format(number=incident.number))
    assert len(many) == len(few)


def test_today_says_when_no_worker_answers_and_is_quiet_when_one_does(cast: Cast, client_of: SignIn) -> None:
    merchant = client_of(cast.merchant)
    assert "No worker has answered" in page(merchant, cast)
    assert "No worker has answered" not in page(client_of(cast.reviewer), cast)
    worker_is_here()
    assert "No worker has answered" not in page(merchant, cast)


def test_an_incident_of_another_team_is_not_found(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(other_cast)
    assert (
        client_of(cast.merchant).get(f"/t/{cast.team.slug}/incidents/{incident.number}/").status_code == 404
    )


def test_the_list_of_incidents_counts_what_still_stands(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 3)
    first = Closure.objects.filter(incident=incident).first()
    assert first is not None
    Closure.objects.filter(pk=first.pk).update(reopened_at=timezone.now())
    row = Incident.objects.for_team(cast.team).with_counts().get()
    assert (row.standing, row.still_open) == (2, 2)  # type: ignore[attr-defined]  # annotations


def test_customers_whom_no_mail_reaches_do_not_ask_for_another_campaign_for_ever(cast: Cast) -> None:
    incident = bad_day(cast, 2)
    store = Store.objects.get(team=cast.team)
    campaign = Campaign.objects.create(
        team=cast.team,
        incident=incident,
        store=store,
        kind=Kind.RESOLUTION,
        state=Campaign.State.FINISHED,
        created_by=cast.merchant,
    )
    for number, (customer, state) in enumerate(
        zip(store.customers.order_by("pk"), ["sent", "skipped"], strict=True)
    ):
        Message.objects.create(
            team=cast.team,
            campaign=campaign,
            incident=incident,
            kind=Kind.RESOLUTION,
            customer=customer,
            state=state,
            recipient=customer.email,
            language="en",
            subject="Sorry",
            body="It is late.",
            message_id=f"<{number}@example.com>",
        )
    situation = reads.look_at(incident, role="merchant").situation
    assert (situation.customers_told, situation.customers_left_out, situation.customers_not_told) == (1, 1, 0)
