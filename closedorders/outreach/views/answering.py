"""Finding the campaign a request is about, and the way back to its page."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from closedorders.accounts.access import TeamRequest

from ..models import Campaign


def campaign_of(request: TeamRequest, pk: int) -> Campaign:
    found = get_object_or_404(Campaign.objects.for_team(request.team), pk=pk)
    found.store.team = request.team
    return found


def back_to(request: TeamRequest, campaign: Campaign, anchor: str = "") -> HttpResponseRedirect:
    url = reverse("outreach:campaign", args=[request.team.slug, campaign.pk])
    return redirect(f"{url}#{anchor}" if anchor else url)
