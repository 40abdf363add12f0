"""Logs of many closures: asked for in one step, followed while a worker makes them, and what came of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.health import worker_is_alive
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only
from closedorders.core.text.formatting import count

from .. import actions
from ..actions.log import MOST_NUMBERS
from ..logs import running
from ..logs.forms import UnloggedForm
from ..logs.unlogged import unlogged as unlogged_orders
from ..models import ClosureLog

_INCIDENTS_SHOWN = 50
UNFINISHED = (ClosureLog.State.WAITING, ClosureLog.State.RUNNING)


@team_page(MERCHANT, ASSISTANT)
@post_only
def unlogged(request: TeamRequest) -> HttpResponse:
    """Log all orders that look closed, in one step: from Today, or from the page of the import that brought them."""
    found = unlogged_orders(request.team)
    form = UnloggedForm(request.POST, team=request.team, ask_account=bool(found.without_account))
    if form_is_valid(request, form):
        with attempt(request):
            log = actions.log_all_unlogged(
                team=request.team,
                by=request.membership,
                reason=form.chosen(),
                buyer_account=form.chosen_account(),
                newest=form.cleaned_data["newest"],
            )
            return run_now_or_later(log)
    return redirect(request.team)


def run_now_or_later(log: ClosureLog) -> HttpResponse:
    """Go to the log's page; one that is quick is over by then."""
    if log.progress_total <= MOST_NUMBERS:
        running.run_log(log.pk)
    return redirect(log)


def _log(request: TeamRequest, pk: int) -> ClosureLog:
    logs = ClosureLog.objects.for_team(request.team).defer("rows")
    return get_object_or_404(logs.select_related("team", "by__user", "buyer_account"), pk=pk)


@team_page(MERCHANT, ASSISTANT)
def log(request: TeamRequest, pk: int) -> HttpResponse:
    found = _log(request, pk)
    working = found.state in UNFINISHED
    context: dict[str, Any] = {"log": found, "working": working}
    if working:
        context["progress"] = _progress(found)
    incidents = found.incidents.select_related("team", "buyer_account", "follows").order_by("number")
    context["incidents"] = list(incidents[:_INCIDENTS_SHOWN])
    left = found.progress_total - found.progress_done
    context["left"] = count(left) if found.state == ClosureLog.State.REFUSED else ""
    return render(request, "closures/log/log.html", context)


def _progress(found: ClosureLog) -> dict[str, Any]:
    waiting = ""
    if found.claimed_until is None:
        waiting = _("Waiting for a worker to take it")
        if not worker_is_alive():
            waiting = _("No worker answers. Nothing is lost: it goes on by itself once one runs")
    seconds = (timezone.now() - found.started_at).total_seconds() if found.started_at else 0.0
    rate = (
        found.progress_done / seconds if found.progress_done and seconds > 1 and found.attempts <= 1 else 0.0
    )
    left = found.progress_total - found.progress_done
    return {
        "label": _("Logging closures"),
        "done": found.progress_done,
        "total": found.progress_total,
        "rate": rate,
        "seconds_left": int(left / rate) if rate and left else 0,
        "waiting": waiting,
        "poll_url": reverse("closures:log_progress", args=[found.team.slug, found.pk]),
    }


@team_page(MERCHANT, ASSISTANT)
def log_progress(request: TeamRequest, pk: int) -> HttpResponse:
    """The progress bar alone, for polling; asks for the whole page once the log is over."""
    found = _log(request, pk)
    if found.state not in UNFINISHED:
        return HttpResponseClientRefresh()
    return render(request, "components/feedback/_progress.html", _progress(found))
