"""Everything that happened around one incident, from the audit trail, newest first and cut into pages.

What was done to a single closure stands in the closure's own history: ten thousand of them would bury the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value

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


def events_of(
    incident: Incident, *, case: Case | None, campaigns: Collection[Campaign]
) -> QuerySet[AuditEvent]:
    """The lines about the incident, its case, contacts and reminders, and those that matter about these campaigns.

    The keys of contacts and reminders are read first, in one query.
    """
    reminders = Reminder.objects.filter(Q(incident=incident) | Q(case=case) if case else Q(incident=incident))
    rows = _keys(reminders)
    if case is not None:
        rows = rows.union(_keys(Contact.objects.filter(case=case)), all=True)
    keys: dict[str, list[int]] = defaultdict(list)
    for thing, pk in rows:
        keys[thing].append(pk)
    keys[Incident._meta.label_lower].append(incident.pk)
    if case is not None:
        keys[Case._meta.label_lower].append(case.pk)
    # Their keys, not subqueries: each part is then found by the index of things.
    about = Q()
    for thing, pks in keys.items():
        about |= Q(thing=thing, thing_id__in=pks)
    if campaigns:
        of_campaigns = [campaign.pk for campaign in campaigns]
        about |= Q(thing=Campaign._meta.label_lower, thing_id__in=of_campaigns, verb__in=OF_CAMPAIGNS)
    found = AuditEvent.objects.filter(about, team=incident.team).select_related("actor")
    return found.only(
        "verb", "thing", "thing_id", "label", "before", "after", "at", "actor__name", "actor__email"
    )


def _keys(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """What the audit trail calls each row, and its key; the newest ones."""
    newest = rows.order_by("-pk").values("pk")[:MOST_THINGS]
    of_model: QuerySet[Any, Any] = rows.model._default_manager.filter(pk__in=newest).order_by()
    return of_model.values_list(Value(rows.model._meta.label_lower, CharField()), "pk")


def happenings(
    events: list[AuditEvent], incident: Incident, membership: Membership, campaigns: Collection[Campaign]
) -> list[Happening]:
    """These lines in words, as this member may read them and in their language."""
    own, sight = TeamWords(incident.team), Sight.of(membership)
    # The label of a line is in the language of whoever caused it.
    mails = {each.pk: f"{each.get_kind_display()} · {each.store}" for each in campaigns}
    return [
        Happening(
            at=event.at,
            title=str(VERBS.get(event.verb, event.verb.replace("_", " "))),
            text=sight.words(_text(event, own, mails)),
            who=str(event.actor) if event.actor else "",
            tone=_TONES.get(event.verb, ""),
        )
        for event in events
    ]


def _text(event: AuditEvent, own: TeamWords, mails: Mapping[int, str]) -> str:
    if event.thing in _PLAIN:
        return "; ".join(changes(event, own))[:500]
    mail = mails.get(event.thing_id or 0) if event.thing == Campaign._meta.label_lower else None
    return mail or event.label
