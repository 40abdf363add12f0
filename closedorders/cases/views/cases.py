from __future__ import annotations

from typing import TypedDict

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import EVERYONE, MERCHANT, TeamRequest, team_page
from closedorders.accounts.models import Role
from closedorders.closures.models import Incident
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.core.paging import page_of

from .. import actions, moves
from ..models import Case
from ..moves import Turn
from ..reads import case_summaries

MOST_LIVE = 100
TURN_ORDER: dict[str, tuple[Turn, ...]] = {
    Role.MERCHANT: (Turn.OURS, Turn.REVIEWER, Turn.ALIEXPRESS),
    Role.ASSISTANT: (Turn.OURS, Turn.ALIEXPRESS, Turn.REVIEWER),
    Role.REVIEWER: (Turn.REVIEWER, Turn.OURS, Turn.ALIEXPRESS),
}


@team_page(*EVERYONE)
def cases(request: TeamRequest) -> HttpResponse:
    """Live cases by whose turn it is (the reader's own first), the oldest first; closed ones on a tab of their own."""
    view = request.GET.get("view", "")
    if view not in {"", "closed", *(turn.value for turn in Turn if turn != Turn.NOBODY)}:
        view = ""
    found = Case.objects.for_team(request.team)
    role = request.membership.role
    page = None
    if view == "closed":
        page = page_of(request, found.filter(state=Case.State.CLOSED))
        summaries = case_summaries(page.rows, role=role)
    else:
        live = found.on_turn_of(Turn(view)) if view else found.live()
        summaries = case_summaries(list(live.order_by("opened_at", "pk")[:MOST_LIVE]), role=role)
        order = TURN_ORDER[role]
        # Within a turn the case that has waited longest comes first.
        summaries.sort(key=lambda s: (order.index(s.turn), s.clock.since))
    return render(
        request,
        "cases/cases.html",
        {
            "summaries": summaries,
            "page": page,
            "view": view,
            "tabs": _tabs(request, view),
            "cut": page is None and len(summaries) == MOST_LIVE,
            "most": MOST_LIVE,
            "sees_documents": role != Role.ASSISTANT,
        },
    )


class _Tab(TypedDict):
    label: str
    url: str
    count: int | None
    active: bool


def _tabs(request: TeamRequest, view: str) -> list[_Tab]:
    states = Case.objects.filter(team=request.team).live().order_by()[: MOST_LIVE * 10]
    turns = [moves.TURNS[state] for state in states.values_list("state", flat=True)]
    url = reverse("cases:cases", args=[request.team.slug])
    tabs: list[_Tab] = [
        {"label": _("Open"), "url": url, "count": len(turns), "active": view == ""},
        *(
            _Tab(
                label=_(moves.TURN_LABELS[turn]),
                url=f"{url}?view={turn}",
                count=turns.count(turn),
                active=view == turn,
            )
            for turn in TURN_ORDER[request.membership.role]
        ),
        {"label": _("Closed"), "url": f"{url}?view=closed", "count": None, "active": view == "closed"},
    ]
    return tabs


@team_page(MERCHANT)
@post_only
def case_opening(request: TeamRequest, number: int) -> HttpResponse:
    incident = get_object_or_404(Incident.objects.for_team(request.team), number=number)
    with attempt(request):
        return redirect(actions.open_case(incident=incident, by=request.membership))
    return redirect(incident)
