from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only

from .. import actions
from ..forms import ContactForm, SnoozeForm
from ..models import Contact
from .answering import back_to, case_of, say_if_masked
from .case import case_page


@team_page(MERCHANT, ASSISTANT)
@post_only
def contacts(request: TeamRequest, pk: int) -> HttpResponse:
    """Logs one contact with AliExpress."""
    case = case_of(request.team, pk)
    form = ContactForm(request.POST)
    if form.is_valid():
        with attempt(request, form):
            contact = actions.log_contact(case=case, by=request.membership, **form.cleaned_data)
            for name in ("agent", "summary", "promise"):
                say_if_masked(request, form.cleaned_data[name], getattr(contact, name))
            messages.success(request, _("Logged."))
            return back_to(case, "log")
    return case_page(request, case, contact_form=form)


@team_page(MERCHANT, ASSISTANT)
@post_only
def follow_up(request: TeamRequest, pk: int, contact_pk: int) -> HttpResponse:
    """Marks a reminder as done."""
    case = case_of(request.team, pk)
    contact = get_object_or_404(Contact, case=case, pk=contact_pk)
    with attempt(request):
        actions.mark_followed_up(contact=contact, by=request.membership)
    return back_to(case, "log")


@team_page(MERCHANT, ASSISTANT)
@post_only
def snooze(request: TeamRequest, pk: int, contact_pk: int) -> HttpResponse:
    case = case_of(request.team, pk)
    contact = get_object_or_404(Contact, case=case, pk=contact_pk)
    form = SnoozeForm(request.POST)
    if form_is_valid(request, form):
        until = timezone.now() + timedelta(hours=form.cleaned_data["hours"])
        with attempt(request):
            actions.snooze_follow_up(contact=contact, until=until, by=request.membership)
    return back_to(case, "log")
