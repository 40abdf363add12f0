from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, REVIEWER, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only
from closedorders.documents.models import Document, PageImage
from closedorders.documents.views.documents import picture_of

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


@team_page(MERCHANT)
@post_only
def slot_file(request: TeamRequest, pk: int, slot_pk: int) -> HttpResponse:
    """Uses a document of the vault for one slot."""
    case = case_of(request.team, pk)
    slot = get_object_or_404(Slot, case=case, pk=slot_pk)
    chosen = request.POST.get("document", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        messages.error(request, _("Choose a document of the vault first."))
        return back_to(case, "slots")
    document = get_object_or_404(Document.objects.for_team(request.team), pk=chosen)
    with attempt(request):
        actions.choose_document(slot=slot, document=document, by=request.membership)
    return back_to(case, "slots")


@team_page(MERCHANT, REVIEWER)
def slot_page(request: TeamRequest, pk: int, slot_pk: int, number: int) -> HttpResponse:
    """One page of the document that the slot has, for whoever reviews it."""
    case = case_of(request.team, pk)
    slot = get_object_or_404(Slot, case=case, pk=slot_pk)
    pages = PageImage.objects.select_related("document__team").exclude(document=None)
    return picture_of(request, get_object_or_404(pages, document=slot.document_id, number=number))


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
