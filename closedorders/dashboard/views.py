from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from closedorders.accounts.access import EVERYONE, MERCHANT, TeamRequest, team_page
from closedorders.accounts.actions import hide_set_up
from closedorders.accounts.exchange.figures import home_figure
from closedorders.accounts.models import Membership
from closedorders.closures.logs.forms import UnloggedForm
from closedorders.closures.logs.unlogged import unlogged
from closedorders.closures.models import ClosureLog, Incident
from closedorders.core.health import worker_is_alive
from closedorders.core.http.methods import post_only
from closedorders.core.text.formatting import duration
from closedorders.incidents.due import due_now
from closedorders.incidents.next_step import Step, decide
from closedorders.incidents.reads import IncidentView, count_incidents, incident_views
from closedorders.incidents.urgency import most_urgent_first
from closedorders.incidents.wording import NextStep, next_panel
from closedorders.orders.models import Store
from closedorders.outreach.approving.second import asked_of
from closedorders.outreach.audience import NotTold
from closedorders.outreach.runs.progress import campaigns_without_server
from closedorders.outreach.wording import cannot_be_mailed
from closedorders.risk.alerts.noticing import unseen
from closedorders.risk.alerts.wording import change_of
from closedorders.risk.checklist import checklist, worst_first
from closedorders.senders.transports import mails_stay_here

from . import reads
from .counts import TodayCounts, today_counts
from .set_up import set_up_items

# Incidents that Today looks at in full; more open ones at once are listed on their own page.
SHOWN = 3
#: Of how many open incidents, the newest, the most urgent ones are found.
LOOKED_AT = 20


@team_page(*EVERYONE)
def today(request: TeamRequest) -> HttpResponse:
    team, membership = request.team, request.membership
    of_team = Incident.objects.filter(team=team).open().select_related("buyer_account", "proposed_cause")
    incidents = list(of_team.order_by("-opened_at")[:LOOKED_AT])
    for each in incidents:
        each.team = team
    counts = None if membership.is_reviewer else today_counts(team, incidents)
    of_incidents = counts.incidents if counts else count_incidents(team, incidents)
    views = most_urgent_first(
        incident_views(incidents, of_incidents, role=membership.role), role=membership.role
    )[:SHOWN]
    steps = _steps(views, membership)
    last = counts.imported_at if counts else None
    context: dict[str, Any] = {
        "day": date_format(timezone.localtime(), pgettext("date format", "l j F")),
        "steps": steps,
        "primary": any(step["step"].button_url for step in steps),
        "set_up": set_up_items(membership),
        "more_incidents": len(incidents) > SHOWN,
        "last_import": last,
        "stale": last is not None and last < timezone.now() - timedelta(hours=24),
        "storms": [view.incident for view in views if view.incident.storm_at],
        "worker_silent": not worker_is_alive(),
        "stays_here": mails_stay_here(team),
        "no_server": [] if membership.is_reviewer else campaigns_without_server(membership),
        "asked": asked_of(membership),
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
            "unmatched": _unmatched(counts, views),
            "travelling": counts.facts.travelling,
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


@team_page(MERCHANT)
@post_only
def set_up_hiding(request: TeamRequest) -> HttpResponse:
    hide_set_up(by=request.membership)
    messages.success(request, _("The set-up list is hidden. Settings has all of it."))
    return redirect(request.team)


def _steps(views: list[IncidentView], membership: Membership) -> list[dict[str, Any]]:
    """One panel an incident; the button of the first one that has a button is the page's primary one."""
    panels = [next_panel(view, membership) for view in views]
    first = next((panel for panel in panels if panel["step"].button_url), None)
    return [panel | {"quiet": panel is not first} for panel in panels]


def _unmatched(counts: TodayCounts, views: list[IncidentView]) -> int:
    """Closed orders without a sale that no step on the page is about: 0 where one is."""
    if any(decide(view.situation) == Step.JOIN_ORDERS for view in views):
        return 0
    return counts.closed.unmatched


FINDINGS = 3


def _findings(request: TeamRequest, counts: TodayCounts) -> dict[str, Any]:
    """The worst of the checklist, and how many of its causes are fine."""
    found = worst_first(checklist(request.team, facts=counts.facts))
    waiting = [finding for finding in found if finding.needs_somebody]
    titles = {finding.code: finding.title for finding in found}
    alerts = unseen(request.team, found)
    return {
        "alerts": [
            {"alert": alert, "title": titles[alert.check_code], "change": change_of(alert)}
            for alert in alerts[:FINDINGS]
        ],
        "findings": waiting[:FINDINGS],
        "fine": sum(finding.state == "ok" for finding in found),
        "other_findings": len(waiting[FINDINGS:]),
    }


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
    notes = [_("oldest waits %(time)s") % {"time": duration(timezone.now() - waiting.oldest_closed_at)}]
    if waiting.unreachable:
        notes.append(cannot_be_mailed(waiting.unreachable))
    if waiting.told_to_wait:
        notes.append(_("told: waiting, %(count)s") % {"count": waiting.told_to_wait})
    return " · ".join(notes)


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
            **home_figure(request.team, counts.value).as_figure(),
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
                "note": " · ".join(
                    filter(
                        None,
                        (
                            _("ours %(ours)s, AliExpress %(theirs)s")
                            % {"ours": duration(clock.clock.ours), "theirs": duration(clock.clock.theirs)},
                            clock.answer_due_label,
                        ),
                    )
                ),
                "tone": clock.answer_tone,
            }
        )
    return figures
