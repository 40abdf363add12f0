"""Trips and changes of accounts: noted on one page, counted by the checklist, and seen on Today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.risk.actions import (
    add_trip,
    cancel_trip,
    note_account_event,
    set_trip_step,
    withdraw_account_event,
)
from closedorders.risk.models import AccountEvent, Trip
from closedorders.risk.rules import State
from tests.cast import Cast
from tests.factories import make_buyer_account
from tests.risk.test_checklist import find, url, words

SignIn = Callable[[Membership | None], Client]


def on_trip(cast: Cast) -> Trip:
    """The merchant left today; the assistant orders meanwhile."""
    today = timezone.localdate()
    return add_trip(
        team=cast.team,
        who=cast.merchant,
        starts_on=today,
        ends_on=today + timedelta(days=5),
        country="PT",
        stands_in=cast.assistant,
        by=cast.merchant,
    )


def test_a_trip_is_noted_its_steps_are_ticked_and_today_keeps_guard(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.assistant)
    today = timezone.localdate()
    form = {
        "who": cast.merchant.pk,
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=3)).isoformat(),
        "country": "pt",
        "stands_in": cast.assistant.pk,
        "note_trip": "1",
    }
    assert "The trip is noted" in words(client.post(url(cast, "calendar"), form, follow=True))
    trip = Trip.objects.get()
    assert trip.country == "PT"
    assert find(cast, "travel").state == State.ACT
    assert "no orders are placed from there" in words(client.get(f"/t/{cast.team.slug}/"))
    for step in ("handover", "bank", "cards", "signed_out"):
        client.post(url(cast, "trip_step", trip.pk), {"step": step, "done": "1"})
    assert "places no orders" in find(cast, "travel").text
    assert find(cast, "travel").state == State.UNKNOWN  # Nobody has confirmed that nobody else travels.
    client.post(url(cast, "trip_step", trip.pk), {"step": "bank", "done": "0"})
    assert find(cast, "travel").state == State.ACT
    client.post(url(cast, "trip_cancellation", trip.pk))
    assert "travels until" not in words(client.get(f"/t/{cast.team.slug}/"))
    assert client.post(url(cast, "trip_step", trip.pk), {"step": "nonsense"}).status_code == 404


def test_a_trip_that_makes_no_sense_is_refused(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    today = timezone.localdate()
    days = {"starts_on": today, "ends_on": today + timedelta(days=1), "country": "PT"}
    for wrong in (
        {"who": cast.merchant, "ends_on": today},
        {"who": cast.merchant, "stands_in": cast.merchant},
        {"who": cast.reviewer},
        {"who": other_cast.merchant},
    ):
        with pytest.raises(Refused):
            add_trip(team=cast.team, by=cast.merchant, **{**days, **wrong})  # type: ignore[arg-type]
    page = client_of(cast.merchant).post(
        url(cast, "calendar"), {"who": cast.merchant.pk, "country": "Portugal"}
    )
    assert {"country", "starts_on"} <= set(page.context["trip_form"].errors)
    assert not Trip.objects.exists()


def test_steps_and_cancelling_are_written_down_once(cast: Cast) -> None:
    trip = on_trip(cast)
    for _ in range(2):
        set_trip_step(trip=trip, step="bank", done=True, by=cast.assistant)
    for _ in range(2):
        cancel_trip(trip=trip, by=cast.merchant)
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["trip_added", "trip_step_done", "trip_cancelled"]
    with pytest.raises(Refused):
        set_trip_step(trip=trip, step="cards", done=True, by=cast.merchant)


def test_a_change_of_an_account_is_noted_counted_and_taken_back(cast: Cast, client_of: SignIn) -> None:
    account = make_buyer_account(cast.team, "Main")
    client = client_of(cast.merchant)
    form = {
        "buyer_account": account.pk,
        "kind": "card",
        "happened_on": timezone.localdate().isoformat(),
        "note_change": "1",
    }
    assert "The change is noted." in words(client.post(url(cast, "calendar"), form, follow=True))
    finding = find(cast, "account_change")
    assert finding.state == State.WATCH
    assert "Changed at “Main” in the last 14 days: Card." in finding.text
    event = AccountEvent.objects.get()
    client.post(url(cast, "account_event_withdrawal", event.pk))
    withdraw_account_event(event=event, by=cast.merchant)
    assert find(cast, "account_change").state == State.UNKNOWN
    with pytest.raises(Refused):
        note_account_event(
            account=account,
            kind="card",
            happened_on=timezone.localdate() + timedelta(days=1),
            by=cast.merchant,
        )


def test_the_page_costs_the_same_for_two_trips_and_twenty(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    account = make_buyer_account(cast.team)

    def add() -> None:
        on_trip(cast)
        note_account_event(account=account, kind="tier", happened_on=timezone.localdate(), by=cast.merchant)

    for _ in range(2):
        add()
    client.get(url(cast, "calendar"))
    with CaptureQueriesContext(connection) as few:
        client.get(url(cast, "calendar"))
    for _ in range(20):
        add()
    client.get(url(cast, "calendar"))
    with CaptureQueriesContext(connection) as many:
        client.get(url(cast, "calendar"))
    assert len(few) == len(many)
