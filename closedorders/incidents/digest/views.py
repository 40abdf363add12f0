from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.access import EVERYONE, TeamRequest, team_page
from closedorders.core.http.methods import get_and_post

from .actions import switch_digest
from .letter import write
from .sending import MORNING, wants_digest


@team_page(*EVERYONE)
@get_and_post
def digest(request: TeamRequest) -> HttpResponse:
    """A person's own morning summary of this team: on or off, and how it would read now."""
    if request.method == "POST":
        on = request.POST.get("on") == "1"
        switch_digest(on=on, by=request.membership)
        messages.success(request, _("The morning summary is on.") if on else _("The morning summary is off."))
        return redirect("incidents:digest", team=request.team.slug)
    context = {
        "on": wants_digest(request.membership),
        "morning": MORNING,
        "letter": write(request.membership, timezone.localdate()),
    }
    return render(request, "incidents/digest/digest.html", context)
