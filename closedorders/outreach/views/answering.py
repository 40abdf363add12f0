"""Finding the campaign a request is about; doing what was asked and saying what came of it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from closedorders.accounts.access import TeamRequest
from closedorders.core.refusals import Refused

from ..models import Campaign


def campaign_of(request: TeamRequest, pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.for_team(request.team), pk=pk)


def back_to(request: TeamRequest, campaign: Campaign, anchor: str = "") -> HttpResponseRedirect:
    url = reverse("outreach:campaign", args=[request.team.slug, campaign.pk])
    return redirect(f"{url}#{anchor}" if anchor else url)


def attempt(request: TeamRequest, act: Callable[[], str | None]) -> bool:
    """Whether `act` was done; its words, or why it was refused, become a message."""
    try:
        words = act()
    except Refused as refused:
        messages.error(request, str(refused))
        return False
    if words:
        messages.success(request, words)
    return True
