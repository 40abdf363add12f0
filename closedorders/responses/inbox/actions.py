"""What merchants do about the mailbox to which customers answer. Each is atomic and leaves a line in the trail."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused
from closedorders.core.task_queue.enqueue import enqueue_on_commit
from closedorders.orders.models import Store
from closedorders.senders.actions import refuse_unsafe
from closedorders.senders.sealing import seal_password

from ..tasks import read_mailbox
from .models import ReplyMailbox

MAILBOX_PORTS = frozenset({143, 993})
"""Where IMAP servers listen."""


@transaction.atomic
def set_reply_mailbox(
    *,
    store: Store,
    host: str,
    port: int,
    security: str,
    username: str,
    password: str,
    folder: str,
    by: Membership,
) -> ReplyMailbox:
    """Read the answers to the store's mails from this mailbox from now on; mails that are in it already are not read.

    A blank `password` keeps the stored one, but only for the same server and user name: nobody may have it sent to
    another server. The password itself is in no audit line.
    """
    allow(by, MERCHANT, team_id=store.team_id)
    refuse_unsafe(host, port, security, ports=MAILBOX_PORTS, has_password=True)
    Store.objects.select_for_update().get(pk=store.pk)
    mailbox = ReplyMailbox.objects.filter(store=store).first() or ReplyMailbox(store=store)
    before = _place(mailbox) if mailbox.pk else {}
    place, old_folder = mailbox.password_place, mailbox.folder
    mailbox.host, mailbox.port, mailbox.security = host, port, security
    mailbox.username, mailbox.folder = username, folder
    moved = mailbox.password_place != place
    if not password and (moved or not mailbox.wrapped_key):
        raise Refused(_("Type the password: it is only kept for the same server and user name."))
    if password:
        seal_password(mailbox, password)
    if moved or folder != old_folder:
        mailbox.uid_validity = mailbox.last_uid = None
    mailbox.trouble = mailbox.trouble_words = ""
    mailbox.failures = 0
    mailbox.changed_at, mailbox.changed_by = timezone.now(), by
    # A worker that reads the former place now stops at its next write.
    mailbox.state, mailbox.claimed_until = ReplyMailbox.State.WAITING, None
    mailbox.due_at = timezone.now()
    mailbox.save()
    record(by=by, verb="reply_mailbox_set", thing=store, before=before, after=_place(mailbox))
    enqueue_on_commit(read_mailbox, mailbox.pk)
    return mailbox


def _place(mailbox: ReplyMailbox) -> dict[str, object]:
    return {"mail_host": mailbox.host, "mail_port": mailbox.port, "mailbox_security": mailbox.security}


@transaction.atomic
def remove_reply_mailbox(*, store: Store, by: Membership) -> None:
    """Read it no more; its password is deleted. What was read stays."""
    allow(by, MERCHANT, team_id=store.team_id)
    Store.objects.select_for_update().get(pk=store.pk)
    mailbox = ReplyMailbox.objects.filter(store=store).first()
    if mailbox is None:
        raise Refused(_("No mailbox of this store is read."))
    mailbox.delete()
    record(by=by, verb="reply_mailbox_removed", thing=store, before=_place(mailbox))


@transaction.atomic
def ask_for_reading(*, store: Store, by: Membership) -> None:
    """Have the mailbox read now, not in some minutes."""
    allow(by, MERCHANT, team_id=store.team_id)
    mailbox = ReplyMailbox.objects.select_for_update().filter(store=store).first()
    if mailbox is None:
        raise Refused(_("No mailbox of this store is read."))
    mailbox.due_at = timezone.now()
    mailbox.save(update_fields=["due_at"])
    record(by=by, verb="reply_mailbox_reading_asked", thing=store)
    enqueue_on_commit(read_mailbox, mailbox.pk)
