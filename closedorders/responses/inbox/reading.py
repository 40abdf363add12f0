"""Looks through a store's reply mailbox and writes down what is ours. A worker's work, in no request: `run`."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from closedorders.core.database.jobs import Claim, ClaimLost, claim
from closedorders.core.mail.address_checks import fold_address
from closedorders.core.mail.public_hosts import NotPublic, public_addresses
from closedorders.core.refusals import Refused
from closedorders.core.text.masks import mask_addresses
from closedorders.outreach.message_states import NEVER_SENT
from closedorders.outreach.models import Message
from closedorders.senders.sealing import Unreadable, open_password
from closedorders.senders.transports import only_public_servers

from ..actions import MOST_CHARACTERS, leave_reply
from ..mail_events import note_outcome
from .imap import Mailbox, MailboxTrouble, Place, open_mailbox
from .incoming import Incoming, Kind, read_mail
from .models import ReplyMailbox

LEASE = timedelta(minutes=4)
"""Longer than the task may run (`responses/tasks.py`)."""
PAUSE = timedelta(minutes=5)
"""Between two looks. After a failure it doubles, up to `LONGEST_PAUSE`."""
LONGEST_PAUSE = timedelta(hours=2)
AT_ONCE = 50
"""Mails of one look; where there are more, the next look follows at once."""


def run(mailbox_id: int) -> None:
    """Read what has come since the last look. Nothing where another worker is at it."""
    until = claim(
        ReplyMailbox.objects.due(),
        mailbox_id,
        waiting=ReplyMailbox.State.values,
        working=ReplyMailbox.State.READING,
        lease=LEASE,
    )
    if until is None:
        return
    mailbox = ReplyMailbox.objects.select_related("store__team").get(pk=mailbox_id)
    held = Claim(mailbox, until, LEASE)
    with suppress(ClaimLost):
        try:
            with open_mailbox(_place_of(mailbox)) as opened:
                more = _read(mailbox, held, opened)
        except MailboxTrouble as trouble:
            _end(
                held,
                pause=min(PAUSE * 2 ** min(mailbox.failures, 10), LONGEST_PAUSE),
                trouble=trouble.kind,
                trouble_words=mask_addresses(trouble.words),
                failures=mailbox.failures + 1,
            )
        else:
            _end(held, pause=timedelta() if more else PAUSE, trouble="", trouble_words="", failures=0)


def _end(held: Claim[ReplyMailbox], *, pause: timedelta, **fields: object) -> None:
    now = timezone.now()
    held.end(ReplyMailbox.State.WAITING, read_at=now, due_at=now + pause, **fields)


def _place_of(mailbox: ReplyMailbox) -> Place:
    try:
        password = open_password(mailbox)
    except Unreadable as error:
        raise MailboxTrouble("key") from error
    try:
        addresses = public_addresses(mailbox.host, mailbox.port) if only_public_servers() else ()
    except NotPublic as error:
        raise MailboxTrouble("not_public") from error
    except OSError as error:
        raise MailboxTrouble("silent", "the name of the server is not found") from error
    return Place(
        host=mailbox.host,
        port=mailbox.port,
        security=mailbox.security,
        username=mailbox.username,
        password=password,
        folder=mailbox.folder,
        addresses=addresses,
    )


def _read(mailbox: ReplyMailbox, held: Claim[ReplyMailbox], opened: Mailbox) -> bool:
    """Take what is new, mail by mail, each with its number in one transaction; whether there is more."""
    if mailbox.last_uid is None or mailbox.uid_validity != opened.uid_validity:
        # The first look, or the server counts its mails anew: from here on.
        held.write(uid_validity=opened.uid_validity, last_uid=max(opened.next_uid - 1, 0))
        return False
    uids = opened.uids_after(mailbox.last_uid, AT_ONCE)
    for uid in uids:
        found = read_mail(opened.mail(uid))
        with transaction.atomic():
            counted = _take(mailbox, found)
            held.write(last_uid=uid, **({counted: F(counted) + 1} if counted else {}))
    return len(uids) == AT_ONCE


def _take(mailbox: ReplyMailbox, found: Incoming) -> str:
    """Write down one mail; which count of the mailbox it raises, "" for none."""
    message = _message_of(mailbox, found)
    if message is None:
        return ""
    if found.kind is Kind.ANSWER:
        try:
            leave_reply(message=message, text=found.text[:MOST_CHARACTERS], came_by_mail=True)
        except Refused:  # Too many of one mail, or no words but signs.
            return ""
        return "answers"
    if found.recipient and fold_address(found.recipient) != message.recipient:
        return ""
    if found.kind is Kind.RETURNED:
        said = f"{found.status} {found.words}"
        noted = note_outcome(message, Message.State.BOUNCED, said=said, is_for_good=found.is_for_good)
        return "returned" if noted else ""
    return "complaints" if note_outcome(message, Message.State.COMPLAINED, said="") else ""


def _message_of(mailbox: ReplyMailbox, found: Incoming) -> Message | None:
    """Our mail that it belongs to, by an id that only who got that mail can know; of this store, and sent."""
    if not found.about:
        return None
    ours = Message.objects.filter(
        team_id=mailbox.store.team_id, campaign__store=mailbox.store, message_id__in=found.about
    ).exclude(state__in=NEVER_SENT)
    by_id = {message.message_id: message for message in ours.defer("body")}
    return next((by_id[each] for each in found.about if each in by_id), None)
