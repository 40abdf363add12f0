from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q

from closedorders.accounts.models import Team
from closedorders.core.database.jobs import unclaimed

if TYPE_CHECKING:
    from .models import Closure, ClosureLog, ClosureReason, Incident


class ClosureReasonQuerySet(models.QuerySet["ClosureReason"]):
    def for_team(self, team: Team) -> ClosureReasonQuerySet:
        """The seeded reasons and the team's own, retired ones left out."""
        return self.with_retired(team).filter(retired_at=None)

    def with_retired(self, team: Team) -> ClosureReasonQuerySet:
        """All reasons the team has ever had, for closures of the past."""
        return self.filter(Q(team=None) | Q(team=team))

    def names(self, team: Team) -> dict[str, str]:
        """What the team calls each of them, by code: how the trail is read."""
        return {reason.code: reason.name for reason in self.with_retired(team)}

    def with_open_closures(self, team: Team) -> ClosureReasonQuerySet:
        """With `open_closures`, how many of the team's closures of this reason are still to be made good."""
        still_open = Q(closures__team=team, closures__reopened_at=None, closures__outcome="open")
        # Counting groups, and a grouped query has no order of its own.
        return self.annotate(open_closures=Count("closures", filter=still_open)).order_by("position", "pk")


class IncidentQuerySet(models.QuerySet["Incident"]):
    def for_team(self, team: Team) -> IncidentQuerySet:
        return self.filter(team=team).select_related("buyer_account", "cause", "team")

    def open(self) -> IncidentQuerySet:
        return self.filter(ended_at=None)

    def taking_closures(self) -> IncidentQuerySet:
        """Those that new closures of their account join; one an account at most."""
        return self.filter(ended_at=None, passed_on_at=None)

    def over_block(self) -> IncidentQuerySet:
        """Those whose account works again, or was never to be verified: `blocks.is_over`."""
        from .blocks import is_over  # It needs the models, which import this module.

        return self.filter(is_over())

    def with_counts(self) -> IncidentQuerySet:
        """Adds `not_reopened` and `still_open`: closures that were not reopened, and those still to be made good."""
        return self.annotate(
            not_reopened=Count("closures", filter=Q(closures__reopened_at=None)),
            still_open=Count("closures", filter=Q(closures__reopened_at=None, closures__outcome="open")),
        )


class ClosureQuerySet(models.QuerySet["Closure"]):
    def for_team(self, team: Team) -> ClosureQuerySet:
        return self.filter(team=team)

    def with_order(self) -> ClosureQuerySet:
        """With everything a line of the list shows."""
        return self.select_related(
            "supplier_order__store_order__customer", "reason", "incident", "logged_by__user"
        ).defer("supplier_order__store_order__lines")

    def not_reopened(self) -> ClosureQuerySet:
        """Closures that AliExpress has not undone."""
        return self.filter(reopened_at=None)

    def open(self) -> ClosureQuerySet:
        """Still to be made good: neither reopened nor reordered, refunded or written off."""
        return self.filter(reopened_at=None, outcome="open")

    def without_reason(self) -> ClosureQuerySet:
        return self.filter(reopened_at=None, reason=None)

    def replaced(self) -> ClosureQuerySet:
        return self.filter(reopened_at=None, outcome="replaced")

    def reopened(self) -> ClosureQuerySet:
        """Closures that AliExpress has undone."""
        return self.exclude(reopened_at=None)


class ClosureLogQuerySet(models.QuerySet["ClosureLog"]):
    def for_team(self, team: Team) -> ClosureLogQuerySet:
        return self.filter(team=team)

    def unfinished(self) -> ClosureLogQuerySet:
        return self.filter(state__in=["waiting", "running"])

    def due(self) -> ClosureLogQuerySet:
        """Waiting for a worker, or claimed by one whose lease has run out."""
        return self.unfinished().filter(unclaimed())
