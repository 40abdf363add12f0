from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only
from closedorders.core.notices import success_with_undo

from .. import actions
from ..forms import CleanupForm
from ..models import Cleanup
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


@team_page(MERCHANT)
@post_only
def cleanups(request: TeamRequest, pk: int) -> HttpResponse:
    """Ticks every place of the list, or with `?undo=` unticks those that were ticked so."""
    case = case_of(request.team, pk)
    undone = request.GET.get("undo", "")
    places = undone.split(".") if undone else Cleanup.Place.values
    with attempt(request):
        changed = actions.tick_cleanups(case=case, places=places, by=request.membership, done=not undone)
        if undone:
            messages.success(request, _("Taken back: these places are to do again."))
        elif changed:
            undo_url = f"{reverse('cases:cleanups', args=[request.team.slug, pk])}?undo={'.'.join(changed)}"
            success_with_undo(request, _("Every place is ticked."), undo_url=undo_url)
    return back_to(case, "cleanup")
