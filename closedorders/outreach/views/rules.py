"""When a second merchant is wanted, as the team sets it."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post

from .. import actions
from ..approving.second import other_merchants, rule_of
from ..forms import ApprovalRuleForm
from ..models import ApprovalRule


@team_page(MERCHANT)
@get_and_post
def approval_rule(request: TeamRequest) -> HttpResponse:
    stored = rule_of(request.team) or ApprovalRule(team=request.team)
    form = ApprovalRuleForm(request.POST or None, instance=copy(stored), currency=request.team.currency)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            actions.set_approval_rule(by=request.membership, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("outreach:approval_rule", team=request.team.slug)
    context = {"form": form, "others": other_merchants(request.membership)}
    return render(
        request, "outreach/campaigns/approval_rule.html", context, status=422 if form.errors else 200
    )
