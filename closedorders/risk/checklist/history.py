"""How the checklist stood on earlier days, and what has changed since the last of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.accounts.turns import lock_team
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.imports.models import Import

from ..alerts.noticing import notice_worse
from ..facts import gather
from ..models import RiskSnapshot
from ..rules import State
from ..tuning import account_incidents
from .findings import Finding, checklist, score_of

DAYS_SHOWN = 30
#: An incident is looked back on for so long.
INCIDENT_DAYS = 90
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


@dataclass(frozen=True, slots=True)
class WarnedOf:
    """An incident, and since which day before it the cause that then called for an act was watched. None: none did."""

    number: int
    day: date
    since: date | None
    cause: str

    @property
    def days_before(self) -> int:
        return (self.day - self.since).days if self.since else 0


def warned_of(team: Team, today: date) -> WarnedOf | None:
    """The newest incident of the last days that a checklist can warn of. Two queries.

    A cause counts that called for an act on the last day before, since it was watched without a break; of several the
    one that was watched longest.
    """
    incidents = account_incidents(team, today - timedelta(days=INCIDENT_DAYS))
    if not incidents:
        return None
    incident = incidents[-1]
    earlier = list(
        RiskSnapshot.objects.filter(
            team=team, day__lt=incident.day, day__gte=incident.day - timedelta(days=DAYS_SHOWN)
        )
    )
    since, cause = None, ""
    for code, state in earlier[0].states.items() if earlier else ():
        if state != State.ACT or code not in BUILTIN:
            continue
        first = earlier[0].day
        for snapshot in earlier:
            if snapshot.states.get(code) not in (State.ACT, State.WATCH):
                break
            first = snapshot.day
        if since is None or first < since:
            since, cause = first, str(BUILTIN[code].name)
    return WarnedOf(incident.number, incident.day, since, cause)


def take_snapshot(team: Team, *, now: datetime | None = None) -> RiskSnapshot:
    """Store how the checklist stands, and note alerts for what is worse than last time. Of a day the newest one stays.

    With a `now` that is past, for the history alone: nobody is told of it.
    """
    told = now is None
    now = now or timezone.now()
    facts = gather(team, now=now)
    findings = checklist(team, now=now, facts=facts)
    values = {
        "score": score_of(findings),
        "states": {finding.code: finding.state.value for finding in findings},
        "taken_at": now,
    }
    day = timezone.localdate(now, team.zone)
    with transaction.atomic():
        lock_team(team.pk)
        if told:
            before = RiskSnapshot.objects.filter(team=team, day__lte=day).first()
            notice_worse(team, findings, facts, before, now)
        return RiskSnapshot.objects.update_or_create(team=team, day=day, defaults=values)[0]


def due_teams(now: datetime) -> QuerySet[Team]:
    """Teams with orders whose newest snapshot is old."""
    last = _with_snapshots().annotate(last=Max("risk_snapshots__taken_at"))
    return last.filter(Q(last=None) | Q(last__lt=now - RENEWED_AFTER)).order_by("last", "pk")


def may_have_snapshots(team_id: int) -> bool:
    return _with_snapshots().filter(pk=team_id).exists()


def _with_snapshots() -> QuerySet[Team]:
    return Team.objects.filter(Exists(Import.objects.filter(team=OuterRef("pk"))), drill_of=None)
