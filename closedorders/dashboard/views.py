from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from closedorders.accounts.access import EVERYONE, TeamRequest, team_page
from closedorders.closures.models import Incident
from closedorders.core.health import worker_is_alive
from closedorders.core.money import amounts_in_words
from closedorders.core.text.formatting import duration
from closedorders.incidents.reads import IncidentView, count_incidents, incident_views
from closedorders.incidents.wording import NextStep, next_panel
from closedorders.orders.models import Store
from closedorders.outreach.audience import NotTold
from closedorders.outreach.progress import campaigns_without_server
from closedorders.outreach.wording import cannot_be_mailed
from closedorders.risk.checklist import checklist

from . import reads
from .counts import TodayCounts, today_counts

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
    of_incidents = counts.incidents if counts else count_incidents(team, shown)
    views = incident_views(shown, of_incidents, role=membership.role)
    last = counts.imported_at if counts else None
    context: dict[str, Any] = {
        "day": date_format(timezone.localtime(), pgettext("date format", "l j F")),
        "steps": [next_panel(view, membership) for view in views],
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
            "counted_at": counts.counted_at,
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


def _start(request: TeamRequest, last: datetime | None) -> NextStep:
    """What to do on a day without an incident."""
    slug = request.team.slug
    if request.membership.is_reviewer:
        return NextStep(
            _("Nothing to review"), _("When a merchant sends documents for review, the case appears here.")
        )
    if (
        last is None
        and request.membership.is_merchant
        and not Store.objects.filter(team=request.team).exists()
    ):
        return NextStep(
            _("Add your store"),
            _(
                "Orders, customers and mails belong to a store. Its name and who its mails come from are enough."
            ),
            2,
            _("Add a store"),
            reverse("orders:stores", args=[slug]),
        )
    if last is None:
        return NextStep(
            _("Import your orders"),
            _(
                "Export the orders of your store as CSV and drop the file here. "
                "You see what would change before anything is saved."
            ),
            3,
            _("Import orders"),
            reverse("imports:imports", args=[slug]),
        )
    return NextStep(
        _("All quiet"),
        _(
            "No incident is open. When AliExpress closes orders, paste their numbers and the rest follows from there."
        ),
        None,
        _("Log closures"),
        reverse("closures:quick_log", args=[slug]),
    )


def _not_told_note(waiting: NotTold) -> str:
    if waiting.oldest_closed_at is None:
        return ""
    oldest = _("oldest waits %(time)s") % {"time": duration(timezone.now() - waiting.oldest_closed_at)}
    return f"{oldest}, {cannot_be_mailed(waiting.unreachable)}" if waiting.unreachable else oldest


def _figures(request: TeamRequest, views: list[IncidentView], counts: TodayCounts) -> list[dict[str, Any]]:
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
            "value": amounts_in_words(counts.value),
            "note": _("%(orders)s sales, %(countries)s countries")
            % {"orders": orders, "countries": counts.countries}
            if orders
            else "",
        },
        {
            "label": _("Customers not told"),
            "value": waiting.count,
            "note": _not_told_note(waiting),
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
