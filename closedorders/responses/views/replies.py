"""What customers wrote on their pages."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.closures.models import Incident
from closedorders.core.http.methods import post_only
from closedorders.core.notices import success_with_undo
from closedorders.core.paging import page_of
from closedorders.orders.models import Store

from .. import actions
from ..models import Reply

MOST_STORES = 50


@team_page(MERCHANT)
def replies(request: TeamRequest) -> HttpResponse:
    """The customers' answers of one incident or of all, those that wait first by the tab."""
    number = request.GET.get("incident", "")
    incident = None
    if number.isascii() and number.isdigit() and len(number) < 10:
        incident = Incident.objects.for_team(request.team).filter(number=int(number)).first()
    found = Reply.objects.for_team(request.team).select_related(
        "customer", "message__campaign", "message__incident__team", "message__team", "read_by__user"
    )
    found = found.about(incident) if incident else found
    view = "all" if request.GET.get("view") == "all" else "waiting"
    of_incident = f"&incident={incident.number}" if incident else ""
    context = {
        "page": page_of(request, found if view == "all" else found.waiting(), size=20),
        "incident": incident,
        "stores": Store.objects.for_team(request.team).order_by("name")[:MOST_STORES],
        "tabs": [
            {"label": _("To answer"), "url": f"?view=waiting{of_incident}", "active": view == "waiting"},
            {"label": _("All"), "url": f"?view=all{of_incident}", "active": view == "all"},
        ],
    }
    return render(request, "responses/replies.html", context)


def _reply(request: TeamRequest, pk: int) -> Reply:
    found = Reply.objects.for_team(request.team).select_related("message__campaign", "message__incident")
    return get_object_or_404(found, pk=pk)


def _back(request: TeamRequest, reply: Reply) -> HttpResponse:
    url = reverse("responses:replies", args=[request.team.slug])
    return HttpResponseRedirect(f"{url}?incident={reply.message.incident.number}")


@team_page(MERCHANT)
@post_only
def reply_dealt_with(request: TeamRequest, pk: int) -> HttpResponse:
    reply = _reply(request, pk)
    actions.mark_read(reply=reply, by=request.membership)
    undo_url = reverse("responses:reply_waiting", args=[request.team.slug, reply.pk])
    success_with_undo(request, _("Dealt with."), undo_url=undo_url)
    return _back(request, reply)


@team_page(MERCHANT)
@post_only
def reply_waiting(request: TeamRequest, pk: int) -> HttpResponse:
    reply = _reply(request, pk)
    actions.mark_unread(reply=reply, by=request.membership)
    messages.success(request, _("It is to be answered again."))
    return _back(request, reply)
