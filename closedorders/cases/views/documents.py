from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from closedorders.accounts.access import MERCHANT, REVIEWER, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only

from .. import actions
from ..forms import DecisionForm, NewSlotForm, SlotForm
from ..models import Slot
from .answering import back_to, case_of
from .case import case_page


@team_page(MERCHANT)
@post_only
def documents(request: TeamRequest, pk: int) -> HttpResponse:
    """Adds one more document to the list."""
    case = case_of(request.team, pk)
    form = NewSlotForm(request.POST)
    if form.is_valid():
        with attempt(request, form, "label"):
            actions.add_slot(case=case, label=form.cleaned_data["label"], by=request.membership)
            return back_to(case, "slots")
    return case_page(request, case, new_slot_form=form)


@team_page(MERCHANT)
@post_only
def document(request: TeamRequest, pk: int, slot_pk: int) -> HttpResponse:
    """Ticks one document by hand."""
    case = case_of(request.team, pk)
    slot = get_object_or_404(Slot, case=case, pk=slot_pk)
    form = SlotForm(request.POST)
    if form_is_valid(request, form):
        with attempt(request):
            actions.set_slot(slot=slot, state=form.cleaned_data["state"], by=request.membership)
    return back_to(case, "slots")


@team_page(MERCHANT, REVIEWER)
@post_only
def decision(request: TeamRequest, pk: int, slot_pk: int) -> HttpResponse:
    case = case_of(request.team, pk)
    slot = get_object_or_404(Slot, case=case, pk=slot_pk)
    form = DecisionForm(request.POST)
    if form_is_valid(request, form):
        with attempt(request):
            actions.decide(slot=slot, by=request.membership, **form.cleaned_data)
    return back_to(case, "slots")
