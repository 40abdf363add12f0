"""The campaigns: their list, a new one, and the page of one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.closures.models import Incident
from closedorders.core.http.methods import post_only
from closedorders.core.paging import page_of
from closedorders.orders.models import Store
from closedorders.senders.transports import mails_stay_here, way_of

from .. import actions, audience
from ..models import Campaign, Kind
from ..runs.progress import campaign_rows
from ..untold import untold_customers
from .answering import back_to, campaign_of
from .draft_page import draft_page
from .run import run_page


@team_page(MERCHANT, ASSISTANT)
def campaigns(request: TeamRequest) -> HttpResponse:
    page = page_of(request, Campaign.objects.for_team(request.team))
    # Read once: both lists are parts of it.
    untold = untold_customers(request.team) if request.membership.is_merchant else []
    context = {
        "rows": campaign_rows(page.rows),
        "page": page,
        "waiting": audience.waiting_incidents(request.team, untold),
        "unreachable": audience.unreachable_incidents(request.team, untold),
        "kinds": Kind,
        "stays_here": mails_stay_here(request.team),
    }
    return render(request, "outreach/campaigns/campaigns.html", context)


@team_page(MERCHANT)
@post_only
def campaign_creation(request: TeamRequest, number: int) -> HttpResponse:
    incident = get_object_or_404(Incident.objects.for_team(request.team), number=number)
    stores = Store.objects.filter(team=request.team)
    chosen = request.POST.get("store", "")
    if chosen.isdecimal() and len(chosen) < 19:
        store = get_object_or_404(stores, pk=int(chosen))
    else:
        hit = stores.filter(orders__supplier_orders__closures__incident=incident)
        found = hit.order_by("pk").first() or stores.order_by("pk").first()
        if found is None:
            messages.error(request, _("Add a store first: a mail needs somebody it comes from."))
            return redirect("outreach:campaigns", team=request.team.slug)
        store = found
    kind = request.POST.get("kind", Kind.RESOLUTION)
    if kind not in Kind.values:
        raise Http404
    made = actions.create_campaign(incident=incident, kind=Kind(kind), store=store, by=request.membership)
    return back_to(request, made)


@team_page(MERCHANT, ASSISTANT)
def campaign(request: TeamRequest, pk: int) -> HttpResponse:
    found = campaign_of(request, pk)
    if found.state == Campaign.State.DRAFT:
        if not request.membership.is_merchant:
            return render(
                request,
                "outreach/draft/draft_closed.html",
                {"campaign": found, "stays_here": way_of(found.store).stays_here},
            )
        return draft_page(request, found)
    return run_page(request, found)
