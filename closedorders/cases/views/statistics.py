from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from closedorders.accounts.access import EVERYONE, TeamRequest, team_page

from ..clock.statistics import MOST_CASES, read_statistics


@team_page(*EVERYONE)
def statistics(request: TeamRequest) -> HttpResponse:
    """How long it took until AliExpress lifted a block: medians, by month and by reason."""
    found = read_statistics(request.team)
    return render(request, "cases/statistics.html", {"found": found, "most": MOST_CASES})
