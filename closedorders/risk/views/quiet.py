"""The ways to keep quiet, apart from each other: dismissed, snoozed, away, another threshold, a known event."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only

from .. import actions
from ..alerts.quiet import away_of
from ..forms import AwayForm, KnownEventForm, SnoozeForm
from ..models import Away, Dismissal, KnownEvent, Snooze

SHOWN = 20


@team_page(MERCHANT)
@get_and_post
def quiet(request: TeamRequest) -> HttpResponse:
    """The three forms are told apart by their button's name."""
    posted = request.POST if request.method == "POST" else None
    which = next((each for each in ("away", "event") if each in request.POST), "snooze")
    snooze_form = SnoozeForm(posted if which == "snooze" else None, team=request.team)
    away_form = AwayForm(posted if which == "away" else None)
    event_form = KnownEventForm(posted if which == "event" else None, team=request.team)
    form = {"snooze": snooze_form, "away": away_form, "event": event_form}[which]
    if posted is not None and form.is_valid():
        data: dict[str, Any] = dict(form.cleaned_data)
        with attempt(request, form, "ends_on" if which == "event" else "until"):
            if which == "snooze":
                actions.snooze_account(account=data.pop("buyer_account"), by=request.membership, **data)
                messages.success(request, _("Quiet until the day is over, or until it gets worse."))
            elif which == "away":
                actions.set_away(team=request.team, by=request.membership, **data)
                messages.success(request, _("Alerts wait until you are back."))
            else:
                account = data.pop("buyer_account")
                actions.note_known_event(team=request.team, account=account, by=request.membership, **data)
                messages.success(request, _("Noted. These days count as usual ones."))
            return redirect("risk:quiet", team=request.team.slug)
    return render(request, "risk/quiet.html", _context(request, snooze_form, away_form, event_form))


def _context(
    request: TeamRequest, snooze_form: SnoozeForm, away_form: AwayForm, event_form: KnownEventForm
) -> dict[str, Any]:
    today = timezone.localdate()
    live = {"team": request.team, "withdrawn_at": None}
    snoozes = Snooze.objects.filter(until__gte=today, **live).select_related("buyer_account", "by__user")
    dismissals = Dismissal.objects.filter(until__gte=today, **live).select_related("by__user")
    events = KnownEvent.objects.filter(**live).select_related("buyer_account", "by__user")
    return {
        "snooze_form": snooze_form,
        "away_form": away_form,
        "event_form": event_form,
        "away": away_of(request.team),
        "snoozes": [
            {"snooze": each, "title": BUILTIN[each.check_code].name}
            for each in snoozes.order_by("-pk")[:SHOWN]
        ],
        "dismissals": [
            {"dismissal": each, "title": BUILTIN[each.check_code].name}
            for each in dismissals.order_by("-pk")[:SHOWN]
        ],
        "events": events.order_by("-ends_on", "-pk")[:SHOWN],
    }


def _own(request: TeamRequest, rows: QuerySet[Any], pk: int) -> Any:
    found: Model = get_object_or_404(rows.filter(team=request.team), pk=pk)
    return found


@team_page(MERCHANT)
@post_only
def snooze_withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    rows = Snooze.objects.select_related("buyer_account")
    actions.withdraw_snooze(snooze=_own(request, rows, pk), by=request.membership)
    messages.success(request, _("It counts again."))
    return redirect("risk:quiet", team=request.team.slug)


@team_page(MERCHANT)
@post_only
def away_withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    actions.withdraw_away(away=_own(request, Away.objects.all(), pk), by=request.membership)
    messages.success(request, _("Welcome back: alerts go again."))
    return redirect("risk:quiet", team=request.team.slug)


@team_page(MERCHANT)
@post_only
def known_event_withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    actions.withdraw_known_event(event=_own(request, KnownEvent.objects.all(), pk), by=request.membership)
    messages.success(request, _("These days count as they were."))
    return redirect("risk:quiet", team=request.team.slug)
