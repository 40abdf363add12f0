"""What there is to pay with, the networks of the office, and the open orders of one supplier."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.paging import page_of
from closedorders.orders.models import Supplier, SupplierOrder

from .. import actions
from ..facts.people import sign_ins
from ..forms import FundsForm, OfficeForm
from ..models import Funds, OfficeNetwork
from ..window import NOT_ARRIVED


@team_page(MERCHANT)
@get_and_post
def funds(request: TeamRequest) -> HttpResponse:
    form = FundsForm(request.POST if request.method == "POST" else None, team=request.team)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form, "available"):
            data: dict[str, Any] = dict(form.cleaned_data)
            actions.state_funds(account=data.pop("buyer_account"), by=request.membership, **data)
            messages.success(request, _("Noted. The checklist counts it from now on."))
            return redirect("risk:funds", team=request.team.slug)
    stated = Funds.objects.filter(team=request.team).select_related("buyer_account", "by__user")
    return render(request, "risk/funds.html", {"form": form, "page": page_of(request, stated)})


@team_page(MERCHANT)
@post_only
def funds_withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    stated = Funds.objects.filter(team=request.team).select_related("buyer_account")
    actions.withdraw_funds(funds=get_object_or_404(stated, pk=pk), by=request.membership)
    messages.success(request, _("Taken back. The one before it counts again."))
    return redirect("risk:funds", team=request.team.slug)


@team_page(MERCHANT)
@get_and_post
def offices(request: TeamRequest) -> HttpResponse:
    form = OfficeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form, "address"):
            actions.declare_office(team=request.team, by=request.membership, **form.cleaned_data)
            messages.success(request, _("Declared. Whoever signs in from elsewhere is named from now on."))
            return redirect("risk:offices", team=request.team.slug)
    declared = OfficeNetwork.objects.filter(team=request.team, withdrawn_at=None).select_related("by__user")
    context = {
        "form": form,
        "declared": declared.order_by("pk")[: actions.MOST_OFFICES],
        "seen": sign_ins(request.team, timezone.now()).networks[:50],
    }
    return render(request, "risk/offices.html", context)


@team_page(MERCHANT)
@post_only
def office_withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    declared = OfficeNetwork.objects.filter(team=request.team)
    actions.withdraw_office(office=get_object_or_404(declared, pk=pk), by=request.membership)
    messages.success(request, _("The network is not expected any more."))
    return redirect("risk:offices", team=request.team.slug)


@team_page(MERCHANT, ASSISTANT)
def supplier(request: TeamRequest, pk: int) -> HttpResponse:
    """Orders that are still to come from a supplier that is better changed."""
    found = get_object_or_404(Supplier.objects.filter(team=request.team), pk=pk)
    orders = (
        SupplierOrder.objects.for_team(request.team)
        .filter(supplier=found, status_code__in=NOT_ARRIVED, closure_logged=False)
        .select_related("buyer_account")
    )
    return render(request, "risk/supplier.html", {"supplier": found, "page": page_of(request, orders)})
