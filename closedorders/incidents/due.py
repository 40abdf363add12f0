"""What comes back on Today by the clock: reminders that are due, and money that AliExpress owes for too long."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.core.paging import capped_count

from .limbo.reads import Window, overdue
from .models import Reminder
from .reminders.reads import SeenReminder, seen

#: More are on the list of reminders.
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Due:
    reminders: list[SeenReminder]
    more_reminders: bool
    supplier_refunds_overdue: int


def due_now(membership: Membership) -> Due:
    """For this member: their own reminders first, then those of others that they may see. Three queries at most."""
    found = Reminder.objects.visible_to(membership).due(timezone.now()).with_subject()
    shown = list(found.order_by("due_at", "pk")[: MOST_SHOWN + 1])
    shown.sort(key=lambda each: each.person_id != membership.pk)
    team = membership.team
    late = 0 if membership.is_reviewer else capped_count(overdue(team, Window.of(team)))
    return Due(seen(shown[:MOST_SHOWN], membership), len(shown) > MOST_SHOWN, late)
