"""What comes back on Today by the clock: reminders, money that AliExpress owes, answers that it waits for."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from closedorders.accounts.models import Membership, Team
from closedorders.cases.models import Case
from closedorders.core.paging import capped_count

from .limbo.reads import Window, expected, overdue
from .models import RefundWindow, Reminder
from .reminders.reads import SeenReminder, seen

#: More are on the list of reminders.
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Due:
    reminders: list[SeenReminder]
    more_reminders: bool
    supplier_refunds_overdue: int
    #: Verification cases that AliExpress wants an answer to by tomorrow, the soonest first.
    answers: list[Case]


def due_now(membership: Membership) -> Due:
    """For this member: their own reminders first, then those of others they may see. Three queries on a good day."""
    found = Reminder.objects.visible_to(membership).due(timezone.now()).with_subject()
    shown = list(found.order_by("due_at", "pk")[: MOST_SHOWN + 1])
    shown.sort(key=lambda each: each.person_id != membership.pk)
    late = 0 if membership.is_reviewer else _count_overdue(membership.team)
    team = membership.team
    answers = Case.objects.for_team(team).answer_due(timezone.localdate(timezone=team.zone))
    return Due(
        seen(shown[:MOST_SHOWN], membership), len(shown) > MOST_SHOWN, late, list(answers[:MOST_SHOWN])
    )


def _count_overdue(team: Team) -> int:
    """Asks for more than the oldest refund that is waited for only where that one is overdue."""
    oldest = expected(team).order_by("supplier_refund_announced_on")
    found = oldest.values_list("supplier_refund_announced_on", "team__refund_window__last_day").first()
    if found is None:
        return 0
    announced, last_day = found
    window = Window(0, RefundWindow.LAST_DAY if last_day is None else last_day)
    if announced is None or window.latest(announced) >= timezone.localdate():
        return 0
    return capped_count(overdue(team, window))
