"""The customer's page as the merchant has it in hand: see it, close it, open it again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.methods import post_only
from closedorders.core.notices import success_with_undo
from closedorders.outreach.message_states import NEVER_SENT
from closedorders.outreach.models import Campaign, Message
from closedorders.outreach.texts.public_links import links_work, page_token

from .. import actions
from ..models import PageClosing
from ..page import key_of, open_until


def _message(request: TeamRequest, pk: int) -> Message:
    found = Message.objects.for_team(request.team).select_related(
        "team", "customer", "campaign__team", "incident__team"
    )
    return get_object_or_404(found, pk=pk)


@team_page(MERCHANT)
def page(request: TeamRequest, pk: int) -> HttpResponse:
    """What the link of one mail leads to, until when, and what its customer wrote there."""
    message = _message(request, pk)
    closings = list(
        PageClosing.objects.of(message)
        .select_related("closed_by__user", "campaign", "message")
        .order_by("pk")
    )
    is_sent = message.state not in NEVER_SENT and bool(message.body)
    key = key_of(message) if is_sent else None
    until = open_until(message)
    context = {
        "message": message,
        "own_closing": next((each for each in closings if each.message_id), None),
        "campaign_closing": next((each for each in closings if each.message_id is None), None),
        "until": until,
        "is_over": timezone.now() >= until,
        "is_open": key is not None and not closings and timezone.now() < until,
        "is_sent": is_sent,
        # A path of this site: the merchant opens it where they are, whatever address the mail names.
        "url": reverse("customer_page", args=[page_token(key)]) if key else "",
        "links_work": links_work(),
        "replies": message.replies.select_related("read_by__user").order_by("-pk")[:20],
        "people": message.campaign.messages.exclude(state__in=NEVER_SENT).count(),
    }
    return render(request, "responses/customer_page.html", context)


def _back(request: TeamRequest, message: Message) -> HttpResponse:
    return redirect("responses:page", team=request.team.slug, pk=message.pk)


@team_page(MERCHANT)
@post_only
def page_closing(request: TeamRequest, pk: int) -> HttpResponse:
    message = _message(request, pk)
    actions.close_page(message=message, by=request.membership)
    undo_url = reverse("responses:page_opening", args=[request.team.slug, message.pk])
    success_with_undo(request, _("Closed: the link of this mail leads nowhere now."), undo_url=undo_url)
    return _back(request, message)


@team_page(MERCHANT)
@post_only
def page_opening(request: TeamRequest, pk: int) -> HttpResponse:
    message = _message(request, pk)
    actions.open_page(message=message, by=request.membership)
    messages.success(request, _("Opened again."))
    return _back(request, message)


def _campaign(request: TeamRequest, pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.for_team(request.team), pk=pk)


@team_page(MERCHANT)
@post_only
def campaign_closing(request: TeamRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    actions.close_pages(campaign=campaign, by=request.membership)
    undo_url = reverse("responses:campaign_opening", args=[request.team.slug, campaign.pk])
    success_with_undo(request, _("Closed: no link of this campaign leads anywhere now."), undo_url=undo_url)
    return redirect(campaign)


@team_page(MERCHANT)
@post_only
def campaign_opening(request: TeamRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    actions.open_pages(campaign=campaign, by=request.membership)
    messages.success(request, _("The pages of the campaign are open again."))
    return redirect(campaign)
