"""Finding the campaign a request is about, and the way back to its page."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from closedorders.accounts.access import TeamRequest

from ..drafts.steps import step_of
from ..models import Campaign


def campaign_of(request: TeamRequest, pk: int) -> Campaign:
    found = get_object_or_404(Campaign.objects.for_team(request.team), pk=pk)
    found.store.team = request.team
    return found


def back_to(request: TeamRequest, campaign: Campaign, anchor: str = "") -> HttpResponseRedirect:
    url = reverse("outreach:campaign", args=[request.team.slug, campaign.pk])
    step = step_of(anchor)
    return redirect(f"{url}{f'?step={step}' if step else ''}{f'#{anchor}' if anchor else ''}")
