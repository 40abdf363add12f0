"""A fire drill: what it is, its start, its times, and its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.access import EVERYONE, MERCHANT, TeamRequest, team_page
from closedorders.accounts.models import Membership, Team
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.core.text.formatting import duration

from .actions import DrillResult, end_drill, start_drill
from .reads import drill_progress

STEP_LABELS: dict[str, Promise] = {
    "logged": gettext_lazy("Closed orders logged"),
    "case": gettext_lazy("Verification case opened"),
    "submitted": gettext_lazy("Documents submitted"),
    "unblocked": gettext_lazy("Account unblocked"),
    "approved": gettext_lazy("Apologies approved"),
    "told": gettext_lazy("Every customer told"),
    "outcomes": gettext_lazy("An outcome for every order"),
    "ended": gettext_lazy("Incident ended"),
}


def _running(team: Team) -> Team | None:
    """The drill of this team, which may be itself."""
    if team.is_drill:
        return team
    return Team.objects.filter(drill_of=team).select_related("drill_of").first()


@team_page(*EVERYONE)
def drill(request: TeamRequest) -> HttpResponse:
    running = _running(request.team)
    context: dict[str, Any] = {"running": running}
    if running is not None:
        progress = drill_progress(running)
        context |= {
            "progress": progress,
            "may_open": running == request.team
            or Membership.objects.live().filter(team=running, user=request.user).exists(),
            "steps": [{"label": STEP_LABELS[step.name], "step": step} for step in progress.steps],
        }
    return render(request, "incidents/drill/drill.html", context)


@team_page(MERCHANT)
@post_only
def drill_start(request: TeamRequest) -> HttpResponse:
    with attempt(request):
        incident = start_drill(team=request.team, by=request.membership)
        messages.success(request, _("The drill has begun. The clock is running."))
        return redirect(incident)
    return redirect("incidents:drill", team=request.team.slug)


@team_page(MERCHANT)
@post_only
def drill_end(request: TeamRequest) -> HttpResponse:
    running = _running(request.team)
    if running is None:
        messages.info(request, _("No fire drill is under way."))
        return redirect("incidents:drill", team=request.team.slug)
    real = running.drill_of
    with attempt(request):
        messages.success(request, _result(end_drill(drill=running, by=request.membership)))
        # Whoever is no longer in the real team goes to the list of teams.
        if real and Membership.objects.live().filter(team=real, user=request.user).exists():
            return redirect("incidents:drill", team=real.slug)
        return redirect("home")
    return redirect("incidents:drill", team=request.team.slug)


def _result(result: DrillResult) -> str:
    if result.took is not None:
        return _("The drill is over: %(time)s. Everything made up is deleted.") % {
            "time": duration(result.took)
        }
    return _("The drill is over, with %(done)s of %(total)s steps done. Everything made up is deleted.") % {
        "done": result.steps,
        "total": result.of,
    }
