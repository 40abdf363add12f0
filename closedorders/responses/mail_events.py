"""What the mail provider reports of mails after they left: delivered, returned, marked as spam."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from anymail.signals import AnymailTrackingEvent, EventType
from django.db import IntegrityError, transaction
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.core.mail.address_checks import fold_address
from closedorders.core.text.masks import mask_addresses
from closedorders.outreach.models import Message, Suppression
from closedorders.outreach.order_status import refresh_orders_of_address, refresh_orders_of_messages
from closedorders.outreach.wording import REPORTED, RETURNED

from .models import MailEvent

#: Older reports are not taken, so that those that were taken need not be remembered for longer.
KEPT = timedelta(days=30)
#: Rows that are over, deleted with each new one.
_AT_ONCE = 200

_STATE = Message.State
_OUTCOMES: dict[str, Message.State] = {
    EventType.DELIVERED: _STATE.DELIVERED,
    EventType.BOUNCED: _STATE.BOUNCED,
    EventType.REJECTED: _STATE.BOUNCED,
    EventType.COMPLAINED: _STATE.COMPLAINED,
}
#: The states that give way to what is told of a mail: its last word stays.
_GIVES_WAY = {
    _STATE.DELIVERED: (_STATE.SENT, _STATE.UNCERTAIN),
    _STATE.BOUNCED: (_STATE.SENT, _STATE.UNCERTAIN, _STATE.DELIVERED),
    _STATE.COMPLAINED: (_STATE.SENT, _STATE.UNCERTAIN, _STATE.DELIVERED, _STATE.BOUNCED),
}
#: Postmark's word for a mailbox that was full, say: the mail came back, and the next one may arrive.
_NOT_FOR_GOOD = "SoftBounce"


def take(events: Sequence[AnymailTrackingEvent], *, provider: str) -> int:
    """Write down what is new in these reports, whose sender was verified; how many that was."""
    return sum(_take(event, provider) for event in events)


@transaction.atomic
def _take(event: AnymailTrackingEvent, provider: str) -> bool:
    outcome = _OUTCOMES.get(event.event_type)
    if outcome is None or not _is_recent(event):
        return False
    message = _message_of(event)
    if message is None or not _is_new(event, message, provider):
        return False
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    note_outcome(
        message,
        outcome,
        said=str(event.description or event.mta_response or ""),
        is_for_good=raw.get("Type") != _NOT_FOR_GOOD,
    )
    return True


@transaction.atomic
def note_outcome(message: Message, outcome: Message.State, *, said: str, is_for_good: bool = True) -> bool:
    """Write down that a mail arrived, came back or was marked as spam, unless a later word of it is known already.

    `said` are the other side's words. An address from which a mail came back for good, or whose owner complained, gets
    no more mail.
    """
    message = Message.objects.select_for_update(of=("self",)).select_related("team").get(pk=message.pk)
    if message.state not in _GIVES_WAY[outcome]:
        return False
    words = mask_addresses(" ".join(said.split()))[:500]
    message.state = outcome
    message.reason = RETURNED if outcome == _STATE.BOUNCED else REPORTED
    message.reply_code, message.reply_words = None, words
    message.settled_at = message.settled_at or timezone.now()
    message.save(update_fields=["state", "reason", "reply_code", "reply_words", "settled_at"])
    if outcome != _STATE.DELIVERED:
        if is_for_good or outcome == _STATE.COMPLAINED:
            _suppress(message, words)
        record(by=None, verb="mail_returned", thing=message, after={"state": outcome})
    refresh_orders_of_messages([message.pk])
    return True


def _is_recent(event: AnymailTrackingEvent) -> bool:
    """By the moment that was signed, where there is one: an old report may be sent again with another date in it."""
    at = event.timestamp
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    if isinstance(signature := raw.get("signature"), dict):
        at = datetime.fromtimestamp(float(signature.get("timestamp", 0)), UTC)
    if at is None:
        return False
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return bool(timezone.now() - KEPT < at < timezone.now() + timedelta(days=1))


def _message_of(event: AnymailTrackingEvent) -> Message | None:
    """Our message, by the key that we gave its mail; None for mails of others and for another recipient."""
    key = str((event.metadata or {}).get("message", ""))
    found = Message.objects.none()
    if key.isascii() and key.isdigit() and len(key) < 19:
        found = Message.objects.filter(pk=int(key))
    elif event.message_id:
        found = Message.objects.filter(message_id=str(event.message_id)[:200])
    message = found.defer("body").first()
    if message is None or fold_address(str(event.recipient or "")) != message.recipient:
        return None
    return message


def _is_new(event: AnymailTrackingEvent, message: Message, provider: str) -> bool:
    own_id = event.event_id or f"{message.pk} {event.event_type} {event.timestamp}"
    key = hashlib.sha256(f"{provider} {own_id}".encode()).hexdigest()
    old = MailEvent.objects.filter(at__lt=timezone.now() - KEPT - timedelta(days=2)).order_by("at")
    MailEvent.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_AT_ONCE])).delete()
    try:
        with transaction.atomic():
            MailEvent.objects.create(key=key, kind=str(event.event_type)[:20], message=message)
    except IntegrityError:
        return False
    return True


def _suppress(message: Message, said: str) -> None:
    complained = message.state == _STATE.COMPLAINED
    suppression, created = Suppression.objects.get_or_create(
        team=message.team,
        email=message.recipient,
        released_at=None,
        defaults={
            "cause": Suppression.Cause.COMPLAINED if complained else Suppression.Cause.BOUNCED,
            "detail": said,
        },
    )
    if created:
        refresh_orders_of_address(message.team, suppression.email)
        record(by=None, verb="address_suppressed", thing=suppression, after={"cause": suppression.cause})
