from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only

from .. import actions, moves
from ..forms import AnswerDueForm, VerificationForm
from ..models import Case
from ..verification import proposal_for
from .answering import back_to, case_of


def verification_context(case: Case) -> dict[str, Any]:
    """The question which verification it is, while its answer may change, and the day by which to answer."""
    context: dict[str, Any] = {}
    if case.state == Case.State.COLLECTING:
        proposal = None if case.verification else proposal_for(case.incident)
        chosen = case.verification or (proposal.verification if proposal else "")
        context["verification_form"] = VerificationForm(initial={"verification": chosen})
        context["proposal"] = proposal
    if case.state in moves.NOT_ANSWERED:
        context["answer_due_form"] = AnswerDueForm(initial={"answer_due": case.answer_due})
    return context


@team_page(MERCHANT)
@post_only
def verification(request: TeamRequest, pk: int) -> HttpResponse:
    case = case_of(request.team, pk)
    form = VerificationForm(request.POST)
    if form_is_valid(request, form):
        with attempt(request):
            chosen = form.cleaned_data["verification"]
            actions.set_verification(case=case, verification=chosen, by=request.membership)
            messages.success(request, _("The list of documents fits now. What was there already stays."))
    return back_to(case, "slots")


@team_page(MERCHANT)
@post_only
def answer_due(request: TeamRequest, pk: int) -> HttpResponse:
    case = case_of(request.team, pk)
    form = AnswerDueForm(request.POST)
    if form_is_valid(request, form):
        with attempt(request):
            actions.set_answer_due(case=case, day=form.cleaned_data["answer_due"], by=request.membership)
            messages.success(request, _("Saved."))
    return back_to(case, "verification")
