from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only

from .. import actions
from ..forms import ChatForm, OutcomeForm
from ..models import Contact
from .answering import back_to, case_of, refuse_if_stale
from .moves import say_moved


@team_page(MERCHANT, ASSISTANT)
@post_only
def chat(request: TeamRequest, pk: int) -> HttpResponse:
    """Starts the timer of a chat, or ends it without anything to log."""
    case = case_of(request.team, pk)
    form = ChatForm(request.POST)
    if form_is_valid(request, form):
        act = actions.start_chat if form.cleaned_data["going_on"] else actions.stop_chat
        with attempt(request):
            act(case=case, by=request.membership)
    return back_to(case, "coach")


@team_page(MERCHANT)
@post_only
def outcome(request: TeamRequest, pk: int, contact_pk: int) -> HttpResponse:
    """Moves the case by what came of a logged contact."""
    case = case_of(request.team, pk)
    contact = get_object_or_404(Contact, case=case, pk=contact_pk)
    form = OutcomeForm(request.POST)
    if form_is_valid(request, form):
        with attempt(request):
            refuse_if_stale(request, case)
            transition = actions.move_case(
                case=case,
                move=form.cleaned_data["move"],
                by=request.membership,
                note=contact.summary,
                asked_for=form.cleaned_data["asked_for"],
                contact=contact,
            )
            say_moved(request, case, form.cleaned_data["move"], transition)
    return back_to(case, "log")
