"""What a merchant does with an incident as a whole: end, reopen, split and merge it, say that nothing is verified."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.closures.forms import NOT_SURE
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.closures.querysets import ClosureQuerySet
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.paging import page_of

from . import actions

MOST_INCIDENTS = 50


def incident_of(request: TeamRequest, number: int) -> Incident:
    found = Incident.objects.for_team(request.team).select_related("owner__user", "follows", "merged_into")
    return get_object_or_404(found, number=number)


def panel(incident: Incident) -> dict[str, Any]:
    """What the incident's page needs for these actions: other open incidents of the account, the newest first."""
    others = Incident.objects.open().filter(buyer_account=incident.buyer_account_id).exclude(pk=incident.pk)
    for each in (incident.follows, incident.merged_into):
        if each is not None:
            each.team = incident.team
    return {"mergeable": list(others.order_by("-pk")[:MOST_INCIDENTS]) if incident.ended_at is None else []}


@team_page(MERCHANT)
@post_only
def incident_end(request: TeamRequest, number: int) -> HttpResponse:
    found = incident_of(request, number)
    with attempt(request):
        actions.end_incident(incident=found, by=request.membership)
        messages.success(request, _("%(incident)s has ended.") % {"incident": found})
    return redirect(found)


@team_page(MERCHANT)
@post_only
def incident_reopening(request: TeamRequest, number: int) -> HttpResponse:
    found = incident_of(request, number)
    with attempt(request):
        actions.reopen_incident(incident=found, by=request.membership)
        messages.success(request, _("%(incident)s is open again.") % {"incident": found})
    return redirect(found)


@team_page(MERCHANT)
@post_only
def incident_merger(request: TeamRequest, number: int) -> HttpResponse:
    found = incident_of(request, number)
    chosen = request.POST.get("into", "")
    into = get_object_or_404(
        Incident.objects.for_team(request.team), number=int(chosen) if _is_key(chosen) else -1
    )
    with attempt(request):
        actions.merge_incident(incident=found, into=into, by=request.membership)
        words = _("%(incident)s is part of %(into)s now.")
        messages.success(request, words % {"incident": found, "into": into})
        return redirect(into)
    return redirect(found)


@team_page(MERCHANT)
@get_and_post
def incident_split(request: TeamRequest, number: int) -> HttpResponse:
    """The closed orders of an incident, to tick, or all of one reason."""
    found = incident_of(request, number)
    closures = Closure.objects.filter(incident=found).not_reopened()
    code = request.GET.get("reason", "")[:40]
    shown = _with_reason(closures, code)
    if request.method == "POST":
        if request.POST.get("scope") == "reason":
            chosen = _with_reason(closures, request.POST.get("reason", "")[:40])
        else:
            ticked = [int(pk) for pk in request.POST.getlist("closure")[:200] if _is_key(pk)]
            chosen = closures.filter(pk__in=ticked)
        with attempt(request):
            new = actions.split_incident(
                incident=found, closures=list(chosen.values_list("pk", flat=True)), by=request.membership
            )
            moved = new.closures.count()
            words = ngettext(
                "%(count)s closed order is in %(incident)s now.",
                "%(count)s closed orders are in %(incident)s now.",
                moved,
            )
            messages.success(request, words % {"count": moved, "incident": new})
            return redirect(new)
    counts = closures.order_by().values_list("reason__code").annotate(orders=Count("pk"))
    names = ClosureReason.objects.names(request.team)
    reasons: list[dict[str, Any]] = [
        {
            "code": each or NOT_SURE,
            "label": names.get(each, each) if each else _("Not sure yet"),
            "url": f"?reason={each or NOT_SURE}",
            "count": orders,
            "active": code == (each or NOT_SURE),
        }
        for each, orders in sorted(counts, key=lambda row: -row[1])
    ]
    every = {
        "label": _("All"),
        "url": "?",
        "count": sum(each["count"] for each in reasons),
        "active": not code,
    }
    page = page_of(request, shown.with_order())
    context = {
        "incident": found,
        "page": page,
        "tabs": [every, *reasons],
        "chosen_reason": next((reason for reason in reasons if reason["active"]), None),
    }
    return render(request, "incidents/split.html", context)


def _with_reason(closures: ClosureQuerySet, code: str) -> ClosureQuerySet:
    if not code:
        return closures
    return closures.filter(reason=None) if code == NOT_SURE else closures.filter(reason__code=code)


@team_page(MERCHANT)
@post_only
def no_verification(request: TeamRequest, number: int) -> HttpResponse:
    found = incident_of(request, number)
    with attempt(request):
        actions.note_no_verification(
            incident=found, reason=request.POST.get("reason", ""), by=request.membership
        )
        messages.success(request, _("Noted. The customers can be told that it is solved."))
    return redirect(found)


@team_page(MERCHANT)
@post_only
def no_verification_withdrawal(request: TeamRequest, number: int) -> HttpResponse:
    found = incident_of(request, number)
    with attempt(request):
        actions.withdraw_no_verification(incident=found, by=request.membership)
        messages.success(request, _("Taken back. No apology leaves before this is decided."))
    return redirect(found)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
