"""The language of one customer, chosen on the draft's preview."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.orders.models import Customer

from ..views.answering import campaign_of
from .actions import choose_language


@team_page(MERCHANT)
@post_only
def language(request: TeamRequest, pk: int) -> HttpResponse:
    found = campaign_of(request, pk)
    chosen = request.POST.get("customer", "")
    customer = get_object_or_404(
        Customer.objects.for_team(request.team).select_related("store"),
        pk=int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0,
    )
    with attempt(request):
        choose_language(customer=customer, language=request.POST.get("language", ""), by=request.membership)
        messages.success(request, _("The language of %(name)s is saved.") % {"name": customer})
    place = request.POST.get("person", "")
    place = place if place.isascii() and place.isdigit() and len(place) < 7 else "1"
    url = reverse("outreach:campaign", args=[request.team.slug, found.pk])
    return redirect(f"{url}?step=preview&person={place}#preview")
