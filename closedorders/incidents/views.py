from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import EVERYONE, MERCHANT, TeamRequest, team_page
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.core.money import amounts_in_words
from closedorders.core.paging import page_of
from closedorders.core.text.formatting import duration
from closedorders.orders.models import Store
from closedorders.outreach.models import Campaign, Kind
from closedorders.outreach.wording import cannot_be_mailed

from .actions import end_incident, set_cause
from .next_step import Situation
from .reads import incident_view, value_at_risk
from .wording import next_panel


@team_page(*EVERYONE)
def incidents(request: TeamRequest) -> HttpResponse:
    page = page_of(request, Incident.objects.for_team(request.team).with_counts())
    return render(request, "incidents/incidents.html", {"page": page})


def _incident(request: TeamRequest, number: int) -> Incident:
    return get_object_or_404(
        Incident.objects.for_team(request.team).select_related("owner__user"), number=number
    )


@team_page(*EVERYONE)
def incident(request: TeamRequest, number: int) -> HttpResponse:
    found = _incident(request, number)
    view = incident_view(found, role=request.membership.role)
    value, orders, countries = value_at_risk(request.team, found)
    closures = (
        Closure.objects.filter(incident=found)
        .not_reopened()
        .select_related("supplier_order__store_order__customer", "reason")
        .defer("supplier_order__store_order__lines")
        .order_by("closed_at", "pk")[:10]
    )
    stores = Store.objects.filter(
        pk__in=Closure.objects.filter(incident=found).values("supplier_order__store_order__store")
    )
    context: dict[str, Any] = {
        "incident": found,
        "view": view,
        "step": next_panel(view, request.membership),
        "figures": [
            {"label": _("Orders closed"), "value": view.situation.closures_not_reopened},
            {
                "label": _("Value at risk"),
                "value": amounts_in_words(value),
                "note": _("%(orders)s sales, %(countries)s countries")
                % {"orders": orders, "countries": countries},
            },
            {
                "label": _("Customers"),
                "value": view.situation.customers_told + view.situation.customers_untold,
                "note": _customers_note(view.situation),
                "tone": "red" if view.situation.customers_untold else "",
            },
        ],
        "closures": list(closures),
        "campaigns": []
        if request.membership.is_reviewer
        else list(Campaign.objects.for_team(request.team).filter(incident=found).order_by("-pk")[:20]),
        "stores": list(stores[:20]) if request.membership.is_merchant else [],
        "kinds": Kind.choices,
        "reasons": ClosureReason.objects.for_team(request.team) if request.membership.is_merchant else [],
    }
    if view.case:
        context["figures"].append(
            {
                "label": _("Case clock"),
                "value": duration(view.case.clock.total),
                "note": view.case.waiting_label,
            }
        )
    return render(request, "incidents/incident.html", context)


def _customers_note(situation: Situation) -> str:
    not_told = _("%(count)s not told yet") % {"count": situation.customers_untold}
    if situation.customers_unreachable:
        return f"{not_told}, {cannot_be_mailed(situation.customers_unreachable)}"
    return not_told


@team_page(MERCHANT)
@post_only
def incident_cause(request: TeamRequest, number: int) -> HttpResponse:
    found = _incident(request, number)
    chosen = request.POST.get("cause", "")
    cause = (
        get_object_or_404(ClosureReason.objects.for_team(request.team), pk=chosen)
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 19
        else None
    )
    set_cause(incident=found, cause=cause, by=request.membership)
    messages.success(request, _("Cause saved."))
    return redirect(found)


@team_page(MERCHANT)
@post_only
def incident_end(request: TeamRequest, number: int) -> HttpResponse:
    found = _incident(request, number)
    with attempt(request):
        end_incident(incident=found, by=request.membership)
        messages.success(request, _("%(incident)s has ended.") % {"incident": found})
    return redirect(found)
