from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import EVERYONE, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only

from .. import actions
from ..actions.playbooks import PLAYBOOK_WORDS
from ..forms import OwnReasonForm, PlaybookForm
from ..models import Closure, ClosureReason
from ..playbooks import advice_for


@team_page(*EVERYONE)
def reasons(request: TeamRequest) -> HttpResponse:
    """The reasons and how many open closures each has."""
    found = list(ClosureReason.objects.for_team(request.team).with_open_closures(request.team))
    context = {
        "seeded": [reason for reason in found if reason.team_id is None],
        "own": [reason for reason in found if reason.team_id is not None],
    }
    return render(request, "closures/reasons.html", context)


@team_page(MERCHANT)
@get_and_post
def reason_creation(request: TeamRequest) -> HttpResponse:
    form = OwnReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form, "name"):
            made = actions.add_reason(
                team=request.team, name=form.cleaned_data["name"], by=request.membership
            )
            messages.success(request, _("Reason added. Write down what to do about it."))
            return redirect("closures:playbook", team=request.team.slug, code=made.code)
    return render(request, "closures/reason_creation.html", {"form": form})


def _reason(request: TeamRequest, code: str) -> ClosureReason:
    found = ClosureReason.objects.with_retired(request.team).filter(code=code).first()
    if found is None:
        raise Http404
    return found


@team_page(*EVERYONE)
def reason(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    context = {
        "reason": found,
        "advice": advice_for(team=request.team, reason=found),
        "open_closures": Closure.objects.for_team(request.team).open().filter(reason=found).count(),
        "may_retire": request.membership.is_merchant
        and found.team_id == request.team.pk
        and found.retired_at is None,
    }
    return render(request, "closures/reason.html", context)


@team_page(MERCHANT)
@get_and_post
def playbook(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    advice = advice_for(team=request.team, reason=found)
    words = {name: getattr(advice, name) for name in PLAYBOOK_WORDS}
    form = PlaybookForm(request.POST or None, initial={**words, "verified_on": advice.verified_on})
    if request.method == "POST" and form.is_valid():
        actions.edit_playbook(team=request.team, reason=found, by=request.membership, **form.cleaned_data)
        messages.success(request, _("Playbook saved."))
        return redirect("closures:reason", team=request.team.slug, code=found.code)
    return render(request, "closures/playbook.html", {"form": form, "reason": found})


@team_page(MERCHANT)
@post_only
def reason_retirement(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    with attempt(request):
        actions.retire_reason(reason=found, by=request.membership)
        messages.success(request, _("Reason retired. Closures that have it keep it."))
    return redirect("closures:reasons", team=request.team.slug)
