from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from closedorders.accounts.access import EVERYONE, MERCHANT, TeamRequest, team_page
from closedorders.accounts.models import Membership
from closedorders.closures.actions import end_incident, set_cause
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.core.health import worker_is_alive
from closedorders.core.http.methods import post_only
from closedorders.core.money import Total
from closedorders.core.paging import page_of
from closedorders.core.refusals import Refused
from closedorders.core.text.formatting import duration
from closedorders.orders.models import Store
from closedorders.outreach.models import Campaign, Kind
from closedorders.outreach.pages import campaigns_without_server
from closedorders.risk.checklist import checklist

from . import reads, wording
from .counts import TodayCounts, today_counts
from .next_step import Situation

# Incidents that Today looks at in full; more open ones at once are listed on their own page.
SHOWN = 3


@team_page(*EVERYONE)
def today(request: TeamRequest) -> HttpResponse:
    team, membership = request.team, request.membership
    of_team = Incident.objects.filter(team=team).open().select_related("buyer_account")
    incidents = list(of_team.order_by("opened_at")[: SHOWN + 1])
    for each in incidents:
        each.team = team
    shown = incidents[:SHOWN]
    counts = None if membership.is_reviewer else today_counts(team, shown)
    of_incidents = counts.incidents if counts else reads.count_incidents(team, shown)
    views = reads.look_at_all(shown, of_incidents, role=membership.role)
    last = counts.imported_at if counts else None
    context: dict[str, Any] = {
        "day": date_format(timezone.localtime(), pgettext("date format", "l j F")),
        "steps": [_step(view, membership) for view in views],
        "more_incidents": len(incidents) > SHOWN,
        "last_import": last,
        "stale": last is not None and last < timezone.now() - timedelta(hours=24),
        "start": None if incidents else _start(request, last),
        "worker_silent": not worker_is_alive(),
        "no_server": [] if membership.is_reviewer else campaigns_without_server(membership),
    }
    if counts:
        context |= _findings(request, counts) | {
            "figures": _figures(request, views, counts),
            "kept_since": counts.kept_since,
            "chart": reads.closure_chart(team, counts.by_day),
            "closures": reads.oldest_open_closures(team),
        }
    return render(request, "dashboard/today.html", context)


_WORST = ["act", "watch", "unknown", "ok"]
FINDINGS = 3


def _findings(request: TeamRequest, counts: TodayCounts) -> dict[str, Any]:
    """The worst of the checklist, and how many of its causes are fine."""
    found = sorted(
        checklist(request.team, facts=counts.facts), key=lambda finding: _WORST.index(finding.state)
    )
    fine = sum(finding.state == "ok" for finding in found)
    shown = [finding for finding in found if finding.state != "ok"][:FINDINGS]
    return {"findings": shown, "fine": fine, "other_findings": len(found) - fine - len(shown)}


def _step(view: reads.IncidentView, membership: Membership) -> dict[str, Any]:
    return {
        "incident": view.incident,
        "eyebrow": _eyebrow(view),
        "step": wording.next_step(view, membership),
        "stages": wording.stages(view),
    }


def _eyebrow(view: reads.IncidentView) -> str:
    count = view.situation.closures_standing
    return ngettext(
        "%(incident)s · account “%(account)s”, %(count)s order closed since %(since)s",
        "%(incident)s · account “%(account)s”, %(count)s orders closed since %(since)s",
        count,
    ) % {
        "incident": view.incident,
        "account": view.incident.buyer_account,
        "count": count,
        "since": date_format(timezone.localtime(view.first_closed_at), "SHORT_DATETIME_FORMAT"),
    }


def _start(request: TeamRequest, last: datetime | None) -> wording.NextStep:
    """What to do on a day without an incident."""
    slug = request.team.slug
    if request.membership.is_reviewer:
        return wording.NextStep(
            _("Nothing to review"), _("When a merchant sends documents for review, the case appears here.")
        )
    if (
        last is None
        and request.membership.is_merchant
        and not Store.objects.filter(team=request.team).exists()
    ):
        return wording.NextStep(
            _("Add your store"),
            _(
                "Orders, customers and mails belong to a store. Its name and who its mails come from are enough."
            ),
            2,
            _("Add a store"),
            reverse("orders:stores", args=[slug]),
        )
    if last is None:
        return wording.NextStep(
            _("Import your orders"),
            _(
                "Export the orders of your store as CSV and drop the file here. "
                "You see what would change before anything is saved."
            ),
            3,
            _("Import orders"),
            reverse("imports:imports", args=[slug]),
        )
    return wording.NextStep(
        _("All quiet"),
        _(
            "No incident is open. When AliExpress closes orders, paste their numbers and the rest follows from there."
        ),
        None,
        _("Log closures"),
        reverse("closures:quick_log", args=[slug]),
    )


def _amounts(totals: list[Total]) -> str:
    return " + ".join(str(total) for total in totals[:3]) or "–"


def _figures(
    request: TeamRequest, views: list[reads.IncidentView], counts: TodayCounts
) -> list[dict[str, Any]]:
    slug = request.team.slug
    closed, waiting, orders = counts.closed, counts.waiting, counts.sales
    figures: list[dict[str, Any]] = [
        {
            "label": _("Closed orders, open"),
            "value": closed.count,
            "note": _("%(count)s in the last 24 h") % {"count": closed.last_day} if closed.count else "",
            "tone": "red" if closed.last_day else "",
            "url": reverse("closures:closures", args=[slug]),
        },
        {
            "label": _("Value at risk"),
            "value": _amounts(counts.value),
            "note": _("%(orders)s sales, %(countries)s countries")
            % {"orders": orders, "countries": counts.countries}
            if orders
            else "",
        },
        {
            "label": _("Customers not told"),
            "value": waiting.count,
            "note": _("oldest waits %(time)s") % {"time": duration(timezone.now() - waiting.oldest_closed_at)}
            if waiting.oldest_closed_at
            else "",
            "tone": "red" if waiting.count else "",
        },
    ]
    clock = next((view.case for view in views if view.case), None)
    if clock:
        figures.append(
            {
                "label": _("Case clock"),
                "value": duration(clock.clock.total),
                "note": _("ours %(ours)s, AliExpress %(theirs)s")
                % {"ours": duration(clock.clock.ours), "theirs": duration(clock.clock.theirs)},
            }
        )
    return figures


@team_page(*EVERYONE)
def incidents(request: TeamRequest) -> HttpResponse:
    page = page_of(request, Incident.objects.for_team(request.team).with_counts())
    return render(request, "dashboard/incidents.html", {"page": page})


def _incident(request: TeamRequest, number: int) -> Incident:
    return get_object_or_404(
        Incident.objects.for_team(request.team).select_related("owner__user"), number=number
    )


@team_page(*EVERYONE)
def incident(request: TeamRequest, number: int) -> HttpResponse:
    found = _incident(request, number)
    view = reads.look_at(found, role=request.membership.role)
    value, orders, countries = reads.value_at_risk(request.team, found)
    closures = (
        Closure.objects.filter(incident=found)
        .standing()
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
        "step": _step(view, request.membership),
        "figures": [
            {"label": _("Orders closed"), "value": view.situation.closures_standing},
            {
                "label": _("Value at risk"),
                "value": _amounts(value),
                "note": _("%(orders)s sales, %(countries)s countries")
                % {"orders": orders, "countries": countries},
            },
            {
                "label": _("Customers"),
                "value": view.situation.customers_told
                + view.situation.customers_not_told
                + view.situation.customers_left_out,
                "note": _customers_note(view.situation),
                "tone": "red" if view.situation.customers_not_told else "",
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
    return render(request, "dashboard/incident.html", context)


def _customers_note(situation: Situation) -> str:
    if situation.customers_left_out and not situation.customers_not_told:
        return _("%(count)s cannot be reached by mail") % {"count": situation.customers_left_out}
    return _("%(count)s not told yet") % {"count": situation.customers_not_told}


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
    try:
        end_incident(incident=found, by=request.membership)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(incident)s has ended.") % {"incident": found})
    return redirect(found)
