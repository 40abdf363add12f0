"""Everything that Today counts, counted now or, for a team with much to count, within the last minute.

Counting 100,000 closures takes most of a second. Of such a team the counts are stored, with the time they were made at,
which the page shows. They are made anew as soon as a person has done anything in the team (each action leaves an audit
event), and once a minute for what workers do and what time itself changes.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Team
from closedorders.closures.models import Incident
from closedorders.core.money import Total
from closedorders.core.paging import capped_count
from closedorders.incidents.reads import IncidentCounts, count_incidents, value_at_risk
from closedorders.orders.models import SupplierOrder
from closedorders.outreach.audience import NotTold, not_told
from closedorders.risk.facts import gather
from closedorders.risk.rules import Facts
from closedorders.risk.rules.base import WINDOW_DAYS
from closedorders.risk.rules.stored import facts_from_json

from . import reads
from .models import KeptCounts

MAX_AGE = timedelta(minutes=1)
#: Fewer than these are counted at every look: closures, and orders at AliExpress of the checklist's days.
MANY_CLOSURES, MANY_ORDERS = 200, 1_000


@dataclass(frozen=True, slots=True)
class TodayCounts:
    """`counted_at` is None where it was counted just now."""

    incidents: dict[int, IncidentCounts]
    closed: reads.OpenClosures
    value: list[Total]
    sales: int
    countries: int
    waiting: NotTold
    by_day: list[reads.ClosedOnDay]
    facts: Facts
    imported_at: datetime | None
    counted_at: datetime | None = None


def today_counts(team: Team, incidents: Collection[Incident]) -> TodayCounts:
    """Of the team and these open incidents. One query where the counts are stored."""
    newest = AuditEvent.objects.filter(team=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    event, stored_event, counted_at, counts = (
        Team.objects.filter(pk=team.pk)
        .values_list(Subquery(newest), "kept_counts__event", "kept_counts__counted_at", "kept_counts__counts")
        .get()
    )
    now = timezone.now()
    if counts and stored_event == (event or 0) and now - counted_at < MAX_AGE:
        stored = _from_json(counts, counted_at)
        if stored.incidents.keys() >= {incident.pk for incident in incidents}:
            return stored
    found = _count(team, incidents)
    if _is_much(team, found, now):
        kept_counts = json.loads(json.dumps(asdict(found), default=str))
        fields = {"event": event or 0, "counted_at": now, "counts": kept_counts}
        KeptCounts.objects.update_or_create(team=team, defaults=fields)
    elif counts:
        KeptCounts.objects.filter(team=team).delete()
    return found


def _count(team: Team, incidents: Collection[Incident]) -> TodayCounts:
    value, sales, countries = value_at_risk(team)
    return TodayCounts(
        incidents=count_incidents(team, incidents),
        closed=reads.open_closures(team),
        value=value,
        sales=sales,
        countries=countries,
        waiting=not_told(team),
        by_day=reads.closures_by_day(team),
        facts=gather(team),
        imported_at=reads.last_import(team),
    )


def _is_much(team: Team, found: TodayCounts, now: datetime) -> bool:
    closures = (
        found.closed.count,
        sum(counts.not_reopened for counts in found.incidents.values()),
        sum(count for *_day_and_reason, count in found.by_day),
    )
    if max(closures) >= MANY_CLOSURES:
        return True
    bought = SupplierOrder.objects.filter(team=team, placed_at__gte=now - timedelta(days=WINDOW_DAYS))
    return capped_count(bought, MANY_ORDERS) >= MANY_ORDERS


def _from_json(stored: dict[str, Any], counted_at: datetime) -> TodayCounts:
    """`asdict` and JSON turned back: moments and days are text there, amounts too, tuples are lists."""
    closed, waiting = stored["closed"], stored["waiting"]
    return TodayCounts(
        incidents={
            int(pk): IncidentCounts(**counts | {"first_closed_at": _moment(counts["first_closed_at"])})
            for pk, counts in stored["incidents"].items()
        },
        closed=reads.OpenClosures(**closed | {"oldest_at": _moment(closed["oldest_at"])}),
        value=[Total(**total | {"amount": Decimal(total["amount"])}) for total in stored["value"]],
        sales=stored["sales"],
        countries=stored["countries"],
        waiting=NotTold(**waiting | {"oldest_closed_at": _moment(waiting["oldest_closed_at"])}),
        by_day=[(date.fromisoformat(day), *rest) for day, *rest in stored["by_day"]],
        facts=facts_from_json(stored["facts"]),
        imported_at=_moment(stored["imported_at"]),
        counted_at=counted_at,
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
