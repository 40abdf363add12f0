"""The page “Now”: what is read for it, and how one thing is shown to each role."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases.actions import log_contact, open_case
from closedorders.cases.models import Case
from closedorders.closures.models import Closure, Incident
from closedorders.incidents.limbo.actions import expect_supplier_refunds
from closedorders.incidents.models import Reminder
from closedorders.incidents.next_step import Step
from closedorders.incidents.now.choice import Choice, Do
from closedorders.incidents.now.reads import find_now
from closedorders.incidents.now.wording import UNLOCKS
from closedorders.incidents.reminders.actions import add_reminder, finish_reminder
from closedorders.orders.models import SupplierOrder
from tests.cast import Cast
from tests.factories import make_supplier_order
from tests.incidents.scenes import bad_day

SignIn = Callable[[Membership | None], Client]


def page(person: Client, cast: Cast, name: str = "incidents:now") -> str:
    answer = person.get(reverse(name, args=[cast.team.slug]))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def title(text: str) -> str:
    found = re.findall(r'<h2 class="next-title">(.*?)</h2>', text)
    assert len(found) == 1, "exactly one thing to do"
    return str(found[0])


def test_every_step_that_can_be_done_says_what_it_unlocks() -> None:
    assert UNLOCKS.keys() == set(Step) - {Step.DONE}


def test_it_says_what_why_how_long_and_what_follows(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast)
    shown = page(client_of(cast.merchant), cast)
    assert title(shown) == "Open the verification case"
    assert "About 1 minute." in shown
    assert "the clock of the case" in shown
    assert f'action="{reverse("cases:case_opening", args=[cast.team.slug, incident.number])}"' in shown


def test_today_begins_with_the_same_step(cast: Cast, client_of: SignIn) -> None:
    incident, person = bad_day(cast), client_of(cast.merchant)
    for do in (lambda: None, lambda: open_case(incident=incident, by=cast.merchant)):
        do()
        assert title(page(person, cast)) == title(page(person, cast, "dashboard:today"))


def test_a_calm_day_is_said_and_used(cast: Cast, client_of: SignIn) -> None:
    for member in (cast.merchant, cast.assistant):
        shown = page(client_of(member), cast)
        assert title(shown) == "Nothing blocked"
        assert "On a calm day" in shown
        assert "Import orders" in shown
    shown = page(client_of(cast.reviewer), cast)
    assert title(shown) == "Nothing blocked"
    assert "Import orders" not in shown
    assert "On a calm day" not in shown


def test_an_assistant_is_led_to_their_own_work_while_the_merchants_waits(
    cast: Cast, client_of: SignIn
) -> None:
    bad_day(cast)
    assert title(page(client_of(cast.assistant), cast)) == "Reorder, refund or write off what is open"
    shown = page(client_of(cast.reviewer), cast)
    assert title(shown) == "Nothing for you to do right now"


def test_who_asked_aliexpress_and_has_a_promise_waits_until_its_time(cast: Cast) -> None:
    incident = bad_day(cast, 1)
    Closure.objects.update(outcome=Closure.Outcome.REPLACED)
    case = open_case(incident=incident, by=cast.merchant)
    Case.objects.update(state=Case.State.SUBMITTED)
    assert find_now(cast.merchant).choice == Choice(Do.INCIDENT, 0, Step.WORK_ON_CASE)
    contact = log_contact(
        case=case, by=cast.merchant, summary="Asked.", follow_up_at=timezone.now() + timedelta(hours=2)
    )
    assert find_now(cast.merchant).choice.do == Do.WAIT
    contact.follow_up_at = timezone.now() - timedelta(minutes=1)
    contact.save(update_fields=["follow_up_at"])
    assert find_now(cast.merchant).choice == Choice(Do.INCIDENT, 0, Step.WORK_ON_CASE)


def test_the_incident_with_more_at_stake_comes_first(cast: Cast) -> None:
    bad_day(cast, 1)
    large = bad_day(cast, 4)
    found = find_now(cast.merchant)
    assert found.choice.place is not None
    assert found.views[found.choice.place].incident == large


def test_ones_own_due_reminder_comes_first_and_goes_when_it_is_done(cast: Cast, client_of: SignIn) -> None:
    incident, person = bad_day(cast), client_of(cast.merchant)
    reminder = add_reminder(
        subject=incident,
        due_at=timezone.now() + timedelta(hours=1),
        note="Call the bank",
        person=cast.merchant,
        by=cast.merchant,
    )
    assert title(page(person, cast)) == "Open the verification case"
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    shown = page(person, cast)
    assert title(shown) == "Call the bank"
    assert "The reminder is done" in shown
    # It is somebody's: the others go on with their work.
    assert title(page(client_of(cast.assistant), cast)) != "Call the bank"
    finish_reminder(reminder=reminder, by=cast.merchant)
    assert title(page(person, cast)) == "Open the verification case"


def test_what_aliexpress_closed_and_nobody_logged_comes_before_the_incident(cast: Cast) -> None:
    bad_day(cast)
    make_supplier_order(cast.team, status_code="closed")
    for member in (cast.merchant, cast.assistant):
        assert find_now(member).choice.do == Do.LOG_CLOSED
    assert find_now(cast.reviewer).choice.do == Do.WAIT
    SupplierOrder.objects.update(closure_logged=True)
    assert find_now(cast.merchant).choice.do == Do.INCIDENT


def test_what_is_left_of_ended_incidents_is_not_forgotten(cast: Cast, client_of: SignIn) -> None:
    bad_day(cast, 2)
    Incident.objects.update(ended_at=timezone.now())
    assert title(page(client_of(cast.merchant), cast)) == "Decide about 2 closed orders"
    Closure.objects.update(outcome=Closure.Outcome.REFUNDED)
    expect_supplier_refunds(
        closures=Closure.objects.all(),
        announced_on=timezone.localdate() - timedelta(days=60),
        by=cast.merchant,
    )
    assert title(page(client_of(cast.merchant), cast)) == "Ask AliExpress for 2 overdue refunds"
    # Money is the merchant's.
    assert title(page(client_of(cast.assistant), cast)) == "Nothing blocked"


def test_another_team_changes_nothing(cast: Cast, other_cast: Cast) -> None:
    bad_day(other_cast)
    make_supplier_order(other_cast.team, status_code="closed")
    assert find_now(cast.merchant).choice.do == Do.CALM


@pytest.mark.parametrize("role", ["merchant", "assistant", "reviewer"])
def test_it_costs_the_same_queries_for_one_incident_and_for_five(
    cast: Cast, client_of: SignIn, role: str
) -> None:
    person = client_of(getattr(cast, role))

    def cost() -> int:
        page(person, cast)
        with CaptureQueriesContext(connection) as queries:
            page(person, cast)
        return len(queries)

    open_case(incident=bad_day(cast, 2), by=cast.merchant)
    few = cost()
    for _ in range(4):
        open_case(incident=bad_day(cast, 3), by=cast.merchant)
    assert cost() == few
