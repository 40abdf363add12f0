"""A campaign from its approval on: its progress, its ledger, and the messages nobody is certain of."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.core.paging import page_of
from closedorders.core.refusals import Refused
from closedorders.senders.transports import way_of
from closedorders.senders.wording import remedy

from .. import actions, wording
from ..forms import CountForm
from ..models import Campaign, Message
from ..runs.ledger import ledger, ledger_tabs, with_orders
from ..runs.progress import Progress, no_server, progress_of
from .answering import back_to, campaign_of


def run_page(request: TeamRequest, campaign: Campaign) -> HttpResponse:
    progress = progress_of(campaign)
    state = request.GET.get("state", "")
    state = state if state in Message.State.values else ""
    found = with_orders(campaign.messages.all())
    page = page_of(request, found.filter(state=state) if state else found)
    stays_here = way_of(campaign.store).stays_here
    corrected = campaign.messages.with_corrected_address().count() if progress.bounced else 0
    context = {
        "campaign": campaign,
        "progress": progress,
        # The mail server's own words may repeat a customer's address; for others the cause is enough to know.
        "pause_reason": campaign.pause_reason if request.membership.is_merchant else "",
        "remedy": remedy(campaign.pause_reason),
        "poll_url": _poll_url(request, campaign, progress),
        "no_server": no_server(campaign, request.membership),
        "tabs": ledger_tabs(progress.counts, state),
        "rows": ledger(page.rows, request.membership),
        "page": page,
        "tone": wording.CAMPAIGN_TONES[campaign.state],
        "stays_here": stays_here,
        "retryable": progress.failed
        + progress.counts.get("deferred", 0)
        + corrected
        + (0 if stays_here else progress.local),
        # Only where some are listed: what is ticked is what is seen.
        "decides": request.membership.is_merchant
        and any(row.state == Message.State.UNCERTAIN for row in page.rows),
        "can_retry": campaign.state != Campaign.State.CANCELLED,
    }
    return render(request, "outreach/campaigns/run.html", context)


def _poll_url(request: TeamRequest, campaign: Campaign, progress: Progress) -> str:
    if not progress.polls:
        return ""
    url = reverse("outreach:progress", args=[request.team.slug, campaign.pk])
    return f"{url}?phase={progress.phase}"


@team_page(MERCHANT, ASSISTANT)
def progress(request: TeamRequest, pk: int) -> HttpResponse:
    """The progress bar by itself. When the page around it must change too, it asks for the whole page."""
    found = campaign_of(request, pk)
    now = progress_of(found)
    context = {"progress": now, "poll_url": _poll_url(request, found, now)}
    response = render(request, "outreach/campaigns/_progress.html", context)
    if request.GET.get("phase") != now.phase:
        response["HX-Refresh"] = "true"
    return response


@team_page(MERCHANT)
@post_only
def approval(request: TeamRequest, pk: int) -> HttpResponse:
    found = campaign_of(request, pk)
    form = CountForm(request.POST)
    with attempt(request):
        if not form.is_valid():
            raise Refused(_approval_mistake(form))
        now = actions.approve_campaign(
            campaign=found,
            typed_count=form.cleaned_data["count"],
            begins_at=form.cleaned_data["begins_at"],
            by=request.membership,
        )
        if now.state == Campaign.State.DRAFT:
            messages.success(request, _("Asked: nothing is sent before another merchant approves it."))
            return back_to(request, found, "send")
        return back_to(request, found)
    return back_to(request, found, "send")


def _approval_mistake(form: CountForm) -> str:
    if "count" in form.errors:
        return _("Type the number of people as digits: that is the confirmation.")
    return " ".join(str(error) for error in form.errors["begins_at"])


def _post(
    act: Callable[[Campaign, TeamRequest], str],
) -> Callable[..., HttpResponseBase]:
    """A button of a campaign that is being sent: POST, do it, back to the page."""

    @team_page(MERCHANT)
    @post_only
    def view(request: TeamRequest, pk: int) -> HttpResponse:
        found = campaign_of(request, pk)
        with attempt(request):
            if words := act(found, request):
                messages.success(request, words)
        return back_to(request, found)

    return view


def _withdraw(campaign: Campaign, request: TeamRequest) -> str:
    actions.withdraw_approval(campaign=campaign, by=request.membership)
    return _("Taken back. Nothing was sent.")


def _take_back(campaign: Campaign, request: TeamRequest) -> str:
    actions.take_back_asking(campaign=campaign, by=request.membership)
    return _("Taken back. Nobody is asked to approve it any more.")


def _stop(campaign: Campaign, request: TeamRequest) -> str:
    actions.stop_approval(campaign=campaign, by=request.membership)
    return _("Stopped. Nothing was sent; in a moment it is a draft again.")


def _pause(campaign: Campaign, request: TeamRequest) -> str:
    actions.pause(campaign=campaign, by=request.membership)
    return _("Paused. No further mail leaves.")


def _resume(campaign: Campaign, request: TeamRequest) -> str:
    actions.resume(campaign=campaign, by=request.membership)
    return _("Going on with the next one that has not been sent.")


def _cancel(campaign: Campaign, request: TeamRequest) -> str:
    number = actions.cancel_campaign(campaign=campaign, by=request.membership)
    return ngettext(
        "Cancelled. %(count)s person was not written to.",
        "Cancelled. %(count)s people were not written to.",
        number,
    ) % {"count": number}


def _retry(campaign: Campaign, request: TeamRequest) -> str:
    done = actions.retry_failed(campaign=campaign, by=request.membership)
    words = []
    if done.queued:
        queued = ngettext(
            "%(count)s message is tried again.", "%(count)s messages are tried again.", done.queued
        )
        words.append(queued % {"count": done.queued})
    if done.same_address:
        told = ngettext(
            "%(count)s customer has the address of somebody who was written to, and counts as told.",
            "%(count)s customers have the addresses of people who were written to, and count as told.",
            done.same_address,
        )
        words.append(told % {"count": done.same_address})
    return " ".join(words)


withdrawal = _post(_withdraw)
asking_withdrawal = _post(_take_back)
approval_stop = _post(_stop)
pausing = _post(_pause)
resumption = _post(_resume)
cancellation = _post(_cancel)
retries = _post(_retry)


@team_page(MERCHANT)
@post_only
def decisions(request: TeamRequest, pk: int) -> HttpResponse:
    """What a merchant found out about the ticked mails that nobody is certain of."""
    found = campaign_of(request, pk)
    ticked = [int(key) for key in request.POST.getlist("pk")[:500] if key.isdecimal() and len(key) < 19]
    do = request.POST.get("do")
    if do not in {"arrived", "again"}:
        raise Http404
    with attempt(request):
        number = actions.decide_uncertain(
            campaign=found,
            messages=found.messages.filter(pk__in=ticked),
            arrived=do == "arrived",
            by=request.membership,
        )
        messages.success(request, _decided(number, arrived=do == "arrived", campaign=found))
    url = reverse("outreach:campaign", args=[request.team.slug, found.pk])
    return redirect(f"{url}?state={Message.State.UNCERTAIN}")


def _decided(number: int, *, arrived: bool, campaign: Campaign) -> str:
    if arrived:
        words = ngettext("Noted: %(count)s mail arrived.", "Noted: %(count)s mails arrived.", number)
    elif campaign.state == Campaign.State.CANCELLED:
        words = ngettext(
            "Noted: %(count)s mail did not arrive. A new campaign may write to this customer.",
            "Noted: %(count)s mails did not arrive. A new campaign may write to these customers.",
            number,
        )
    else:
        words = ngettext("%(count)s mail is sent again.", "%(count)s mails are sent again.", number)
    return words % {"count": number}


def _message(request: TeamRequest, pk: int) -> Message:
    found = Message.objects.for_team(request.team).select_related("campaign__team", "team", "customer")
    return get_object_or_404(found, pk=pk)


@team_page(MERCHANT)
@post_only
def message_arrival(request: TeamRequest, pk: int) -> HttpResponse:
    found = _message(request, pk)
    with attempt(request):
        actions.mark_uncertain_as_sent(message=found, by=request.membership)
        messages.success(request, _("Noted: %(name)s has it.") % {"name": found.customer})
    return redirect(found.campaign)


@team_page(MERCHANT)
@post_only
def message_resending(request: TeamRequest, pk: int) -> HttpResponse:
    found = _message(request, pk)
    with attempt(request):
        actions.send_again(message=found, by=request.membership)
        if found.campaign.state == Campaign.State.CANCELLED:
            words = _("Noted: %(name)s did not get it. A new campaign may write to them.")
        else:
            words = _("The mail to %(name)s is sent again.")
        messages.success(request, words % {"name": found.customer})
    return redirect(found.campaign)
