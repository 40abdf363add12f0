from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import EVERYONE, MERCHANT, TeamRequest, team_page
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.closures.playbooks import incident_steps
from closedorders.closures.views.outcomes import proposal_notices
from closedorders.core.http.methods import post_only
from closedorders.core.paging import page_of
from closedorders.outreach.models import Campaign, Kind
from closedorders.outreach.wording import cannot_be_mailed
from closedorders.responses.reads import replies_of

from . import whole
from .actions import set_cause
from .next_step import Situation
from .page.figures import incident_figures
from .page.shown import clock_figure, money_figures, timeline_page
from .reads import incident_views
from .whole import incident_of
from .wording import next_panel


@team_page(*EVERYONE)
def incidents(request: TeamRequest) -> HttpResponse:
    page = page_of(request, Incident.objects.for_team(request.team).with_counts())
    return render(request, "incidents/incidents.html", {"page": page})


#: What a line of `closures/_table.html` shows.
_OF_CLOSURE = (
    "closed_at",
    "reason__code",
    "reason__own_name",
    "supplier_order__number",
    "supplier_order__cost",
    "supplier_order__currency",
    "supplier_order__store_order__number",
    "supplier_order__store_order__customer__name",
)


@team_page(*EVERYONE)
def incident(request: TeamRequest, number: int) -> HttpResponse:
    found = incident_of(request, number)
    figures = incident_figures(found)
    view = incident_views([found], {found.pk: figures.counts}, role=request.membership.role)[0]
    closures = (
        Closure.objects.filter(incident=found)
        .not_reopened()
        .select_related("supplier_order__store_order__customer", "reason")
        .only(*_OF_CLOSURE)
        .order_by("pk")[:10]
    )
    campaigns = [] if request.membership.is_reviewer else _campaigns(found)
    context: dict[str, Any] = {
        "incident": found,
        "view": view,
        "step": next_panel(view, request.membership),
        "figures": [
            *money_figures(figures.money, request.membership),
            {
                "label": _("Customers"),
                "value": view.situation.customers_told + view.situation.customers_untold,
                "note": _customers_note(view.situation),
                "tone": "red" if view.situation.customers_untold else "",
            },
        ],
        "closures": list(closures),
        "campaigns": campaigns,
        "stores": figures.stores if request.membership.is_merchant else [],
        "kinds": Kind.choices,
        **proposal_notices(request, found),
        "reasons": ClosureReason.objects.for_team(request.team) if request.membership.is_merchant else [],
    }
    context["figures"].append(clock_figure(view))
    context |= {
        "counted_at": figures.counted_at,
        **timeline_page(request, view, campaigns),
    }
    if not request.membership.is_reviewer:
        context |= incident_steps(found)
    if request.membership.is_merchant:
        context |= whole.panel(found)
        context["replies"] = replies_of(found)
    return render(request, "incidents/incident.html", context)


def _campaigns(found: Incident) -> list[Campaign]:
    """The newest of the incident, with what a line of its page shows."""
    campaigns = list(Campaign.objects.filter(incident=found).select_related("store").order_by("-pk")[:20])
    for campaign in campaigns:
        campaign.incident, campaign.team = found, found.team
    return campaigns


def _customers_note(situation: Situation) -> str:
    notes = [_("%(count)s not told yet") % {"count": situation.customers_untold}]
    if situation.customers_unreachable:
        notes.append(cannot_be_mailed(situation.customers_unreachable))
    if situation.customers_told_to_wait:
        notes.append(_("told: waiting, %(count)s") % {"count": situation.customers_told_to_wait})
    return " · ".join(notes)


@team_page(MERCHANT)
@post_only
def incident_cause(request: TeamRequest, number: int) -> HttpResponse:
    found = incident_of(request, number)
    chosen = request.POST.get("cause", "")
    cause = (
        get_object_or_404(ClosureReason.objects.for_team(request.team), pk=chosen)
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 19
        else None
    )
    set_cause(incident=found, cause=cause, by=request.membership)
    messages.success(request, _("Cause saved."))
    return redirect(found)
