from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership
from closedorders.core.database.jobs import Job
from closedorders.orders.models import Store

from .querysets import ReplyMailboxQuerySet


class ReplyMailbox(Job):
    """The mailbox to which a store's customers answer, read over IMAP. Nothing in it is changed or deleted.

    `last_uid` is the newest mail that was looked at, within `uid_validity`: the mailbox's own count of its mails
    (RFC 3501, 2.3.1.1). None before the first look, which only notes where the mailbox ends: older mails are not read.
    """

    class Security(models.TextChoices):
        TLS = "tls", _("TLS from the start, usually port 993")
        STARTTLS = "starttls", _("STARTTLS, usually port 143")
        NONE = "none", _("No encryption")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be read")
        READING = "reading", _("Being read")

    class Trouble(models.TextChoices):
        SIGN_IN = "sign_in", _("It refuses the user name or the password.")
        FOLDER = "folder", _("It has no folder of this name.")
        SILENT = "silent", _("It does not answer.")
        NOT_PUBLIC = "not_public", _("It is not on the public internet.")
        KEY = "key", _("The stored password cannot be opened any more: type it again.")

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="reply_mailbox")
    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(_("encryption"), max_length=8, choices=Security.choices, default=Security.TLS)
    username = models.CharField(_("user name"), max_length=200)
    folder = models.CharField(_("folder"), max_length=100, default="INBOX")
    sealed_password = models.BinaryField(default=bytes)
    wrapped_key = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # From when on it is to be read again.
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(null=True)
    read_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=10, choices=Trouble.choices, blank=True)
    # The server's own words.
    trouble_words = models.CharField(max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    # Since it was set up.
    answers = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    complaints = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    objects = ReplyMailboxQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.username} · {self.host}"

    @property
    def is_due(self) -> bool:
        return self.due_at <= timezone.now()

    @property
    def password_place(self) -> str:
        """What the sealed password is bound to."""
        place = (self.store_id, self.host, self.port, self.security, self.username)
        return "\n".join(["reply mailbox", *map(str, place)])
