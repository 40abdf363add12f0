"""Addresses that are not written to."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.paging import page_of

from .. import actions
from ..forms import SuppressionForm
from ..models import Suppression
from ..texts.public_links import has_public_address
from .tabs import tabs


@team_page(MERCHANT)
@get_and_post
def suppressions(request: TeamRequest) -> HttpResponse:
    form = SuppressionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        actions.add_suppression(
            team=request.team,
            email=words["email"],
            cause=Suppression.Cause(words["cause"]),
            detail=words["detail"],
            scope=Suppression.Scope(words["scope"]),
            by=request.membership,
        )
        only_offers = words["scope"] == Suppression.Scope.OFFERS
        messages.success(
            request,
            _("Mails to this address go without an offer from now on.")
            if only_offers
            else _("Nobody of your team writes to this address from here any more."),
        )
        return redirect("outreach:suppressions", team=request.team.slug)
    found = Suppression.objects.filter(team=request.team).select_related(
        "created_by__user", "released_by__user"
    )
    views = {
        "live": (_("Not written to"), found.live()),
        "released": (_("Released"), found.exclude(released_at=None)),
    }
    view = request.GET.get("view", "live")
    view = view if view in views else "live"
    context = {
        "form": form,
        "tabs": tabs(request, view, views),
        "view": view,
        "page": page_of(request, views[view][1]),
        "has_button": has_public_address(),
    }
    return render(request, "outreach/worklists/suppressions.html", context)


@team_page(MERCHANT)
@post_only
def suppression_release(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Suppression, team=request.team, pk=pk)
    with attempt(request):
        actions.release_suppression(
            suppression=found, by=request.membership, reason=request.POST.get("why", "")
        )
        messages.success(request, _("Released. It may be written to again."))
    return redirect("outreach:suppressions", team=request.team.slug)
