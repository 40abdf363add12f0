"""What reminders say of a customer's orders: part of what is given out or erased of a customer."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from closedorders.accounts.models import AuditEvent
from closedorders.responses.personal_data.subject import Subject
from closedorders.responses.personal_data.traces import erase_from_trail

from ..models import Reminder
from ..querysets import ReminderQuerySet


def _of(subject: Subject) -> ReminderQuerySet:
    orders = subject.orders
    return Reminder.objects.filter(
        Q(store_order__in=orders) | Q(supplier_order__store_order__in=orders), team=subject.team
    )


def notes_of_customer(subject: Subject) -> list[dict[str, Any]]:
    rows = _of(subject).order_by("pk").values("due_at", "note", "created_at", "done_at")
    return [dict(row) for row in rows]


def erase_notes_of_customer(subject: Subject) -> None:
    """That somebody wanted to come back to the order stays."""
    found = _of(subject)
    keys = list(found.values_list("pk", flat=True))
    erase_from_trail(
        AuditEvent.objects.filter(team=subject.team, thing="incidents.reminder", thing_id__in=keys)
    )
    found.update(note="")
