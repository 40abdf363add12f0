from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership
from closedorders.core.database.jobs import Job
from closedorders.orders.models import Store

from .querysets import ReplyTestQuerySet, SenderCheckQuerySet


class MailServer(models.Model):
    """The mail server of one store. A store without a row sends through the installation's.

    The password is sealed (`sealing.py`) for this store, server and user name: it opens nothing in another place.
    """

    class Security(models.TextChoices):
        STARTTLS = "starttls", _("STARTTLS, usually port 587")
        TLS = "tls", _("TLS from the start, usually port 465")
        NONE = "none", _("No encryption")

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="mail_server")
    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(_("port"), default=587)
    security = models.CharField(
        _("encryption"), max_length=8, choices=Security.choices, default=Security.STARTTLS
    )
    username = models.CharField(_("user name"), max_length=200, blank=True)
    sealed_password = models.BinaryField(default=bytes)
    wrapped_key = models.TextField(blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def password_place(self) -> str:
        """What the sealed password is bound to."""
        place = (self.store_id, self.host, self.port, self.security, self.username)
        return "\n".join(["mail server", *map(str, place)])


class SendingRules(models.Model):
    """When the mails of a store's campaigns may leave. A store without a row sends at any time.

    The hours are those of the customer's country: `pace.hours`.
    """

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="sending_rules")
    opens_at = models.TimeField(_("from"), null=True, blank=True)
    closes_at = models.TimeField(_("until"), null=True, blank=True)
    hourly_cap = models.PositiveIntegerField(_("at most in an hour"), null=True, blank=True)
    daily_cap = models.PositiveIntegerField(_("at most in 24 hours"), null=True, blank=True)
    # What was reserved of them, and since when the present hour and day run: `pace.caps` alone writes these.
    hour_began = models.DateTimeField(null=True, editable=False)
    hour_used = models.PositiveIntegerField(default=0, editable=False)
    day_began = models.DateTimeField(null=True, editable=False)
    day_used = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at=None, closes_at=None) | Q(opens_at__lt=models.F("closes_at")),
                name="sending_hours_in_order",
            )
        ]

    def __str__(self) -> str:
        return str(self.store)


class SenderCheck(Job):
    """What is known of a store's sender: the newest answers of its mail server and of the DNS. A worker asks them.

    The findings are of `sender` and `server`: once the store has others, they say nothing any more.
    """

    class State(models.TextChoices):
        NEW = "new", _("Not checked")
        WAITING = "waiting", _("Waiting to be checked")
        CHECKING = "checking", _("Being checked")
        DONE = "done", _("Checked")

    UNFINISHED = (State.WAITING, State.CHECKING)

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="sender_check")
    dkim_selector = models.CharField(_("DKIM selector"), max_length=63, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    asked_at = models.DateTimeField(null=True)
    sender = models.CharField(max_length=254, blank=True)
    server = models.CharField(max_length=300, blank=True)
    # [{"part": …, "state": …, "code": …, "values": {…}}]: `findings.Finding`.
    findings = models.JSONField(default=list)

    objects = SenderCheckQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["claimed_until"],
                condition=Q(state__in=["waiting", "checking"]),
                name="sender_check_unfinished",
            )
        ]

    def __str__(self) -> str:
        return str(self.store)


class ReplyTest(Job):
    """A mail with a link to the address to which a store's customers reply. Who opens the link proves the address."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        LOCAL = "local", _("In the local mailbox")
        FAILED = "failed", _("Not sent")
        PROVEN = "proven", _("Proven")

    UNFINISHED = (State.WAITING, State.SENDING)

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="reply_tests")
    # As `fold_address` gives it: the proof is of this address only.
    address = models.CharField(max_length=254)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    language = models.CharField(max_length=5)
    # Why it was not sent: a `core.mail.delivery.Reason`, and the mail server's own words.
    reason = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    proven_at = models.DateTimeField(null=True)

    objects = ReplyTestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["store", "-id"], name="reply_test_newest"),
            models.Index(
                fields=["claimed_until"],
                condition=Q(state__in=["waiting", "sending"]),
                name="reply_test_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return str(self.store)
