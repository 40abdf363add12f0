from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models

from closedorders.accounts.models import Team

from .moves import CLOSED, NOT_ANSWERED, OVER_BLOCK, TURNS, Turn

if TYPE_CHECKING:
    from .models import Case, Contact, Transition


class CaseQuerySet(models.QuerySet["Case"]):
    def for_team(self, team: Team) -> CaseQuerySet:
        return self.filter(team=team).select_related("incident", "incident__team", "buyer_account", "team")

    def live(self) -> CaseQuerySet:
        return self.exclude(state=CLOSED)

    def blocked(self) -> CaseQuerySet:
        """Those whose account is not unblocked yet."""
        return self.exclude(state__in=OVER_BLOCK)

    def unblocked(self) -> CaseQuerySet:
        return self.filter(state__in=OVER_BLOCK)

    def on_turn_of(self, turn: Turn) -> CaseQuerySet:
        return self.filter(state__in=[state for state, whose in TURNS.items() if whose == turn])

    def answer_due(self, today: date) -> CaseQuerySet:
        """Those that AliExpress still waits for, and from which it wants an answer by tomorrow. Soonest first."""
        due = self.filter(state__in=NOT_ANSWERED, answer_due__lte=today + timedelta(days=1))
        return due.order_by("answer_due", "pk")


class TransitionQuerySet(models.QuerySet["Transition"]):
    def standing(self) -> TransitionQuerySet:
        """Without those that were taken back."""
        return self.filter(taken_back_at=None)


class ContactQuerySet(models.QuerySet["Contact"]):
    def for_team(self, team: Team) -> ContactQuerySet:
        return self.filter(case__team=team)

    def to_follow_up(self) -> ContactQuerySet:
        """Somebody said "ask again at", and nobody has yet. Soonest first."""
        return self.filter(followed_up_at=None, follow_up_at__isnull=False).order_by("follow_up_at", "pk")

    def due(self, now: datetime) -> ContactQuerySet:
        return self.to_follow_up().filter(follow_up_at__lte=now)
