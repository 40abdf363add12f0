"""The kit: the documents that AliExpress asks for most, ready before it asks, and which of them run out."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import gettext as _

from closedorders.accounts.models import Team

from ..kinds import KIT
from ..models import Document

MOST_WARNINGS = 20
_MONTHS = (1, 3, 6)


@dataclass(frozen=True, slots=True)
class KitPart:
    """One kind of document; `document` is the newest that may be used and has not run out."""

    kind: str
    label: str
    document: Document | None


@dataclass(frozen=True, slots=True)
class Kit:
    parts: Sequence[KitPart]

    @property
    def ready(self) -> int:
        return sum(part.document is not None for part in self.parts)

    @property
    def percent(self) -> int:
        return 100 * self.ready // len(self.parts)


@dataclass(frozen=True, slots=True)
class Expiry:
    """A document that runs out within six months, or has. `words`: when, in a sentence; `tone` of its tag."""

    document: Document
    words: str
    tone: str


def kit_of(team: Team, today: date) -> Kit:
    """How complete the team's kit is: two queries."""
    valid = Document.objects.for_team(team).usable().filter(Q(expires_on=None) | Q(expires_on__gte=today))
    newest = (
        valid.filter(kind__in=KIT).values("kind").annotate(newest=Max("pk")).values_list("newest", flat=True)
    )
    found = {each.kind: each for each in Document.objects.select_related("team").filter(pk__in=list(newest))}
    return Kit([KitPart(kind, str(Document.Kind(kind).label), found.get(kind)) for kind in KIT])


def expiring(team: Team, today: date) -> list[Expiry]:
    """Documents that run out within six months, the soonest first; without those that a newer one replaces."""
    later = Document.objects.usable().filter(
        Q(expires_on=None) | Q(expires_on__gt=OuterRef("expires_on")),
        team=team,
        kind=OuterRef("kind"),
        pk__gt=OuterRef("pk"),
    )
    due = Document.objects.for_team(team).kept().filter(expires_on__lt=months_after(today, _MONTHS[-1]))
    due = due.exclude(Exists(later)).select_related("team").order_by("expires_on", "pk")
    return [
        Expiry(document, *warning)
        for document in due[:MOST_WARNINGS]
        if document.expires_on and (warning := warning_of(document.expires_on, today))
    ]


def warning_of(expires_on: date | None, today: date) -> tuple[str, str] | None:
    """The words and the tone for a date, None where it is six months or more away."""
    if expires_on is None:
        return None
    if expires_on < today:
        return _("Has run out"), "red"
    if expires_on < today + timedelta(days=7):
        return _("Runs out within a week"), "red"
    for months in _MONTHS:
        if expires_on < months_after(today, months):
            words = _("Runs out within a month") if months == 1 else _("Runs out within %(count)s months")
            return words % {"count": months}, "amber" if months < _MONTHS[-1] else "grey"
    return None


def months_after(day: date, months: int) -> date:
    """The same day some months later; the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
