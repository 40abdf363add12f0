from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only

from .. import actions
from ..forms import CleanupForm
from .answering import back_to, case_of


@team_page(MERCHANT)
@post_only
def cleanup(request: TeamRequest, pk: int, place: str) -> HttpResponse:
    case = case_of(request.team, pk)
    found = get_object_or_404(case.cleanups, place=place)
    form = CleanupForm(request.POST)
    if form_is_valid(request, form):
        with attempt(request):
            actions.tick_cleanup(cleanup=found, done=form.cleaned_data["done"], by=request.membership)
    return back_to(case, "cleanup")
