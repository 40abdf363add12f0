from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only

from .. import actions
from ..forms import AlipayForm, CleanupForm
from .answering import back_to, case_of
from .case import case_page


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
def alipay(request: TeamRequest, pk: int) -> HttpResponse:
    """Records the day on which the buyer account was verified with Alipay."""
    case = case_of(request.team, pk)
    form = AlipayForm(request.POST)
    if form.is_valid():
        with attempt(request, form, "verified_on"):
            actions.record_alipay_verification(
                case=case, verified_on=form.cleaned_data["verified_on"], by=request.membership
            )
            messages.success(request, _("Alipay verification saved."))
            return redirect(case)
    return case_page(request, case, alipay_form=form)
