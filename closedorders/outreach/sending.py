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
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from closedorders.core.mail.address_checks import is_wire_safe
from closedorders.core.mail.delivery import Delivery, MailTransport, Outcome, Phase, Reason
from closedorders.core.mail.sender_faults import sender_fault
from closedorders.orders.models import Store
from closedorders.senders.pace.caps import Allowance
from closedorders.senders.transports import transport_for

from . import wording
from .models import Campaign, Message
from .order_status import refresh_left_behind, refresh_marked, refresh_orders_of_messages
from .plans import changes
from .plans.refused_addresses import suppress_refused
from .querysets import MessageQuerySet
from .runs.hours import move_into_hours
from .runs.server_trouble import look_at_the_last, pause, server_answers, wait_for_server
from .runs.statements import claim_row, mark_row, settle_sent
from .runs.waits import at_cap, note_wait
from .texts.letter_html import letter_html
from .texts.mails import build_mail
from .texts.public_links import unsubscribe_link

log = logging.getLogger(__name__)

BACKOFF_MINUTES = (1, 5, 15, 60, 60, 60, 60)
MAX_ATTEMPTS = len(BACKOFF_MINUTES) + 1
"""After so many tries without an answer a message has failed; trying again by hand gives it as many once more."""
RESULT_SECONDS = 30.0
"""How long a worker tries to write down what became of a mail while the database is away."""
AT_ONCE = 40
"""So many messages are read at a time."""
STATUS_AT_ONCE = 200
"""After so many messages, and at a run's end, the status of their orders is brought up to date."""
SENDERS = 4
"""How many workers may send for one campaign at a time."""
BUDGET_SECONDS = 60.0
"""For how long a task begins new messages, at most: what waits for an answer must not meet the task's time limit."""
_FRESH = timedelta(seconds=15)
_CONNECTION_LOST = (OperationalError, InterfaceError)
# Until here the server has heard of no message.
_BEFORE_ANY_MESSAGE = frozenset({Phase.CONNECT, Phase.HELLO, Phase.STARTTLS, Phase.LOGIN})


def send_due(
    campaign_id: int, *, transport: MailTransport | None = None, budget: float | None = None
) -> bool:
    """Send what is due of one campaign for about `budget` seconds. Whether there is more to do right now."""
    longest = settings.CELERY_TASK_SOFT_TIME_LIMIT - settings.SMTP_FINAL_REPLY_TIMEOUT
    ends = time.monotonic() + (min(BUDGET_SECONDS, longest) if budget is None else budget)
    store = Store.objects.select_related("team").filter(campaigns=campaign_id).first()
    if store is None:
        return False
    # What a fire drill sends stays in the local mailbox, whatever `transport` is.
    move_into_hours(campaign_id)
    carrier = transport if transport and not store.team.is_drill else transport_for(store)
    allowance = Allowance(store.pk)
    marked: list[int] = []
    try:
        for message in _claims(campaign_id, allowance):
            marked.append(message.pk)
            if not _send(message, carrier):
                allowance.put_back()
            if len(marked) >= STATUS_AT_ONCE:
                refresh_marked(marked)
                marked.clear()
            if time.monotonic() > ends:
                return Message.objects.due().filter(campaign=campaign_id).exists()
    finally:
        carrier.close()
        # Where the database is away, the sweep will.
        with contextlib.suppress(DatabaseError, InterfaceError):
            refresh_marked(marked)
            allowance.close()
    finish(campaign_id)
    for campaign in Campaign.objects.under_way().filter(pk=campaign_id):
        note_wait(campaign)
    return False


def _claims(campaign_id: int, allowance: Allowance) -> Iterator[Message]:
    """Rows that are ours, one by one, until nothing is due, or the store's caps are reached.

    Any number of workers may run this at once.
    """
    while True:
        of_campaign = Message.objects.due().filter(campaign=campaign_id)
        keys = list(of_campaign.order_by("not_before", "pk").values_list("pk", flat=True)[:AT_ONCE])
        due = list(with_changes(Message.objects.filter(pk__in=keys)))
        if not due:
            return
        # Workers that start at different places seldom reach for the same row.
        random.shuffle(due)
        for message in due:
            if not allowance.take():
                return
            if take(message):
                yield message
            else:
                allowance.put_back()


def with_changes(messages: MessageQuerySet) -> MessageQuerySet:
    """Messages that are to be sent, with what has changed since they were frozen."""
    found = messages.select_related("campaign__store", "customer", "follows").defer("follows__body")
    return found.annotate(**changes.since_frozen())


def claimed(pk: int) -> Message:
    return with_changes(Message.objects.all()).get(pk=pk)


def take(message: Message) -> bool:
    """Claim a message that was read before; it is changed as its row is.

    Its text is as it was read, for only a draft's changes.
    """
    if not claim(message.pk, message.attempt, message.recipient):
        return False
    message.attempt += 1
    message.state, message.submitting_at = Message.State.SENDING, None
    return True


def claim(pk: int, attempt: int, recipient: str) -> bool:
    """Take the row if it is still as it was seen; committed when this returns.

    The conditions stand on the row itself, not in a subquery: PostgreSQL looks at them again when it had to wait for
    another worker's claim. Of a row that is tried again, a person may have corrected the address.
    """
    now = timezone.now()
    until = now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    return bool(claim_row(pk=pk, attempt=attempt, recipient=recipient, now=now, until=until))


def _send(message: Message, carrier: MailTransport) -> bool:
    """Whether the mail server was asked to take it."""
    delivery: Delivery | None = None
    try:
        if changes.is_untrue(message):
            _put_back(message)
            pause(message.campaign_id, cause=Campaign.PauseCause.NOT_SOLVED, reason="")
            return False
        if why := changes.why_not_sent(message):
            _settle(message, {"state": Message.State.SKIPPED, "skip_reason": why})
            return False
        delivery = _deliver(message, carrier)
        _write_down(message, delivery)
    except BaseException:
        # A time limit, a database that went away: leave the row as what is known. If even that fails, the sweep will.
        with contextlib.suppress(DatabaseError):
            _leave_as_known(message, delivery)
        raise
    return True


def _leave_as_known(message: Message, delivery: Delivery | None) -> None:
    """Write down what the mail server answered, if it did; otherwise how far the attempt is known to have come."""
    if not connection.in_atomic_block:
        # Whatever was under way on it.
        connection.close()
    if delivery is not None:
        try:
            settle(message, delivery)
        except Exception:
            log.exception("the result of message %s cannot be written down", message.pk)
        else:
            return
    _recover(Message.objects.filter(pk=message.pk, attempt=message.attempt, state="sending"))


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
            answers=message.follows.message_id if message.follows else "",
            unsubscribe_url=unsubscribe_link(message.pk) if _offers_something(message) else "",
            postmark_key=str(message.pk) if settings.MAIL_EVENTS == "postmark" else "",
            html_part=letter_html(
                store=store.name,
                sender=store.sender_name,
                answers_to=store.reply_to or store.sender_email,
                subject=message.subject,
                text=message.body,
                code=message.code,
                language=message.language,
            ),
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


def _offers_something(message: Message) -> bool:
    """Whether its reader may ask for no more offers: the campaign makes one, and this mail has not left it out."""
    return message.campaign.has_offer and message.has_offer


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

    Each write is fenced by the attempt and the state, so one that was committed unnoticed is not done twice. However
    long the first one took to fail, another is tried: after a failover only a new connection finds the database.
    """
    gives_up = time.monotonic() + RESULT_SECONDS
    pause = 0.1
    for tries in count(1):
        try:
            settle(message, delivery)
        except _CONNECTION_LOST:
            if connection.in_atomic_block or (tries > 1 and time.monotonic() + pause > gives_up):
                raise
            log.warning("the result of message %s waits for the database", message.pk)
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return


def mark_submitting(message: Message) -> bool:
    """Commit that the final dot is about to go.

    False when the row is no longer ours, the campaign was stopped, or something the mail names has changed meanwhile.
    """
    return bool(mark_row(pk=message.pk, attempt=message.attempt, now=timezone.now()))


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
            here = delivery.reason is Reason.LOCAL_MAILBOX
            settle_sent(
                pk=message.pk,
                attempt=message.attempt,
                state=str(Message.State.LOCAL if here else Message.State.SENT),
                reason=delivery.reason.value,
                code=delivery.code,
                words=delivery.words[:500],
                now=timezone.now(),
            )
            server_answers(message)
            return
        case Outcome.UNCERTAIN:
            _settle(message, known | {"state": Message.State.UNCERTAIN})
        case Outcome.FAILED:
            _settle(message, known | {"state": Message.State.FAILED})
            server_answers(message)
            suppress_refused(message, delivery)
        case Outcome.DEFERRED if delivery.reason is Reason.LOST_CLAIM:
            _put_back(message)
            return
        case Outcome.DEFERRED if delivery.phase in _BEFORE_ANY_MESSAGE or delivery.reason is Reason.DISK:
            _put_back(message)
            wait_for_server(message.campaign_id, known)
            return
        case Outcome.DEFERRED:
            _defer(message, known)
        case Outcome.SENDER_REFUSED:
            _put_back(message)
            _pause_for_sender(message, known)
            return
    look_at_the_last(message)


def _settle(message: Message, changes: dict[str, object]) -> None:
    """Write `changes` if the row is still that of our attempt. The status of its orders follows: `refresh_marked`."""
    known = {"claimed_until": None, "submitting_at": None, "settled_at": timezone.now(), "status_due": True}
    mine = Message.objects.filter(pk=message.pk, attempt=message.attempt, state=Message.State.SENDING)
    mine.update(**known | changes)


def _defer(message: Message, known: dict[str, object]) -> None:
    known["deferrals"] = tries = message.deferrals + 1
    if tries >= MAX_ATTEMPTS and sender_fault(None, str(known["reply_words"])):
        # What lies in the sender fails no customer.
        _put_back(message)
        _pause_for_sender(message, known)
    elif tries >= MAX_ATTEMPTS:
        _settle(message, known | {"state": Message.State.FAILED, "reason": wording.GAVE_UP})
    else:
        not_before = timezone.now() + timedelta(minutes=BACKOFF_MINUTES[tries - 1])
        _settle(message, known | {"state": Message.State.DEFERRED, "not_before": not_before})


def _pause_for_sender(message: Message, known: dict[str, object]) -> None:
    said = f"{known['reply_code'] or ''} {known['reply_words']}".strip()
    pause(
        message.campaign_id,
        cause=Campaign.PauseCause.SENDER_REFUSED,
        reason=said or str(wording.REASON_WORDS[str(known["reason"])]),
    )


def _put_back(message: Message) -> None:
    """Nothing was sent, and not for a reason that lies in this message: it waits as before."""
    cancelled = Campaign.objects.filter(pk=message.campaign_id, state=Campaign.State.CANCELLED).exists()
    state = Message.State.CANCELLED if cancelled else Message.State.QUEUED
    with transaction.atomic():
        mine = Message.objects.filter(pk=message.pk, attempt=message.attempt, state=Message.State.SENDING)
        if mine.update(state=state, claimed_until=None, submitting_at=None) and cancelled:
            refresh_orders_of_messages([message.pk])


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
    refresh_left_behind()
    for pk in Campaign.objects.under_way().without_open_messages().values_list("pk", flat=True):
        finish(pk)
    for campaign in Campaign.objects.under_way():
        move_into_hours(campaign.pk)
        note_wait(campaign)
    fresh = timezone.now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS) - _FRESH
    waiting = Message.objects.due().count_by_campaign()
    busy = Message.objects.filter(
        campaign__in=waiting, state=Message.State.SENDING, claimed_until__gte=fresh
    ).count_by_campaign()
    for pk in at_cap(waiting):
        del waiting[pk]
    wanted = {pk: min(SENDERS, 1 + due // 25) - busy.get(pk, 0) for pk, due in waiting.items()}
    return {pk: workers for pk, workers in wanted.items() if workers > 0}
