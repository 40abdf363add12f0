"""Alerts: which ways they go, what was sent and what was not."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.mail.transports import mail_stays_here
from closedorders.core.paging import page_of

from .. import actions
from ..alerts.noticing import ways_of
from ..alerts.wording import change_of, evidence_path, title_of, why_not_sent
from ..forms import AlertWaysForm, WebhookForm
from ..models import Alert, AlertDelivery, AlertSettings

_TONES = {"waiting": "blue", "sent": "green", "failed": "red", "uncertain": "amber", "over": "grey"}


@team_page(MERCHANT)
@get_and_post
def alerts(request: TeamRequest) -> HttpResponse:
    form = AlertWaysForm(request.POST if request.method == "POST" else None, initial=ways_of(request.team))
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            actions.choose_alert_ways(team=request.team, ways=form.cleaned_data, by=request.membership)
            messages.success(request, _("Saved."))
            return redirect("risk:alerts", team=request.team.slug)
    return _page(request, form, WebhookForm())


def _page(request: TeamRequest, form: AlertWaysForm, webhook_form: WebhookForm) -> HttpResponse:
    team = request.team
    found = Alert.objects.filter(team=team).select_related("seen_by__user")
    page = page_of(request, found.prefetch_related("deliveries__member__user"))
    stored = AlertSettings.objects.filter(team=team).first()
    rows: list[dict[str, Any]] = []
    for alert in page.rows:
        alert.team = team
        rows.append(
            {
                "alert": alert,
                "title": title_of(alert),
                "change": change_of(alert),
                "url": evidence_path(alert),
                "deliveries": [_delivery(each) for each in alert.deliveries.all()],
            }
        )
    context = {
        "form": form,
        "webhook_form": webhook_form,
        "webhook_host": stored.webhook_host if stored else "",
        "stays_here": mail_stays_here(),
        "failed": AlertDelivery.objects.filter(
            alert__in=[row["alert"] for row in rows], state="failed"
        ).count(),
        "rows": rows,
        "page": page,
    }
    return render(request, "risk/alerts.html", context)


def _delivery(delivery: AlertDelivery) -> dict[str, Any]:
    problem = why_not_sent(delivery.problem) if delivery.state != AlertDelivery.State.SENT else ""
    return {
        "to": str(delivery.member.user) if delivery.member else delivery.get_way_display(),
        "tone": _TONES[delivery.state],
        "word": delivery.get_state_display(),
        "why": " ".join(filter(None, [problem, delivery.words if problem else ""])),
        "again_at": delivery.not_before if delivery.state == "waiting" and delivery.problem else None,
    }


@team_page(MERCHANT)
@post_only
def alert_webhook(request: TeamRequest) -> HttpResponse:
    """`remove` takes the stored address away."""
    form = WebhookForm(request.POST)
    removes = "remove" in request.POST
    if removes or form.is_valid():
        with attempt(request, form, None if removes else "url"):
            url = "" if removes else form.cleaned_data["url"].strip()
            actions.set_alert_webhook(team=request.team, url=url, by=request.membership)
            messages.success(
                request,
                _("The webhook is removed.")
                if removes
                else _("The webhook is stored. Send a test alert now."),
            )
            return redirect("risk:alerts", team=request.team.slug)
    return _page(request, AlertWaysForm(initial=ways_of(request.team)), form)


@team_page(MERCHANT)
@post_only
def alert_test(request: TeamRequest) -> HttpResponse:
    with attempt(request):
        actions.send_test_alert(team=request.team, by=request.membership)
        messages.success(request, _("The test is on its way. Load this page again to see how it went."))
    return redirect("risk:alerts", team=request.team.slug)


@team_page(MERCHANT, ASSISTANT)
@post_only
def alert_seen(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Alert.objects.filter(team=request.team), pk=pk)
    actions.mark_alert_seen(alert=found, by=request.membership)
    return redirect(request.team)
