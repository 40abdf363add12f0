"""Storms: so many orders of one account closed within so few hours that AliExpress must doubt the account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.accounts.models import Team

from ..decoder.reading import decode, suggested_reason
from ..models import Closure, ClosureReason, Incident

_PROPOSERS: list[Callable[[Team], Sequence[str]]] = []


def register_proposer(proposer: Callable[[Team], Sequence[str]]) -> None:
    """Let a later app propose causes of a storm: codes of seeded reasons, the likeliest first."""
    if proposer not in _PROPOSERS:
        _PROPOSERS.append(proposer)


def note_storm(
    *, incident: Incident, team: Team, closed_at: datetime, words: str, by_itself: bool = False
) -> bool:
    """Store with the incident that a storm is on, and the cause that is likely. Whether it is one.

    Called inside the transaction that logged closures at `closed_at`, after they are stored. `words` are what
    AliExpress said of them. A cause is proposed only while no person has set one.
    """
    span = timedelta(hours=team.storm_hours)
    counts = (
        Closure.objects.filter(incident=incident, reopened_at=None)
        .order_by()
        .aggregate(
            before=Count("pk", filter=Q(closed_at__gt=closed_at - span, closed_at__lte=closed_at)),
            after=Count("pk", filter=Q(closed_at__gte=closed_at, closed_at__lt=closed_at + span)),
        )
    )
    size = max(counts["before"], counts["after"])
    if size < team.storm_closures:
        return False
    first = incident.storm_at is None
    changed = ["storm_size"]
    incident.storm_size = max(size, incident.storm_size or 0)
    if first:
        incident.storm_at = timezone.now()
        changed.append("storm_at")
    if by_itself and first:
        incident.opened_by_itself = True
        changed.append("opened_by_itself")
    if incident.cause_id is None and incident.proposed_from != "words":
        proposed, source = _likely_cause(team, words, look_further=not incident.proposed_from)
        if proposed is not None:
            incident.proposed_cause, incident.proposed_from = proposed, source
            changed += ["proposed_cause", "proposed_from"]
    incident.save(update_fields=changed)
    if first:
        proposal = incident.proposed_cause.code if incident.proposed_cause else ""
        after = {"closures": incident.storm_size, "hours": team.storm_hours, "proposed_cause": proposal}
        record(by=None, team=team, verb="storm_noted", thing=incident, after=after)
    return True


def _likely_cause(team: Team, words: str, *, look_further: bool) -> tuple[ClosureReason | None, str]:
    """What AliExpress's words suggest; else what later apps propose, and where the proposal is from."""
    codes = [(suggested_reason(decode(words)), "words")]
    if look_further and not codes[0][0]:
        codes += [(code, "checklist") for proposer in _PROPOSERS for code in proposer(team)]
    for code, source in codes:
        if code and (reason := ClosureReason.objects.filter(team=None, code=code, retired_at=None).first()):
            return reason, source
    return None, ""
