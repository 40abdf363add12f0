"""The rows of the outbox: what each customer of a campaign is sent, or why nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.core.refusals import Refused
from closedorders.orders.status import refresh_status as refresh_status

from ..audience import Exclusion, Person
from ..message_states import BINDING, TOLD
from ..models import Campaign, Kind, Message
from ..order_status import orders_of_messages
from ..plans.plan import Letter
from ..runs.hours import MailHours
from ..texts.mails import message_id
from .rows import ROWS_AT_ONCE

_FROZEN = (
    "campaign",
    "state",
    "skip_reason",
    "recipient",
    "language",
    "subject",
    "body",
    "mail_class",
    "code",
    "not_before",
    "not_after",
    "country",
    "claimed_until",
    "submitting_at",
    "settled_at",
    "reason",
    "reply_code",
    "reply_words",
    "deferrals",
    "follows",
    "decided_by",
    "decided_at",
)
# Rows that say something about a mail of another campaign are not touched by being left out of this one.
_KEPT = frozenset(
    {
        Exclusion.TOLD,
        Exclusion.RESOLVED,
        Exclusion.WAITING,
        Exclusion.UNCERTAIN,
        Exclusion.BOUNCED,
        Exclusion.FAILED,
    }
)


def freeze(
    campaign: Campaign, letters: Iterable[Letter], left_out: Iterable[tuple[Person, Exclusion]]
) -> None:
    """Write the rows of the outbox. A customer's row of this incident and kind is used again where there is one."""
    rows: list[tuple[Message, Person]] = []
    hours = MailHours(campaign.store)
    for letter in letters:
        row = _row(campaign, letter.person, hours)
        row.state, row.skip_reason = Message.State.QUEUED, ""
        row.subject, row.body = letter.subject, letter.body
        row.mail_class, row.code = letter.mail_class, letter.code
        rows.append((row, letter.person))
    for person, why in left_out:
        if why in _KEPT:
            continue
        row = _row(campaign, person, hours)
        row.state, row.skip_reason = Message.State.SKIPPED, why
        row.subject = row.body = row.mail_class = row.code = ""
        rows.append((row, person))
    _refuse_second_mails(campaign, rows)
    _link_to_notes(campaign, rows)
    new = [row for row, _person in rows if row.pk is None]
    used_again = [row for row, _person in rows if row.pk is not None]
    # A row may now be about fewer orders than before, or go to another address: the orders it was about change too.
    concerned = orders_of_messages(row.pk for row in used_again)
    Message.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
    Message.objects.bulk_update(used_again, _FROZEN, batch_size=ROWS_AT_ONCE)
    links = Message.closures.through.objects
    links.filter(message__in=used_again).delete()
    links.bulk_create(
        [
            Message.closures.through(message_id=row.pk, closure_id=closure_id)
            for row, person in rows
            for closure_id in person.closure_ids
        ],
        batch_size=ROWS_AT_ONCE,
    )
    refresh_status(concerned | orders_of_messages(row.pk for row, _person in rows))


def _refuse_second_mails(campaign: Campaign, rows: Sequence[tuple[Message, Person]]) -> None:
    """Refuse to write about a closure that a mail of this kind names which was sent, or may yet be.

    The incident is locked, so nobody else adds one; the audience left these out already.
    """
    wanted = {
        closure: row
        for row, person in rows
        if row.state == Message.State.QUEUED
        for closure in person.closure_ids
    }
    links = Message.closures.through.objects.filter(
        message__kind=campaign.kind, message__state__in=BINDING
    ).values_list("closure", "message_id", "message__customer")
    closures = sorted(wanted)
    for start in range(0, len(closures), ROWS_AT_ONCE):
        for closure, message, customer in links.filter(closure__in=closures[start : start + ROWS_AT_ONCE]):
            row = wanted[closure]
            if message != row.pk and customer == row.customer_id:
                raise Refused(
                    _("Somebody was written to about one of these orders meanwhile. Look at the list again.")
                )


def _link_to_notes(campaign: Campaign, rows: Sequence[tuple[Message, Person]]) -> None:
    """An apology follows the note with which its customer was asked to wait."""
    if campaign.kind != Kind.RESOLUTION:
        return
    notes = {
        note.customer_id: note
        for note in Message.objects.filter(
            incident=campaign.incident_id,
            kind=Kind.HOLDING,
            state__in=TOLD,
            customer__store=campaign.store_id,
        )
        .only("customer", "message_id")
        .order_by("number")
    }
    for row, person in rows:
        row.follows = notes.get(person.customer.pk)


def _row(campaign: Campaign, person: Person, hours: MailHours) -> Message:
    now = timezone.now()
    row = person.message or Message(
        team=campaign.team,
        incident=campaign.incident,
        kind=campaign.kind,
        customer=person.customer,
        number=person.number,
        created_at=now,
        message_id=message_id(
            f"{campaign.incident_id}-{campaign.kind}-{person.customer.pk}-{person.number}",
            domain=settings.MESSAGE_ID_DOMAIN,
            seed=now.isoformat(),
        ),
    )
    row.campaign = campaign
    row.recipient, row.language = person.email, person.language
    row.country = _country(person)
    row.not_before, row.not_after = hours.next_time(campaign.starts_at or now, row.country)
    row.claimed_until = row.submitting_at = row.settled_at = row.reply_code = None
    row.reason = row.reply_words = ""
    row.decided_by = row.decided_at = None
    row.deferrals = 0
    return row


def _country(person: Person) -> str:
    """Where she has her orders sent; else where she lives, as the shop has it."""
    return next(
        (order.ship_country for order in person.orders if order.ship_country), person.customer.country
    )
