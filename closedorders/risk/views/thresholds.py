"""Thresholds of the team, tried on its own past before they are saved."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post

from .. import actions
from ..backtest import Backtest
from ..checklist import thresholds_of
from ..checklist.dollars import usd
from ..drawing import backtest_bars
from ..forms import ThresholdForm
from ..rules import Thresholds
from ..tuning import MONTHS, TUNABLE, backtest

#: Days named in "would have fired on", and incidents below it; of more the newest.
NAMED = 12


@team_page(MERCHANT)
@get_and_post
def threshold(request: TeamRequest, threshold: str) -> HttpResponse:
    name = threshold
    if name not in TUNABLE:
        raise Http404
    stored = getattr(thresholds_of(request.team), name)
    given = (
        request.POST
        if request.method == "POST"
        else {"value": stored, "months": MONTHS[-1]} | request.GET.dict()
    )
    form = ThresholdForm(given, name=name)
    value, months = stored, MONTHS[-1]
    if form.is_valid():
        value, months = form.cleaned_data["value"], form.cleaned_data["months"]
        if request.method == "POST":
            with attempt(request, form, "value"):
                actions.set_threshold(team=request.team, name=name, value=value, by=request.membership)
                messages.success(request, _("Threshold saved."))
                return redirect("risk:threshold", team=request.team.slug, threshold=name)
    found = backtest(request.team, name, value, months=months)
    return render(
        request,
        "risk/threshold.html",
        _context(request, name, form, found, stored) | {"value": value, "months": months},
    )


def _context(
    request: TeamRequest, name: str, form: ThresholdForm, found: Backtest, stored: int
) -> dict[str, Any]:
    places = {day: place for place, day in enumerate(found.days)}
    closed = {places[warned.incident.day] for warned in found.warned if warned.incident.day in places}
    in_dollars = TUNABLE[name].in_dollars
    words = usd if in_dollars else str
    title = _("Largest day of an account")
    drawing = backtest_bars(
        found.values,
        threshold=found.threshold,
        fired={places[day] for day in found.fired},
        closed=closed,
        title=title,
        description=_("%(days)s days reach the threshold; %(incidents)s incidents are marked.")
        % {"days": len(found.fired), "incidents": len(closed)},
    )
    return {
        "form": form,
        "name": name,
        "label": TUNABLE[name].label,
        "tabs": [
            {
                "label": tunable.label,
                "url": reverse("risk:threshold", args=[request.team.slug, each]),
                "active": each == name,
            }
            for each, tunable in TUNABLE.items()
        ],
        "found": found,
        "drawing": drawing,
        "ends": [found.days[0], found.days[len(found.days) // 2], found.days[-1]],
        "fired": list(reversed(found.fired))[:NAMED],
        "more_fired": max(len(found.fired) - NAMED, 0),
        "warned": list(reversed(found.warned))[:NAMED],
        "more_warned": max(len(found.warned) - NAMED, 0),
        "in_words": words(found.threshold),
        "stored_in_words": words(stored),
        "usual_in_words": words(getattr(Thresholds(), name)),
        "is_stored": found.threshold == stored,
        "figures": _figures(found),
    }


def _figures(found: Backtest) -> list[dict[str, Any]]:
    warned = [each.days_before for each in found.warned if each.days_before is not None]
    return [
        {"label": _("Would have fired"), "value": len(found.fired), "note": _("days")},
        {
            "label": _("Incidents warned of"),
            "value": _("%(warned)s of %(all)s") % {"warned": len(warned), "all": len(found.warned)},
            "note": _("%(days)s days before, at best") % {"days": max(warned)} if warned else "",
        },
        {
            "label": _("False alarms a month"),
            "value": number_format(found.false_a_month, decimal_pos=1),
            "note": _("no closure followed within 14 days"),
        },
    ]
