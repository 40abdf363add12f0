"""The rows of the outbox: what each customer of a campaign is sent, or why nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.core.refusals import Refused
from closedorders.imports.merge.bulk_insert import insert_columns, next_keys
from closedorders.orders.status import refresh_status as refresh_status

from ..audience import Exclusion, LeftOut, Person
from ..message_states import BINDING, TOLD
from ..models import Campaign, Kind, Message
from ..order_status import orders_of_messages
from ..plans.plan import Letter
from ..runs.hours import MailHours
from ..texts.mails import message_id

ROWS_AT_ONCE = 200
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


Row: TypeAlias = tuple[Message, Person]


class Outbox:
    """The rows of one campaign's outbox, made and written batch by batch."""

    def __init__(self, campaign: Campaign, *, begins_at: datetime) -> None:
        """`begins_at`: no mail leaves before."""
        self._campaign = campaign
        self._begins_at = begins_at
        self._hours = MailHours(campaign.store)
        self._now = timezone.now()
        self._notes = _notes(campaign)

    def rows(self, letters: Iterable[Letter], left_out: Iterable[LeftOut]) -> Iterator[Row]:
        """A row for each letter, and for each person who gets none where that is to be remembered.

        A customer's row of this incident and kind is used again where there is one.
        """
        for letter in letters:
            row = self._row(letter.person)
            row.state, row.skip_reason = Message.State.QUEUED, ""
            row.subject, row.body = letter.subject, letter.body
            row.mail_class, row.code = letter.mail_class, letter.code
            yield row, letter.person
        for left in left_out:
            if left.why in _KEPT:
                continue
            row = self._row(left.person)
            row.state, row.skip_reason = Message.State.SKIPPED, left.why
            row.subject = row.body = row.mail_class = row.code = ""
            yield row, left.person

    def write(self, rows: Sequence[Row]) -> None:
        """Write these, in the caller's transaction, with the closures they name and the status of their orders."""
        _refuse_second_mails(self._campaign, rows)
        new = [row for row, _person in rows if row.pk is None]
        used_again = [row for row, _person in rows if row.pk is not None]
        # A row may now be about fewer orders than before, or go to another address: the orders it was about change too.
        concerned = orders_of_messages(row.pk for row in used_again)
        _insert(new)
        Message.objects.bulk_update(used_again, _FROZEN, batch_size=ROWS_AT_ONCE)
        named_by = Message.closures.through
        named_by.objects.filter(message__in=used_again).delete()
        links = [(row.pk, closure) for row, person in rows for closure in person.closure_ids]
        if links:
            messages, closures = zip(*links, strict=True)
            insert_columns(named_by, {"message_id": messages, "closure_id": closures})
        # Those of their own closures are known; others have the same address, or were named before.
        own = (order.pk for _row, person in rows for order in person.orders)
        refresh_status(concerned | orders_of_messages(row.pk for row, _person in rows) | set(own))

    def _row(self, person: Person) -> Message:
        campaign, now = self._campaign, self._now
        row = person.message or Message(
            team=campaign.team,
            incident=campaign.incident,
            kind=campaign.kind,
            customer=person.customer,
            number=person.number,
            created_at=timezone.now(),
            message_id=message_id(
                f"{campaign.incident_id}-{campaign.kind}-{person.customer.pk}-{person.number}",
                domain=settings.MESSAGE_ID_DOMAIN,
                seed=now.isoformat(),
            ),
        )
        row.campaign = campaign
        row.recipient, row.language = person.email, person.language
        row.country = _country(person)
        row.not_before, row.not_after = self._hours.next_time(self._begins_at, row.country)
        row.claimed_until = row.submitting_at = row.settled_at = row.reply_code = None
        row.reason = row.reply_words = ""
        row.decided_by = row.decided_at = None
        row.deferrals = 0
        row.follows_id = self._notes.get(person.customer.pk)
        return row


def write_rows(campaign: Campaign, left_out: Iterable[LeftOut]) -> None:
    """Remember in a draft's outbox who gets no mail of it."""
    outbox = Outbox(campaign, begins_at=timezone.now())
    outbox.write(list(outbox.rows((), left_out)))


def _insert(rows: Sequence[Message]) -> None:
    """COPY on PostgreSQL: a quarter of the time of as many rows of the ORM."""
    if not rows:
        return
    for row, key in zip(rows, next_keys(Message, len(rows)), strict=True):
        row.pk = key
    fields = Message._meta.concrete_fields
    insert_columns(
        Message, {str(field.column): [getattr(row, field.attname) for row in rows] for field in fields}
    )


def _refuse_second_mails(campaign: Campaign, rows: Sequence[Row]) -> None:
    """Refuse to write about a closure that a mail of this kind names which was sent, or may yet be.

    The audience left these out already: somebody was quicker since.
    """
    wanted = {
        closure: row
        for row, person in rows
        if row.state == Message.State.QUEUED
        for closure in person.closure_ids
    }
    links = Message.closures.through.objects.filter(
        message__kind=campaign.kind, message__state__in=BINDING, closure__in=list(wanted)
    )
    for closure, message, customer in links.values_list("closure", "message_id", "message__customer"):
        row = wanted[closure]
        if message != row.pk and customer == row.customer_id:
            raise Refused(
                _("Somebody was written to about one of these orders meanwhile. Look at the list again.")
            )


def _notes(campaign: Campaign) -> dict[int, int]:
    """Customer -> the note with which they were asked to wait, which an apology follows."""
    if campaign.kind != Kind.RESOLUTION:
        return {}
    notes = Message.objects.filter(
        incident=campaign.incident_id,
        kind=Kind.HOLDING,
        state__in=TOLD,
        customer__store=campaign.store_id,
    )
    return dict(notes.order_by("number").values_list("customer", "pk"))


def _country(person: Person) -> str:
    """Where she has her orders sent; else where she lives, as the shop has it."""
    return next(
        (order.ship_country for order in person.orders if order.ship_country), person.customer.country
    )
