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
from closedorders.closures.logs.forms import UnloggedForm
from closedorders.closures.logs.unlogged import unlogged
from closedorders.closures.models import ClosureLog, Incident
from closedorders.core.health import worker_is_alive
from closedorders.core.mail.transports import mail_stays_here
from closedorders.core.money import amounts_in_words
from closedorders.core.text.formatting import duration
from closedorders.incidents.due import due_now
from closedorders.incidents.reads import IncidentView, count_incidents, incident_views
from closedorders.incidents.wording import NextStep, next_panel
from closedorders.orders.models import Store
from closedorders.outreach.progress import campaigns_without_server
from closedorders.risk.checklist import checklist

from . import reads
from .counts import TodayCounts, today_counts

# Incidents that Today looks at in full; more open ones at once are listed on their own page.
SHOWN = 3


@team_page(*EVERYONE)
def today(request: TeamRequest) -> HttpResponse:
    team, membership = request.team, request.membership
    of_team = Incident.objects.filter(team=team).open().select_related("buyer_account", "proposed_cause")
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
        "storms": [each for each in shown if each.storm_at],
        "worker_silent": not worker_is_alive(),
        "stays_here": mail_stays_here(),
        "no_server": [] if membership.is_reviewer else campaigns_without_server(membership),
        "due": due_now(membership),
    }
    if counts:
        context |= _unlogged(request)
        context["in_review"] = reads.orders_in_review(team)
    # Nothing is quiet while closed orders wait to be logged: they are offered instead.
    if not incidents and not context.get("unlogged") and not context.get("running_log"):
        context["start"] = _start(request, last)
    if counts:
        context |= _findings(request, counts) | {
            "figures": _figures(request, views, counts),
            "counted_at": counts.counted_at,
            "chart": reads.closure_chart(team, counts.by_day),
            "closures": reads.oldest_open_closures(team),
        }
    return render(request, "dashboard/today.html", context)


def _unlogged(request: TeamRequest) -> dict[str, Any]:
    """Closed orders that nobody has logged, with the form that logs them all, or the log that is on its way."""
    team = request.team
    running = ClosureLog.objects.for_team(team).unfinished().select_related("team").defer("rows")
    if (log := running.order_by("-pk").first()) is not None:
        return {"running_log": log}
    found = unlogged(team)
    if not found.count:
        return {}
    initial = {"newest": found.newest}
    form = UnloggedForm(team=team, ask_account=bool(found.without_account), initial=initial)
    return {"unlogged": found, "unlogged_form": form}


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


def _waiting_note(counts: TodayCounts) -> str:
    oldest = counts.waiting.oldest_closed_at
    if oldest is None:
        return ""
    words = _("oldest waits %(time)s") % {"time": duration(timezone.now() - oldest)}
    if counts.told_to_wait:
        waiting = _("told: waiting, %(count)s") % {"count": counts.told_to_wait}
        words = f"{words} · {waiting}"
    return words


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
            "note": _waiting_note(counts),
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
