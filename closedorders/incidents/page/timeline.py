"""Everything that happened around one incident, from the audit trail, newest first and cut into pages.

What was done to a single closure stands in the closure's own history: ten thousand of them would bury the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from closedorders.accounts.audit.verbs import VERBS
from closedorders.accounts.audit.words import TeamWords, changes
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases.models import Case, Contact
from closedorders.closures.models import Incident
from closedorders.orders.masking import Sight
from closedorders.outreach.models import Campaign

from ..models import Reminder

PAGE = 15
#: No incident has as many campaigns, contacts or reminders.
MOST_THINGS = 500

#: Lines of campaigns that matter to the incident; writing and testing a mail's text does not.
OF_CAMPAIGNS = (
    "campaign_created",
    "campaign_approved",
    "campaign_taken_back",
    "campaign_paused",
    "campaign_resumed",
    "campaign_cancelled",
    "messages_retried",
    "refunds_approved",
    "refunds_issued",
    "refunds_reopened",
    "refunds_dropped",
    "codes_loaded",
)
_TONES = {
    "closures_logged": "red",
    "incident_opened": "red",
    "campaign_paused": "amber",
    "campaign_approved": "green",
    "refunds_issued": "green",
    "supplier_refunds_received": "green",
    "incident_ended": "green",
}
#: Things whose details anybody in the team may read, all in counts and states. Of others only what was done is shown.
_PLAIN = {"closures.incident", "cases.case", "cases.contact", "incidents.reminder"}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line, as `_timeline.html` takes it."""

    at: datetime
    title: str
    text: str
    who: str
    tone: str


def events_of(incident: Incident, membership: Membership) -> QuerySet[AuditEvent]:
    """The lines about the incident, its case, contacts, reminders and, except for a reviewer, its campaigns."""
    of_incident = Q(incident=incident) | Q(case__incident=incident)
    things: list[tuple[type[Model], QuerySet[Any]]] = [
        (Case, Case.objects.filter(incident=incident)),
        (Contact, Contact.objects.filter(case__incident=incident)),
        (Reminder, Reminder.objects.filter(of_incident)),
    ]
    if not membership.is_reviewer:
        things.append((Campaign, Campaign.objects.filter(incident=incident)))
    about = Q(thing=Incident._meta.label_lower, thing_id=incident.pk)
    for model, rows in things:
        # Their keys, not a subquery: each part is then found by the index of things.
        keys = list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST_THINGS])
        part = Q(thing=model._meta.label_lower, thing_id__in=keys)
        if model is Campaign:
            part &= Q(verb__in=OF_CAMPAIGNS)
        if keys:
            about |= part
    return AuditEvent.objects.filter(about, team=incident.team).select_related("actor")


def happenings(events: list[AuditEvent], incident: Incident, membership: Membership) -> list[Happening]:
    """These lines in words, as this member may read them."""
    own, sight = TeamWords(incident.team), Sight.of(membership)
    return [
        Happening(
            at=event.at,
            title=str(VERBS.get(event.verb, event.verb.replace("_", " "))),
            text=sight.words(_text(event, own)),
            who=str(event.actor) if event.actor else "",
            tone=_TONES.get(event.verb, ""),
        )
        for event in events
    ]


def _text(event: AuditEvent, own: TeamWords) -> str:
    if event.thing in _PLAIN:
        return "; ".join(changes(event, own))[:500]
    return event.label
