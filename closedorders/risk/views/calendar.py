"""Trips of those who order and changes of accounts, on one page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only

from .. import actions
from ..forms import AccountEventForm, TripForm
from ..models import AccountEvent, Trip

SHOWN = 20
SHOWN_DAYS = 90


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def calendar(request: TeamRequest) -> HttpResponse:
    """The two forms are told apart by their button's name."""
    is_event = "note_change" in request.POST
    posted = request.POST if request.method == "POST" else None
    trip_form = TripForm(None if is_event else posted, team=request.team)
    event_form = AccountEventForm(posted if is_event else None, team=request.team)
    if posted is not None and is_event and event_form.is_valid():
        with attempt(request, event_form, "happened_on"):
            data = event_form.cleaned_data
            actions.note_account_event(
                account=data["buyer_account"],
                kind=data["kind"],
                happened_on=data["happened_on"],
                by=request.membership,
            )
            messages.success(request, _("The change is noted."))
            return redirect("risk:calendar", team=request.team.slug)
    if posted is not None and not is_event and trip_form.is_valid():
        with attempt(request, trip_form):
            actions.add_trip(team=request.team, by=request.membership, **trip_form.cleaned_data)
            messages.success(request, _("The trip is noted. Tick its steps as they are done."))
            return redirect("risk:calendar", team=request.team.slug)
    return render(request, "risk/calendar.html", _context(request, trip_form, event_form))


def _context(request: TeamRequest, trip_form: TripForm, event_form: AccountEventForm) -> dict[str, Any]:
    since = timezone.localdate() - timedelta(days=SHOWN_DAYS)
    trips = Trip.objects.filter(team=request.team, cancelled_at=None, ends_on__gte=since)
    events = AccountEvent.objects.filter(team=request.team, withdrawn_at=None, happened_on__gte=since)
    return {
        "trip_form": trip_form,
        "event_form": event_form,
        "trips": [
            {
                "trip": trip,
                "steps": [
                    {"code": code, "label": label, "done": code in trip.done}
                    for code, label in Trip.Step.choices
                ],
            }
            for trip in trips.select_related("who__user", "stands_in__user").order_by("-ends_on", "-pk")[
                :SHOWN
            ]
        ],
        "events": events.select_related("buyer_account", "by__user").order_by("-happened_on", "-pk")[:SHOWN],
    }


@team_page(MERCHANT, ASSISTANT)
@post_only
def trip_step(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Trip.objects.filter(team=request.team), pk=pk)
    step = request.POST.get("step", "")
    if step not in Trip.Step.values:
        raise Http404
    with attempt(request):
        actions.set_trip_step(
            trip=found, step=step, done=request.POST.get("done") == "1", by=request.membership
        )
    return redirect("risk:calendar", team=request.team.slug)


@team_page(MERCHANT, ASSISTANT)
@post_only
def trip_cancellation(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Trip.objects.filter(team=request.team).select_related("who__user"), pk=pk)
    actions.cancel_trip(trip=found, by=request.membership)
    messages.success(request, _("The trip is cancelled."))
    return redirect("risk:calendar", team=request.team.slug)


@team_page(MERCHANT, ASSISTANT)
@post_only
def account_event_withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    events = AccountEvent.objects.filter(team=request.team).select_related("buyer_account")
    actions.withdraw_account_event(event=get_object_or_404(events, pk=pk), by=request.membership)
    messages.success(request, _("The change is taken back."))
    return redirect("risk:calendar", team=request.team.slug)
