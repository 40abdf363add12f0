from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from closedorders.accounts.access import EVERYONE, TeamRequest, team_page

from .choice import Do
from .reads import find_now
from .wording import action_of, calm_day


@team_page(*EVERYONE)
def now(request: TeamRequest) -> HttpResponse:
    """Exactly one thing to do."""
    found = find_now(request.membership)
    action = action_of(found, request.membership)
    context = {
        "action": action,
        "reminder": found.reminder if found.choice.do == Do.REMINDER else None,
        "calm_day": calm_day(request.membership) if action.calm else [],
    }
    return render(request, "incidents/now.html", context)
