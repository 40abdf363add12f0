"""The outbox at work: claim a row, hand its mail over, write down what became of it. One message at a time.

The row is the truth (docs/design.md, 2). A claim is a conditional UPDATE, committed before the mail server hears of it;
the number of the attempt fences every later write, so a worker that lost its row cannot touch it any more. Just before
the final dot `submitting_at` is committed: from there on nobody but a person sends that message again.
"""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.core.mail.address_checks import is_wire_safe
from closedorders.core.mail.delivery import Delivery, MailTransport, Outcome, Phase, Reason
from closedorders.core.mail.transports import open_transport

from . import wording
from .audience import Exclusion
from .blocking import block_refused_address
from .models import Campaign, Message, Suppression
from .order_status import refresh_orders_of_messages
from .querysets import MessageQuerySet
from .texts.mails import build_mail

log = logging.getLogger(__name__)

BACKOFF_MINUTES = (1, 5, 15, 60, 60, 60, 60)
MAX_ATTEMPTS = len(BACKOFF_MINUTES) + 1
"""After so many tries without an answer a message has failed; trying again by hand gives it as many once more."""
SERVER_PAUSES = (15, 30, 60, 120, 300, 600, 900)
"""Seconds until a mail server that took no mail is tried again, for the first time, the second … and ever after."""
SERVER_ANSWERS: dict[str, object] = {
    "no_server_since": None,
    "no_server_reason": "",
    "no_server_words": "",
    "no_server_tries": 0,
    "next_try_at": None,
}
"""What a campaign says of its mail server when nothing is wrong with it."""
BAD_IN_A_ROW = 10
"""So many bad outcomes with no good one between them are the mail server's trouble, not that many customers'."""
RESULT_SECONDS = 30.0
"""How long a worker tries to write down what became of a mail while the database is away."""
SENDERS = 4
"""How many workers may send for one campaign at a time."""
BUDGET_SECONDS = 60.0
_FRESH = timedelta(seconds=15)
_CONNECTION_LOST = (OperationalError, InterfaceError)
# Until here the server has heard of no message.
_BEFORE_ANY_MESSAGE = frozenset({Phase.CONNECT, Phase.HELLO, Phase.STARTTLS, Phase.LOGIN})


def send_due(
    campaign_id: int, *, transport: MailTransport | None = None, budget: float = BUDGET_SECONDS
) -> bool:
    """Send what is due of one campaign for about `budget` seconds. Whether there is more to do right now."""
    ends = time.monotonic() + budget
    carrier = transport or open_transport()
    try:
        for message in _claims(campaign_id):
            _send(message, carrier)
            if time.monotonic() > ends:
                return Message.objects.due().filter(campaign=campaign_id).exists()
    finally:
        carrier.close()
    finish(campaign_id)
    return False


def _claims(campaign_id: int) -> Iterator[Message]:
    """Rows that are ours, one by one, until nothing is due. Any number of workers may run this at once."""
    while True:
        due = list(
            Message.objects.due()
            .filter(campaign=campaign_id)
            .order_by("not_before", "pk")
            .values_list("pk", "attempt")[:40]
        )
        if not due:
            return
        # Workers that start at different places seldom reach for the same row.
        random.shuffle(due)
        for pk, attempt in due:
            if claim(pk, attempt):
                yield Message.objects.select_related("campaign__store", "customer").get(pk=pk)


def claim(pk: int, attempt: int) -> bool:
    """Take the row if it is still as it was seen; committed when this returns.

    The conditions stand on the row itself, not in a subquery: PostgreSQL looks at them again when it had to wait for
    another worker's claim.
    """
    now = timezone.now()
    sending = Campaign.objects.ready_to_send().values("pk")
    return bool(
        Message.objects.filter(
            pk=pk,
            attempt=attempt,
            state__in=[Message.State.QUEUED, Message.State.DEFERRED],
            not_before__lte=now,
            campaign__in=sending,
        ).update(
            state=Message.State.SENDING,
            attempt=F("attempt") + 1,
            claimed_until=now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS),
            submitting_at=None,
        )
    )


def _send(message: Message, carrier: MailTransport) -> None:
    try:
        if Suppression.objects.live().filter(team=message.team_id, email=message.recipient.lower()).exists():
            _settle(message, {"state": Message.State.SKIPPED, "skip_reason": Exclusion.SUPPRESSED})
            return
        _write_down(message, _deliver(message, carrier))
    except BaseException as error:
        # A time limit, a database that went away: leave the row as what is known. If even that fails, the sweep will.
        with contextlib.suppress(DatabaseError):
            if isinstance(error, _CONNECTION_LOST):
                connection.close()
            _recover(Message.objects.filter(pk=message.pk, attempt=message.attempt, state="sending"))
        raise


def _deliver(message: Message, carrier: MailTransport) -> Delivery:
    store = message.campaign.store
    if not is_wire_safe(store.sender_email):
        return Delivery(outcome=Outcome.SENDER_REFUSED, phase=Phase.SENDER, reason=Reason.BAD_ADDRESS)
    try:
        content = build_mail(
            sender_name=store.sender_name,
            sender_address=store.sender_email,
            recipient_name=message.customer.name,
            recipient_address=message.recipient,
            subject=message.subject,
            text=message.body,
            message_id=message.message_id,
            message_key=str(message.pk),
            team_key=str(message.team_id),
            sent_at=timezone.now(),
            reply_to=store.reply_to,
        )
    except ValueError:
        log.exception("message %s cannot be built", message.pk)
        return Delivery(outcome=Outcome.FAILED, phase=Phase.DATA, reason=Reason.BAD_ADDRESS)
    return carrier.deliver(
        sender=store.sender_email,
        recipient=message.recipient,
        content=content,
        before_final_dot=lambda: _may_submit(message),
    )


def _may_submit(message: Message) -> bool:
    """`mark_submitting`, and False when the database did not answer: then the final dot certainly is not sent."""
    try:
        return mark_submitting(message)
    except _CONNECTION_LOST:
        log.warning("message %s stopped before its final dot: the database went away", message.pk)
        connection.close()
        return False


def _write_down(message: Message, delivery: Delivery) -> None:
    """`settle`, again and again for `RESULT_SECONDS` while the database is away: what is known is not thrown away.

    Each write is fenced by the attempt and the state, so one that was committed unnoticed is not done twice.
    """
    gives_up = time.monotonic() + RESULT_SECONDS
    pause = 0.1
    while True:
        try:
            settle(message, delivery)
        except _CONNECTION_LOST:
            if connection.in_atomic_block or time.monotonic() + pause > gives_up:
                raise
            log.warning("the result of message %s waits for the database", message.pk)
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return


def mark_submitting(message: Message) -> bool:
    """Commit that the final dot is about to go. False when the row is no longer ours or the campaign was stopped."""
    now = timezone.now()
    return bool(
        Message.objects.filter(
            pk=message.pk,
            state=Message.State.SENDING,
            attempt=message.attempt,
            claimed_until__gt=now,
            campaign__in=Campaign.objects.under_way().values("pk"),
        ).update(submitting_at=now)
    )


def settle(message: Message, delivery: Delivery) -> None:
    """Write down what became of our attempt, and what follows from it for the campaign and the address."""
    known: dict[str, object] = {
        "reason": delivery.reason.value,
        "reply_code": delivery.code,
        # They begin with the enhanced code where the server gave one.
        "reply_words": delivery.words[:500],
    }
    match delivery.outcome:
        case Outcome.SENT:
            # Also where the sweep has given the row up meanwhile: now it is known that the mail has left.
            given_up = [Message.State.SENDING, Message.State.UNCERTAIN, Message.State.QUEUED]
            _settle(message, known | {"state": Message.State.SENT}, within=given_up)
            _server_answers(message)
            return
        case Outcome.UNCERTAIN:
            _settle(message, known | {"state": Message.State.UNCERTAIN})
        case Outcome.FAILED:
            _settle(message, known | {"state": Message.State.FAILED})
            _server_answers(message)
            block_refused_address(message, delivery)
        case Outcome.DEFERRED if delivery.reason is Reason.LOST_CLAIM:
            _put_back(message)
            return
        case Outcome.DEFERRED if delivery.phase in _BEFORE_ANY_MESSAGE or delivery.reason is Reason.DISK:
            _put_back(message)
            _wait_for_server(message.campaign_id, known)
            return
        case Outcome.DEFERRED:
            _defer(message, known)
        case Outcome.SENDER_REFUSED:
            _put_back(message)
            pause(
                message.campaign_id,
                cause=Campaign.PauseCause.SENDER_REFUSED,
                reason=f"{delivery.code or ''} {known['reply_words']}".strip()
                or str(wording.REASON_WORDS[delivery.reason]),
            )
            return
    _look_at_the_last(message)


def _settle(
    message: Message,
    changes: dict[str, object],
    *,
    within: Sequence[Message.State] = (Message.State.SENDING,),
) -> None:
    """Write `changes` if the row is still that of our attempt."""
    known = {"claimed_until": None, "submitting_at": None, "settled_at": timezone.now()} | changes
    with transaction.atomic():
        mine = Message.objects.filter(pk=message.pk, attempt=message.attempt, state__in=within)
        if mine.update(**known):
            refresh_orders_of_messages([message.pk])


def _defer(message: Message, known: dict[str, object]) -> None:
    known["deferrals"] = tries = message.deferrals + 1
    if tries >= MAX_ATTEMPTS:
        _settle(message, known | {"state": Message.State.FAILED, "reason": wording.GAVE_UP})
    else:
        not_before = timezone.now() + timedelta(minutes=BACKOFF_MINUTES[tries - 1])
        _settle(message, known | {"state": Message.State.DEFERRED, "not_before": not_before})


def _put_back(message: Message) -> None:
    """Nothing was sent, and not for a reason that lies in this message: it waits as before."""
    cancelled = Campaign.objects.filter(pk=message.campaign_id, state=Campaign.State.CANCELLED).exists()
    state = Message.State.CANCELLED if cancelled else Message.State.QUEUED
    with transaction.atomic():
        mine = Message.objects.filter(pk=message.pk, attempt=message.attempt, state=Message.State.SENDING)
        if mine.update(state=state, claimed_until=None, submitting_at=None) and cancelled:
            refresh_orders_of_messages([message.pk])


@transaction.atomic
def pause(campaign_id: int, *, cause: Campaign.PauseCause, reason: str) -> None:
    """Stop a campaign because of what the mail server said. Who paused it first is kept."""
    stopped = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).update(
        state=Campaign.State.PAUSED, pause_cause=cause, pause_reason=reason[:300], **SERVER_ANSWERS
    )
    if stopped:
        campaign = Campaign.objects.select_related("team", "incident").get(pk=campaign_id)
        record(by=None, verb="campaign_paused", thing=campaign, after={"cause": cause, "words": reason[:300]})


def _wait_for_server(campaign_id: int, known: dict[str, object]) -> None:
    """Let the whole campaign wait before the mail server is tried again, longer each time.

    Of several workers that find it away at once, the first one's pause stands.
    """
    now = timezone.now()
    tries = Campaign.objects.filter(pk=campaign_id).values_list("no_server_tries", flat=True).get()
    pause_for = SERVER_PAUSES[min(tries, len(SERVER_PAUSES) - 1)]
    waits = Campaign.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now),
        pk=campaign_id,
        state=Campaign.State.SENDING,
        no_server_tries=tries,
    ).update(
        no_server_since=Coalesce("no_server_since", now),
        no_server_reason=known["reason"],
        no_server_words=f"{known['reply_code'] or ''} {known['reply_words']}".strip()[:300],
        no_server_tries=tries + 1,
        next_try_at=now + timedelta(seconds=pause_for),
    )
    if waits:
        log.warning("campaign %s waits %s s for the mail server: %s", campaign_id, pause_for, known["reason"])


def _server_answers(message: Message) -> None:
    """Forget the trouble that the mail server had before it answered for this message."""
    if message.campaign.no_server_since is not None:
        Campaign.objects.without_server().filter(pk=message.campaign_id).update(**SERVER_ANSWERS)


def _look_at_the_last(message: Message) -> None:
    """After `BAD_IN_A_ROW`: pause what is refused or stays uncertain, and wait where the server asks to come later."""
    since = message.campaign.starts_at
    last = list(
        Message.objects.filter(campaign=message.campaign_id, settled_at__gte=since)
        .order_by("-settled_at")
        .values_list("state", "reason", "reply_code", "reply_words")[:BAD_IN_A_ROW]
    )
    states = {state for state, *_ in last}
    if len(last) < BAD_IN_A_ROW or not states <= {"failed", "deferred", "uncertain"}:
        return
    _state, reason, code, words = last[0]
    if "deferred" in states:
        _wait_for_server(message.campaign_id, {"reason": reason, "reply_code": code, "reply_words": words})
        return
    pause(
        message.campaign_id,
        cause=Campaign.PauseCause.FAILURES,
        reason=f"{code or ''} {words}".strip() or str(wording.REASON_WORDS.get(reason, "")),
    )


@transaction.atomic
def _recover(rows: MessageQuerySet) -> None:
    """Rows whose worker is gone: with `submitting_at` nobody knows whether the mail left; without, it did not."""
    now = timezone.now()
    gone = {"claimed_until": None, "settled_at": now, "reason": wording.WORKER_LOST}
    perhaps_sent = rows.filter(submitting_at__isnull=False)
    concerned = list(perhaps_sent.select_for_update(of=("self",)).values_list("pk", flat=True))
    # Still fenced: a row that settled while we waited for it is left alone.
    perhaps_sent.filter(pk__in=concerned).update(state=Message.State.UNCERTAIN, **gone)
    refresh_orders_of_messages(concerned)
    rows.filter(submitting_at__isnull=True).update(
        state=Message.State.DEFERRED, not_before=now + timedelta(minutes=BACKOFF_MINUTES[0]), **gone
    )


def finish(campaign_id: int) -> None:
    """Call a campaign finished once nothing of it is open."""
    done = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).without_open_messages()
    done.update(state=Campaign.State.FINISHED, finished_at=timezone.now())


def sweep() -> dict[int, int]:
    """Put right what workers left behind; returns the campaigns to ring for and how many workers each may use."""
    _recover(Message.objects.lost())
    for pk in Campaign.objects.under_way().without_open_messages().values_list("pk", flat=True):
        finish(pk)
    fresh = timezone.now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS) - _FRESH
    waiting = Message.objects.due().count_by_campaign()
    busy = Message.objects.filter(
        campaign__in=waiting, state=Message.State.SENDING, claimed_until__gte=fresh
    ).count_by_campaign()
    wanted = {pk: min(SENDERS, 1 + due // 25) - busy.get(pk, 0) for pk, due in waiting.items()}
    return {pk: workers for pk, workers in wanted.items() if workers > 0}
