"""The page of one incident: its money, its clock, what happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, User
from closedorders.cases.actions import log_contact, open_case
from closedorders.closures.actions import log_closures
from closedorders.closures.models import Closure, Incident
from closedorders.core.money import Total
from closedorders.incidents.actions import end_incident, set_cause
from closedorders.incidents.limbo.actions import expect_supplier_refunds, receive_supplier_refunds
from closedorders.incidents.models import StoredFigures
from closedorders.incidents.page import figures
from closedorders.incidents.page.timeline import PAGE
from closedorders.incidents.reminders.actions import add_reminder
from closedorders.outreach import actions as outreach
from closedorders.outreach.models import Campaign, Kind
from tests.cast import Cast
from tests.factories import make_buyer_account, reason
from tests.incidents.scenes import bad_day
from tests.outreach.scenes import approve, draft, make_scene, start

SignIn = Callable[[Membership | None], Client]


def page(person: Client, incident: Incident, query: str = "") -> str:
    answer = person.get(incident.get_absolute_url() + query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def titles(text: str) -> list[str]:
    return re.findall(r'<span class="event-title">(.*?)</span>', text)


def test_the_money_of_an_incident_is_what_is_at_risk_owed_and_given_away(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = outreach.change_offer(
        campaign=draft(scene),
        by=cast.merchant,
        code_percent=20,
        refund_percent=10,
        refund_base=Campaign.RefundBase.TOTAL,
        gift="A mug",
    )
    outreach.prepare(campaign=campaign, by=cast.merchant)
    outreach.mark_codes_loaded(codes=campaign.codes.all(), by=cast.merchant)
    outreach.approve_refunds(refunds=campaign.refunds.all(), by=cast.merchant)
    start(approve(campaign, cast.merchant, 2))
    campaign.messages.filter(pk=campaign.messages.order_by("pk")[0].pk).update(state="sent")
    expect_supplier_refunds(
        closures=scene.incident.closures.all(),
        announced_on=timezone.localdate() - timedelta(days=60),
        by=cast.merchant,
    )
    money = figures.incident_figures(scene.incident).money
    order = scene.customers[0].orders.get()
    closure = scene.incident.closures.first()
    assert closure is not None
    total, cost = order.total, closure.supplier_order.cost
    assert total is not None
    assert cost is not None
    assert money.value == [Total(2 * total, order.currency, 2)]
    assert money.due == [Total(2 * cost, closure.supplier_order.currency, 2)]
    assert money.overdue == 2
    assert money.refunds == [Total(2 * total / 10, order.currency, 2)]
    assert money.codes == [Total(2 * total / 5, order.currency, 2)]
    # A gift counts once somebody was promised it.
    assert (money.code_count, money.gifts) == (2, 1)
    # Dropped refunds cost nothing, and what has come is owed no more.
    campaign.refunds.update(state="dropped")
    receive_supplier_refunds(
        closures=Closure.objects.all(), received_on=timezone.localdate(), by=cast.merchant
    )
    money = figures.incident_figures(scene.incident).money
    assert (money.refunds, money.due, money.overdue) == ([], [], 0)


def test_each_role_reads_the_money_that_is_theirs(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 2)
    expect_supplier_refunds(
        closures=Closure.objects.all(), announced_on=timezone.localdate(), by=cast.merchant
    )
    merchant, assistant, reviewer = (
        page(client_of(member), incident) for member in (cast.merchant, cast.assistant, cast.reviewer)
    )
    assert "$25.80" in merchant
    assert "Apologies cost" in merchant
    assert "2 are waited for" in assistant
    assert "$25.80" not in assistant
    assert "Apologies cost" not in assistant
    assert "Supplier refunds due" not in reviewer


def test_the_clock_runs_from_the_first_closure_and_stops_at_the_end(cast: Cast, client_of: SignIn) -> None:
    incident, person, now = bad_day(cast, 2), client_of(cast.merchant), timezone.now()
    first = Closure.objects.order_by("pk")[0]
    Closure.objects.filter(pk=first.pk).update(closed_at=now - timedelta(days=3, hours=2, minutes=30))
    assert (
        "3\N{NO-BREAK SPACE}d 2\N{NO-BREAK SPACE}h"
        in client_of(cast.merchant).get(incident.get_absolute_url()).content.decode()
    )
    end_incident(incident=incident, by=cast.merchant)
    Incident.objects.update(ended_at=now - timedelta(days=1))
    assert (
        "2\N{NO-BREAK SPACE}d 2\N{NO-BREAK SPACE}h"
        in person.get(incident.get_absolute_url()).content.decode()
    )


def test_one_timeline_has_all_that_happened_newest_first(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 1)
    account = make_buyer_account(cast.team)
    logged = log_closures(
        team=cast.team,
        buyer_account=account,
        numbers=["8201999900001111"],
        reason=reason(),
        by=cast.assistant,
    )
    incident = logged.incident
    assert incident is not None
    set_cause(incident=incident, cause=reason("travel"), by=cast.merchant)
    case = open_case(incident=incident, by=cast.merchant)
    log_contact(case=case, by=cast.assistant, summary="Asked.")
    add_reminder(
        subject=case,
        due_at=timezone.now() + timedelta(days=1),
        note="Ask",
        person=cast.merchant,
        by=cast.merchant,
    )
    campaign = outreach.create_campaign(
        incident=incident, kind=Kind.HOLDING, store=scene.store, by=cast.merchant
    )
    outreach.cancel_campaign(campaign=campaign, by=cast.merchant)
    Closure.objects.filter(incident=incident).update(
        supplier_refund_expected=Decimal(5),
        supplier_refund_currency="USD",
        supplier_refund_announced_on=timezone.localdate(),
    )
    receive_supplier_refunds(
        closures=Closure.objects.filter(incident=incident), received_on=timezone.localdate(), by=cast.merchant
    )
    end_incident(incident=incident, by=cast.merchant)
    expected = [
        "Ended an incident",
        "Noted supplier refunds as received",
        "Cancelled a campaign",
        "Started a campaign",
        "Added a reminder",
        "Logged a contact with AliExpress",
        "Opened a verification case",
        "Put the steps of a playbook on an incident",
        "Set the cause of an incident",
        "Put the steps of a playbook on an incident",
        "Logged closures",
        "Opened an incident",
    ]
    assert titles(page(client_of(cast.merchant), incident)) == expected
    # A reviewer's part is the case: nothing of customers or mails.
    reviewer = titles(page(client_of(cast.reviewer), incident))
    assert reviewer == [title for title in expected if "campaign" not in title]
    # Nothing of another incident is on it.
    assert "Opened an incident" not in titles(page(client_of(cast.merchant), scene.incident))


def test_the_timeline_names_a_mail_in_the_readers_language_whoever_wrote_it(
    cast: Cast, client_of: SignIn
) -> None:
    scene = make_scene(cast.merchant, 1)
    draft(scene, Kind.HOLDING)
    person = client_of(cast.merchant)
    assert f"Holding note · {scene.store}" in page(person, scene.incident)
    User.objects.filter(pk=cast.merchant.user_id).update(language="es")
    assert f"Aviso de retraso · {scene.store}" in page(person, scene.incident)


def test_a_long_timeline_has_pages(cast: Cast, client_of: SignIn) -> None:
    incident, person = bad_day(cast, 1), client_of(cast.merchant)
    for number in range(PAGE + 3):
        record(by=cast.merchant, verb="incident_cause_set", thing=incident, after={"note": f"No. {number}."})
    first = page(person, incident)
    assert f"No. {PAGE + 2}." in first
    assert "No. 2." not in first
    further = re.search(r'rel="next" href="([^"]+)"', first)
    assert further is not None
    second = page(person, incident, further[1].replace("&amp;", "&"))
    assert [f"No. {number}." in second for number in (0, 2, 3)] == [True, True, False]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MANY_CLOSURES", 2)


@pytest.mark.usefixtures("many")
def test_figures_of_a_large_incident_are_stored_until_somebody_does_something(
    cast: Cast, client_of: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    incident = bad_day(cast, 2)
    expect_supplier_refunds(
        closures=Closure.objects.all(), announced_on=timezone.localdate(), by=cast.merchant
    )
    fresh = figures.incident_figures(incident)
    with django_assert_num_queries(1):
        stored = figures.incident_figures(incident)
    assert (stored.counts, stored.money, stored.stores) == (fresh.counts, fresh.money, fresh.stores)
    assert "Counted" in page(client_of(cast.merchant), incident)
    receive_supplier_refunds(
        closures=Closure.objects.all(), received_on=timezone.localdate(), by=cast.merchant
    )
    assert figures.incident_figures(incident).money.due == []
    # And after a minute, for what workers do.
    Closure.objects.all()[0].delete()
    assert figures.incident_figures(incident).counts.not_reopened == 2
    StoredFigures.objects.update(counted_at=timezone.now() - figures.MAX_AGE)
    assert figures.incident_figures(incident).counts.not_reopened == 1
    assert not StoredFigures.objects.exists(), "few are counted at every look"


def test_few_closures_are_counted_at_every_look(cast: Cast) -> None:
    incident = bad_day(cast, 2)
    figures.incident_figures(incident)
    assert not StoredFigures.objects.exists()
