from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from closedorders.core.paging import page_of

from ..access import MERCHANT, TeamRequest, team_page
from ..models import AuditEvent, Membership
from .words import TeamWords, relabel


@team_page(MERCHANT)
def audit(request: TeamRequest) -> HttpResponse:
    events = AuditEvent.objects.filter(team=request.team).select_related("actor")
    person = request.GET.get("person", "")
    if person.isascii() and person.isdigit() and len(person) < 19:
        events = events.filter(actor_id=int(person))
    people = Membership.objects.filter(team=request.team).select_related("user").order_by("pk")[:200]
    page = page_of(request, events)
    relabel(page.rows)
    context = {
        "page": page,
        "people": people,
        "person": person,
        "own_words": TeamWords(request.team),
    }
    return render(request, "accounts/audit.html", context)
