"""Reminders as pages show them, masked for who looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone

from closedorders.accounts.models import Membership, Team
from closedorders.cases.models import Case
from closedorders.closures.models import Incident
from closedorders.orders.masking import Sight
from closedorders.orders.models import StoreOrder, SupplierOrder

from ..models import Reminder
from .forms import SNOOZES

#: What an address calls a thing -> the field of the reminder.
KINDS: dict[str, str] = {
    "incident": "incident",
    "case": "case",
    "order": "store_order",
    "bought": "supplier_order",
}
_MODELS: dict[str, type[Model]] = {
    "incident": Incident,
    "case": Case,
    "order": StoreOrder,
    "bought": SupplierOrder,
}
#: More open ones of one thing are on the list of all.
MOST_OF_A_THING = 10


@dataclass(frozen=True, slots=True)
class SeenReminder:
    """A reminder with its words as this member may read them."""

    pk: int
    note: str
    subject: str
    subject_url: str
    person: str
    mine: bool
    due_at: datetime
    is_due: bool
    is_open: bool
    done_at: datetime | None
    cancelled_at: datetime | None
    snoozes: list[tuple[str, Any]]


def seen(reminders: Iterable[Reminder], membership: Membership) -> list[SeenReminder]:
    sight, now = Sight.of(membership), timezone.now()
    return [
        SeenReminder(
            pk=each.pk,
            note=sight.words(each.note),
            subject=sight.words(str(each.subject)),
            subject_url=each.subject_url,
            person=str(each.person.user),
            mine=each.person_id == membership.pk,
            due_at=each.due_at,
            is_due=each.is_open and each.due_at <= now,
            is_open=each.is_open,
            done_at=each.done_at,
            cancelled_at=each.cancelled_at,
            snoozes=list(SNOOZES),
        )
        for each in reminders
    ]


def subject_of(team: Team, kind: str, key: str, membership: Membership) -> Any:
    """The thing that an address names, or None: no such thing of the team, or none that this member sees."""
    model = _MODELS.get(kind)
    if model is None or not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    if membership.is_reviewer and kind in {"order", "bought"}:
        return None
    found = model._default_manager.filter(team=team, pk=int(key))
    if kind == "case":
        found = found.select_related("incident")
    return found.first()


def kind_of(subject: Model) -> str:
    return next(kind for kind, model in _MODELS.items() if isinstance(subject, model))


def open_of(subject: Model, membership: Membership) -> list[SeenReminder]:
    """The open reminders of one thing, soonest first."""
    field = KINDS[kind_of(subject)]
    found = Reminder.objects.visible_to(membership).open().filter(**{field: subject})
    reminders = list(found.select_related("person__user").order_by("due_at", "pk")[:MOST_OF_A_THING])
    for each in reminders:
        # Known already: what a list of all kinds of things has to join.
        each.team = membership.team
        setattr(each, field, subject)
    return seen(reminders, membership)
