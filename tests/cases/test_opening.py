from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.cases import actions
from closedorders.cases.models import Case, Cleanup, Slot
from closedorders.core.refusals import Refused
from tests.cases.states import account_state
from tests.cast import Cast
from tests.factories import make_incident


def test_opening_makes_slots_places_a_running_clock_and_puts_the_account_under_review(case: Case) -> None:
    assert list(case.slots.values_list("kind", "state")) == [
        (kind, "missing")
        for kind in (
            "card_front",
            "card_back",
            "identity",
            "driving_licence",
            "business",
            "contact",
            "statement",
        )
    ]
    assert set(case.cleanups.values_list("place", flat=True)) == set(Cleanup.Place.values)
    assert list(case.transitions.values_list("before", "after", "at")) == [("", "collecting", case.opened_at)]
    assert account_state(case) == "under_review"
    event = AuditEvent.objects.get(verb="case_opened")
    assert event.after == {"incident": case.incident.number, "account_state": "under_review"}


def test_opening_twice_gives_the_same_case(case: Case, cast: Cast) -> None:
    assert actions.open_case(incident=case.incident, by=cast.merchant) == case
    assert Case.objects.count() == 1
    assert Slot.objects.count() == 7
    assert AuditEvent.objects.filter(verb="case_opened").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_open_one_case(cast: Cast) -> None:
    incident = make_incident(cast.team, cast.merchant)
    opened: list[int] = []
    barrier = threading.Barrier(4)

    def click() -> None:
        try:
            barrier.wait()
            opened.append(actions.open_case(incident=incident, by=cast.merchant).pk)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(opened) == 4
    assert len(set(opened)) == 1
    assert Slot.objects.count() == 7


def test_an_ended_incident_opens_no_case(cast: Cast) -> None:
    incident = make_incident(cast.team, cast.merchant)
    incident.ended_at = timezone.now()
    incident.save()
    with pytest.raises(Refused, match="ended"):
        actions.open_case(incident=incident, by=cast.merchant)


def test_an_assistant_opens_no_case(cast: Cast) -> None:
    with pytest.raises(Refused):
        actions.open_case(incident=make_incident(cast.team, cast.merchant), by=cast.assistant)
