"""What an offer costs while it is changed, and what is given beside codes and refunds."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.files.csv_export import csv_response
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only

from ..compensations import actions
from ..forms import OfferForm
from ..models import Compensation
from ..plans.plan import Plan
from ..views.answering import back_to, campaign_of
from .costs import cost_of


@team_page(MERCHANT)
@post_only
def cost(request: TeamRequest, pk: int) -> HttpResponse:
    """What the offer would cost as it is typed. Nothing is saved; nothing is answered to what cannot be."""
    found = campaign_of(request, pk)
    form = OfferForm(request.POST, instance=copy(found))
    if not form.is_valid():
        return HttpResponse(status=204)
    return render(request, "outreach/draft/_cost.html", {"cost": cost_of(Plan(form.instance))})


def _known(kind: str) -> Compensation.Kind:
    if kind not in Compensation.Kind.values:
        raise Http404
    return Compensation.Kind(kind)


@team_page(MERCHANT)
@post_only
def compensations_file(request: TeamRequest, pk: int, kind: str) -> HttpResponseBase:
    """The table of whom to give what."""
    found, wanted = campaign_of(request, pk), _known(kind)
    rows = actions.export_compensations(campaign=found, kind=wanted, by=request.membership)
    head: list[object] = [_("Customer"), _("E-mail"), _("What"), _("Amount"), _("Currency"), _("Given on")]
    table: list[list[object]] = [
        [
            row.customer.name,
            row.customer.email,
            row.name or row.get_kind_display(),
            row.amount,
            row.currency,
            timezone.localdate(row.issued_at).isoformat() if row.issued_at else "",
        ]
        for row in rows
    ]
    return csv_response(f"{wanted.value}-incident-{found.incident.number}.csv", [head, *table])


@team_page(MERCHANT)
@post_only
def compensations_issuing(request: TeamRequest, pk: int, kind: str) -> HttpResponse:
    found, wanted = campaign_of(request, pk), _known(kind)
    with attempt(request):
        if request.POST.get("do") == "reopen":
            number = actions.reopen_compensations(campaign=found, kind=wanted, by=request.membership)
            words = ngettext(
                "%(count)s person is waiting again.", "%(count)s people are waiting again.", number
            )
        else:
            number = actions.issue_compensations(campaign=found, kind=wanted, by=request.membership)
            words = ngettext("Noted: %(count)s person has it.", "Noted: %(count)s people have it.", number)
        messages.success(request, words % {"count": number})
    return back_to(request, found)
