from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from closedorders.accounts.models import Membership

if TYPE_CHECKING:
    from .models import Reminder


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def visible_to(self, membership: Membership) -> ReminderQuerySet:
        """Those of the team; for a reviewer, who sees no orders, those of incidents and cases."""
        found = self.filter(team=membership.team_id)
        if membership.is_reviewer:
            found = found.filter(store_order=None, supplier_order=None)
        return found

    def open(self) -> ReminderQuerySet:
        return self.filter(done_at=None, cancelled_at=None)

    def over(self) -> ReminderQuerySet:
        """Done or cancelled."""
        return self.exclude(done_at=None, cancelled_at=None)

    def due(self, now: datetime) -> ReminderQuerySet:
        return self.open().filter(due_at__lte=now)

    def later(self, now: datetime) -> ReminderQuerySet:
        return self.open().filter(due_at__gt=now)

    def of_person(self, membership: Membership) -> ReminderQuerySet:
        return self.filter(person=membership)

    def with_subject(self) -> ReminderQuerySet:
        """With everything that a line of a list shows."""
        return self.select_related(
            "team",
            "incident",
            "case__incident",
            "store_order",
            "supplier_order",
            "person__user",
            "created_by__user",
        ).defer("store_order__lines", "store_order__note")
