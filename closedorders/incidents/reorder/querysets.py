from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q, Sum

from closedorders.accounts.models import Team

if TYPE_CHECKING:
    from .models import ReorderBatch, ReorderLine, ReorderPlan


class ReorderPlanQuerySet(models.QuerySet["ReorderPlan"]):
    def for_team(self, team: Team) -> ReorderPlanQuerySet:
        return self.filter(team=team)

    def current(self) -> ReorderPlanQuerySet:
        return self.filter(retired_at=None)


class ReorderBatchQuerySet(models.QuerySet["ReorderBatch"]):
    def with_counts(self) -> ReorderBatchQuerySet:
        """Adds `orders`, `waiting` (still to be placed), `cost` and `duty` (sums; None where nothing is known)."""
        waiting = Q(lines__closure__outcome="open", lines__closure__reopened_at=None)
        return self.annotate(
            orders=Count("lines"),
            waiting=Count("lines", filter=waiting),
            cost=Sum("lines__cost"),
            duty=Sum("lines__duty"),
        )


class ReorderLineQuerySet(models.QuerySet["ReorderLine"]):
    def waiting(self) -> ReorderLineQuerySet:
        """Still to be placed: nobody has made the closure good in any way."""
        return self.filter(closure__outcome="open", closure__reopened_at=None)

    def free(self, now: datetime) -> ReorderLineQuerySet:
        """Nobody has them, or not any more."""
        return self.filter(Q(claimed_by=None) | Q(claimed_until=None) | Q(claimed_until__lte=now))

    def claimed(self, now: datetime) -> ReorderLineQuerySet:
        return self.filter(claimed_by__isnull=False, claimed_until__gt=now)

    def in_turn(self) -> ReorderLineQuerySet:
        return self.order_by("place")

    def with_order(self) -> ReorderLineQuerySet:
        """With everything a tick sheet shows of the order."""
        return self.select_related(
            "batch",
            "closure__supplier_order__supplier",
            "closure__supplier_order__buyer_account",
            "closure__supplier_order__store_order__customer",
            "claimed_by__user",
            "done_by__user",
        )
