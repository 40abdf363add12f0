"""How the checklist stood on earlier days, and what has changed since the last of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.imports.models import Import

from ..models import RiskSnapshot
from ..rules import State
from .findings import Finding, checklist, score_of

DAYS_SHOWN = 30
#: Today's snapshot is taken anew after this while, so that the last one of a day stays.
RENEWED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Change:
    """A cause that stands otherwise than on the day before."""

    was: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class History:
    """`scores` of the last days, oldest first, today last. `since` is the day that `changes` are counted from."""

    scores: list[int]
    since: date | None
    gained: int
    changes: list[Change]

    @property
    def lost(self) -> int:
        return -self.gained


def read_history(team: Team, findings: Sequence[Finding], today: date) -> History:
    """One query."""
    first = today - timedelta(days=DAYS_SHOWN)
    earlier = list(RiskSnapshot.objects.filter(team=team, day__gte=first, day__lt=today))
    now = score_of(findings)
    scores = [snapshot.score for snapshot in reversed(earlier)] + [now]
    if not earlier:
        return History(scores, None, 0, [])
    last = earlier[0]
    changes = [
        Change(Finding.word_of(State(was)), finding)
        for finding in findings
        if (was := last.states.get(finding.code)) and was != finding.state
    ]
    return History(scores, last.day, now - last.score, changes)


@transaction.atomic
def take_snapshot(team: Team, *, now: datetime | None = None) -> RiskSnapshot:
    """Store how the checklist stands; of a day the newest one stays."""
    now = now or timezone.now()
    findings = checklist(team, now=now)
    values = {
        "score": score_of(findings),
        "states": {finding.code: finding.state.value for finding in findings},
        "taken_at": now,
    }
    day = timezone.localdate(now, team.zone)
    return RiskSnapshot.objects.update_or_create(team=team, day=day, defaults=values)[0]


def due_teams(now: datetime) -> QuerySet[Team]:
    """Teams with orders whose newest snapshot is old."""
    imported = Import.objects.filter(team=OuterRef("pk"))
    last = Team.objects.filter(Exists(imported), drill_of=None).annotate(last=Max("risk_snapshots__taken_at"))
    return last.filter(Q(last=None) | Q(last__lt=now - RENEWED_AFTER)).order_by("last", "pk")
