from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.closures.models import Closure, Incident
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.incidents.scenes import bad_day

SignIn = Callable[[Membership | None], Client]


def page(client: Client, cast: Cast, path: str) -> str:
    response = client.get(f"/t/{cast.team.slug}/{path}")
    assert response.status_code == 200
    return response.content.decode()


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
    assert (row.not_reopened, row.still_open) == (2, 2)  # type: ignore[attr-defined]  # annotations


def test_a_reviewer_sees_no_orders_and_no_customers(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast)
    reviewer = client_of(cast.reviewer)
    for path in ("incidents/", f"incidents/{incident.number}/"):
        text = page(reviewer, cast, path)
        assert "Person 1" not in text
        assert "Log closures" not in text


def test_an_assistant_sees_no_customers_e_mail(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast)
    assistant = client_of(cast.assistant)
    for path in ("incidents/", f"incidents/{incident.number}/"):
        assert "@example.com" not in page(assistant, cast, path).replace(cast.assistant.user.email, "")


def test_an_incident_costs_the_same_queries_for_two_closures_and_for_fifty(
    cast: Cast, client_of: SignIn
) -> None:
    merchant = client_of(cast.merchant)
    store = make_store(cast.team)
    incident = bad_day(cast, 2, store)
    page(merchant, cast, f"incidents/{incident.number}/")
    with CaptureQueriesContext(connection) as few:
        page(merchant, cast, f"incidents/{incident.number}/")
    for n in range(48):
        order = make_supplier_order(cast.team, make_store_order(store, make_customer(store, f"More {n}")))
        Closure.objects.create(
            team=cast.team, supplier_order=order, incident=incident, logged_by=cast.merchant, reason=reason()
        )
    with CaptureQueriesContext(connection) as many:
        page(merchant, cast, f"incidents/{incident.number}/")
    assert len(many) == len(few)


def test_earlier_apps_link_to_the_page_without_naming_it(cast: Cast) -> None:
    incident = bad_day(cast)
    assert incident.get_absolute_url() == f"/t/{cast.team.slug}/incidents/{incident.number}/"
    assert cast.team.get_absolute_url() == f"/t/{cast.team.slug}/"
