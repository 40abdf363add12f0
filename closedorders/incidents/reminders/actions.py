from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import EVERYONE, allow
from closedorders.cases.models import Case
from closedorders.closures.models import Incident
from closedorders.core.refusals import Refused
from closedorders.orders.models import StoreOrder, SupplierOrder

from ..models import SUBJECTS, Reminder

Subject = Incident | Case | StoreOrder | SupplierOrder

#: A year is a slip of the keyboard.
FURTHEST = timedelta(days=366)
#: Of one team at once: a list that long is read by nobody.
MOST_OPEN = 500


def _refuse_order(by: Membership, *, of_order: bool) -> None:
    if by.is_reviewer and of_order:
        raise Refused(_("Orders are for merchants and assistants."))


def _check_time(due_at: datetime) -> None:
    if due_at <= timezone.now():
        raise Refused(_("Choose a time that is still to come."))
    if due_at > timezone.now() + FURTHEST:
        raise Refused(_("This is more than a year away. Check the date."))


@transaction.atomic
def add_reminder(
    *, subject: Subject, due_at: datetime, note: str, person: Membership, by: Membership
) -> Reminder:
    """Let `person` come back to an incident, a case or an order at `due_at`."""
    allow(by, EVERYONE, team_id=subject.team_id)
    of_order = isinstance(subject, StoreOrder | SupplierOrder)
    _refuse_order(by, of_order=of_order)
    if person.team_id != subject.team_id or person.ended_at is not None:
        raise Refused(_("This person does not belong to your team any more."))
    if person.is_reviewer and of_order:
        raise Refused(_("A reviewer sees no orders. Choose somebody else."))
    _check_time(due_at)
    if Reminder.objects.filter(team=subject.team_id).open().count() >= MOST_OPEN:
        raise Refused(
            _("Your team has %(count)s open reminders. Do or cancel some first.") % {"count": MOST_OPEN}
        )
    name = dict(zip((Incident, Case, StoreOrder, SupplierOrder), SUBJECTS, strict=True))[type(subject)]
    reminder = Reminder.objects.create(
        team_id=subject.team_id,
        due_at=due_at,
        note=note.strip(),
        person=person,
        created_by=by,
        **{name: subject},
    )
    record(
        by=by,
        verb="reminder_added",
        thing=reminder,
        after={"due_at": due_at, "note": reminder.note, "person": str(person.user)},
    )
    return reminder


def _open(reminder: Reminder, by: Membership) -> Reminder:
    allow(by, EVERYONE, team_id=reminder.team_id)
    _refuse_order(by, of_order=bool(reminder.store_order_id or reminder.supplier_order_id))
    found = (
        Reminder.objects.open().select_for_update(of=("self",)).with_subject().filter(pk=reminder.pk).first()
    )
    if found is None:
        raise Refused(_("This reminder is done or cancelled already."))
    return found


@transaction.atomic
def snooze_reminder(*, reminder: Reminder, until: datetime, by: Membership) -> None:
    """Come back to it at `until` instead."""
    allow(by, EVERYONE, team_id=reminder.team_id)
    found = _open(reminder, by)
    _check_time(until)
    before, found.due_at = found.due_at, until
    found.save(update_fields=["due_at"])
    record(by=by, verb="reminder_snoozed", thing=found, before={"due_at": before}, after={"due_at": until})


@transaction.atomic
def finish_reminder(*, reminder: Reminder, by: Membership) -> None:
    """What it was about is done."""
    allow(by, EVERYONE, team_id=reminder.team_id)
    found = _open(reminder, by)
    found.done_at, found.done_by = timezone.now(), by
    found.save(update_fields=["done_at", "done_by"])
    record(by=by, verb="reminder_done", thing=found, after={"note": found.note})


@transaction.atomic
def cancel_reminder(*, reminder: Reminder, by: Membership) -> None:
    """It need not be done any more."""
    allow(by, EVERYONE, team_id=reminder.team_id)
    found = _open(reminder, by)
    found.cancelled_at, found.cancelled_by = timezone.now(), by
    found.save(update_fields=["cancelled_at", "cancelled_by"])
    record(by=by, verb="reminder_cancelled", thing=found, after={"note": found.note})


@transaction.atomic
def reopen_reminder(*, reminder: Reminder, by: Membership) -> None:
    """Undo a mistaken "done" or "cancel": open again, at the time it had."""
    allow(by, EVERYONE, team_id=reminder.team_id)
    _refuse_order(by, of_order=bool(reminder.store_order_id or reminder.supplier_order_id))
    found = (
        Reminder.objects.over().select_for_update(of=("self",)).with_subject().filter(pk=reminder.pk).first()
    )
    if found is None:
        return
    found.done_at = found.done_by = found.cancelled_at = found.cancelled_by = None
    found.save(update_fields=["done_at", "done_by", "cancelled_at", "cancelled_by"])
    record(by=by, verb="reminder_reopened", thing=found, after={"note": found.note})
