"""What happened in an incident, oldest first, as lines of its report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.cases.models import Contact, Transition
from closedorders.closures.models import IncidentStep
from closedorders.core.files.pdf import Moment
from closedorders.core.text.formatting import count
from closedorders.outreach.models import Campaign

from .reads import Facts

MOST_LINES = 18
"""So many still print on one page in letters that can be read."""
_MOST_READ = 200
_TEXT = 100


@dataclass(frozen=True, slots=True)
class _Event:
    """`minor`: left out first where there are too many."""

    at: datetime
    title: str
    who: str = ""
    text: str = ""
    minor: bool = False


def timeline(facts: Facts) -> tuple[list[Moment], int]:
    """The lines, oldest first, and how many contacts and steps had no room. Four queries."""
    events = sorted(
        [*_of_incident(facts), *_of_case(facts), *_of_mails(facts), *_of_steps(facts)], key=lambda e: e.at
    )
    left = 0
    for minor in (True, False):
        over = len(events) - MOST_LINES
        if over > 0:
            dropped = [event for event in events if event.minor is minor][:over]
            # The beginning and the end of a long story say most: the middle goes first.
            left += len(dropped)
            events = [event for event in events if event not in dropped]
    return [Moment(_moment(e.at), e.title, e.text, e.who) for e in events], left


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _TEXT else words[: _TEXT - 1] + "…"


def _of_incident(facts: Facts) -> list[_Event]:
    incident, closed = facts.incident, facts.closed
    events = [_Event(closed.first_at, _("The first order is closed"))]
    if closed.last_at > closed.first_at:
        events.append(
            _Event(
                closed.last_at,
                _("The last of %(count)s orders is closed") % {"count": count(closed.count)},
            )
        )
    opened_by = str(incident.opened_by.user) if incident.opened_by else ""
    events.append(_Event(incident.opened_at, _("The incident is opened"), opened_by))
    if incident.ended_at:
        ended_by = str(incident.ended_by.user) if incident.ended_by else ""
        events.append(_Event(incident.ended_at, _("The incident is ended"), ended_by))
    return events


def _of_case(facts: Facts) -> list[_Event]:
    if facts.case is None:
        return []
    changes = Transition.objects.standing().filter(case=facts.case).select_related("by__user")[:_MOST_READ]
    contacts = (
        Contact.objects.filter(case=facts.case).select_related("by__user").order_by("at", "pk")[:_MOST_READ]
    )
    return [
        *(
            _Event(
                change.at,
                _("Case: %(state)s") % {"state": change.get_after_display()},
                str(change.by.user),
                _short(change.note),
            )
            for change in changes
        ),
        *(
            _Event(contact.at, str(contact), str(contact.by.user), _short(contact.summary), minor=True)
            for contact in contacts
        ),
    ]


def _of_mails(facts: Facts) -> list[_Event]:
    campaigns = (
        Campaign.objects.filter(incident=facts.incident, approved_at__isnull=False)
        .select_related("store", "approved_by__user")
        .order_by("approved_at")[:_MOST_READ]
    )
    events = []
    for campaign in campaigns:
        name = f"{campaign.get_kind_display()} · {campaign.store}"
        who = str(campaign.approved_by.user) if campaign.approved_by else ""
        if campaign.approved_at:
            events.append(_Event(campaign.approved_at, _("Approved: %(mail)s") % {"mail": name}, who))
        if campaign.finished_at:
            events.append(_Event(campaign.finished_at, _("Finished: %(mail)s") % {"mail": name}))
    return events


def _of_steps(facts: Facts) -> list[_Event]:
    done = (
        IncidentStep.objects.filter(incident=facts.incident, done_at__isnull=False)
        .select_related("done_by__user")
        .order_by("done_at")[:_MOST_READ]
    )
    return [
        _Event(
            step.done_at,
            _("Done: %(step)s") % {"step": _short(str(step))},
            str(step.done_by.user) if step.done_by else "",
            minor=True,
        )
        for step in done
        if step.done_at
    ]
