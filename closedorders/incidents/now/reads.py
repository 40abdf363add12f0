"""Everything that “Now” chooses from, read in a fixed number of queries, for one member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases.models import Case
from closedorders.closures.models import Closure, Incident
from closedorders.core.paging import capped_counts
from closedorders.orders.models import SupplierOrder
from closedorders.outreach.models import Refund

from ..limbo.reads import Window, overdue
from ..models import Reminder
from ..reads import IncidentView, count_incidents, incident_views
from ..wording import may_take
from .choice import Choice, Desk, OpenIncident, choose

#: Open incidents are one per account: of more than these the newest wait until one of these has ended.
MOST_INCIDENTS = 50


@dataclass(frozen=True, slots=True)
class Found:
    """What was chosen, and what it was chosen from."""

    choice: Choice
    desk: Desk
    views: list[IncidentView]
    reminder: Reminder | None


def find_now(membership: Membership) -> Found:
    """The one thing this member does now."""
    team = membership.team
    incidents = list(
        Incident.objects.filter(team=team)
        .open()
        .select_related("buyer_account")
        .order_by("opened_at", "pk")[:MOST_INCIDENTS]
    )
    for incident in incidents:
        incident.team = team
    views = incident_views(incidents, count_incidents(team, incidents), role=membership.role)
    reminder = due_reminders(membership).order_by("due_at", "pk").first()
    desk = _desk(membership, reminder)
    choice = choose(
        desk,
        [_open_incident(view, membership) for view in views],
        may=lambda step: may_take(step, membership),
    )
    return Found(choice, desk, views, reminder)


def due_reminders(membership: Membership) -> QuerySet[Reminder]:
    """Of this person, with what a line shows."""
    found = Reminder.objects.visible_to(membership).due(timezone.now()).of_person(membership)
    return found.with_subject()


def _open_incident(view: IncidentView, membership: Membership) -> OpenIncident:
    return OpenIncident(
        situation=view.situation,
        first_closed_at=view.first_closed_at,
        case_waits=_case_waits(view, membership),
    )


def _case_waits(view: IncidentView, membership: Membership) -> bool:
    """Nothing can be pressed, or AliExpress was asked and has promised an answer for a time to come."""
    case = view.case
    if case is None:
        return False
    if case.next is None or not case.next.button:
        return True
    asking = case.state == Case.State.SUBMITTED or membership.is_assistant
    return asking and case.follow_up_at is not None and not case.follow_up_due


def _desk(membership: Membership, reminder: Reminder | None) -> Desk:
    reminders_due = 1 if reminder else 0
    if membership.is_reviewer:
        return Desk(reminders_due=reminders_due)
    team = membership.team
    ended = {"incident__ended_at__isnull": False}
    querysets: dict[str, QuerySet[Any]] = {
        "closed_not_logged": SupplierOrder.objects.for_team(team).looks_closed(),
        "closures_open": Closure.objects.for_team(team).open().filter(**ended),
    }
    if membership.is_merchant:
        querysets |= {
            "refunds_to_issue": Refund.objects.for_team(team).filter(state=Refund.State.APPROVED, **ended),
            "cases_to_close": Case.objects.filter(team=team, state=Case.State.UNBLOCKED, **ended),
            "supplier_refunds_overdue": overdue(team, Window.of(team)),
        }
    return Desk(reminders_due=reminders_due, **capped_counts(querysets))
