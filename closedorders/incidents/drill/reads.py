"""How far a fire drill is, read from what its team has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min

from closedorders.accounts.models import Team
from closedorders.cases.models import Case, Transition
from closedorders.closures.models import Closure, Incident
from closedorders.outreach.audience import untold_by_incident
from closedorders.outreach.message_states import TOLD
from closedorders.outreach.models import Campaign, Kind, Message

from .steps import DrillStep, drill_steps, total_time


@dataclass(frozen=True, slots=True)
class DrillProgress:
    """`incident` is the drill's first one; None where somebody has deleted or never made it."""

    incident: Incident | None
    started: datetime
    steps: list[DrillStep]

    @property
    def took(self) -> timedelta | None:
        return total_time(self.steps)


def drill_progress(drill: Team) -> DrillProgress:
    """Ten queries or fewer."""
    incident = Incident.objects.for_team(drill).order_by("pk").first()
    reached: dict[str, datetime | None] = {}
    if incident is not None:
        closures = Closure.objects.filter(incident=incident, reopened_at=None)
        moments = closures.aggregate(logged=Min("logged_at"), outcome=Max("outcome_at"))
        case = Case.objects.filter(incident=incident).first()
        entered = dict(
            Transition.objects.standing()
            .filter(case__incident=incident)
            .order_by()
            .values_list("after")
            .annotate(first=Min("at"))
        )
        # Nobody is really told: in a drill a mail in the local mailbox is as good as one that arrived.
        sent = Message.objects.filter(
            incident=incident, kind=Kind.RESOLUTION, state__in=[*TOLD, Message.State.LOCAL]
        )
        untold = untold_by_incident(drill, [incident]).get(incident.pk, Counter()).total()
        waiting = untold > sent.exclude(state__in=TOLD).count()
        approved = Campaign.objects.filter(incident=incident, kind=Kind.RESOLUTION).aggregate(
            at=Min("approved_at")
        )["at"]
        reached = {
            "logged": moments["logged"],
            "case": case.opened_at if case else None,
            "submitted": entered.get("submitted"),
            "unblocked": entered.get("unblocked"),
            "approved": approved,
            "told": None if waiting else sent.aggregate(at=Max("settled_at"))["at"],
            "outcomes": None if closures.open().exists() else moments["outcome"],
            "ended": incident.ended_at,
        }
    return DrillProgress(incident, drill.created_at, drill_steps(reached, started=drill.created_at))
