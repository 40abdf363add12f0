from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.closures.models import Closure, Incident
from closedorders.core.page_urls import page_url
from closedorders.orders.models import Customer

from ..message_states import BINDING
from ..querysets import MessageQuerySet
from .campaigns import Campaign, Kind


class Message(models.Model):
    """One customer of one campaign: the outbox.

    `queued → sending → sent | local | deferred | failed | uncertain`; `sent → delivered | bounced | complained`;
    `queued → skipped | cancelled`. What each means for the customer stands in `message_states`.

    A worker owns the row only while `attempt` is the number it claimed and `claimed_until` lies ahead; `submitting_at`
    is committed just before the final dot of the mail. A row found in `sending` after its lease: with `submitting_at`
    nobody knows whether the mail left, so it becomes `uncertain`; without, it certainly did not, so it becomes
    `deferred`.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Delivering")
        SENT = "sent", _("Sent")
        LOCAL = "local", _("In the local mailbox")
        DEFERRED = "deferred", _("Tried, waiting to try again")
        FAILED = "failed", _("Failed")
        UNCERTAIN = "uncertain", _("Uncertain")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Marked as spam")
        SKIPPED = "skipped", _("Left out")
        CANCELLED = "cancelled", _("Cancelled")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="messages")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="messages")
    # Incident and kind of the campaign, repeated for the constraint below.
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="messages")
    # 1, and one more for each mail that was needed after it: about closures that no earlier one names.
    number = models.PositiveSmallIntegerField(default=1)
    # Of an apology: the note with which its customer was asked to wait.
    follows = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followed_by"
    )
    closures = models.ManyToManyField(Closure, related_name="messages")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    skip_reason = models.CharField(max_length=40, blank=True)
    # As `address_checks.fold_address` gives it, so that the database can compare it.
    recipient = models.CharField(max_length=254)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    # A `texts.classes.MailClass`, and the customer's code where the text names it: frozen with the text.
    mail_class = models.CharField(max_length=12, blank=True)
    code = models.CharField(max_length=40, blank=True)
    message_id = models.CharField(max_length=200, unique=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    # Of these attempts, those after which the mail server asked for this very message to be tried again later.
    deferrals = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    # The end of the hours in which it may leave, where its store has such: then it waits for the next day's.
    not_after = models.DateTimeField(null=True, blank=True)
    # Where its customer lives, in two letters: whose hours these are. Blank: not known.
    country = models.CharField(max_length=2, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    submitting_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    # Whether the status of the orders it is about is still to be stored anew: done for many messages at once.
    status_due = models.BooleanField(default=False)
    # Why it stands as it does: a `core.mail.delivery.Reason`, or one of `wording.OWN_REASONS`. Pages translate it.
    reason = models.CharField(max_length=20, blank=True)
    reply_code = models.PositiveSmallIntegerField(null=True, blank=True)
    reply_words = models.CharField(max_length=500, blank=True)
    # Who said what became of it, while nobody was certain.
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            # A further one is only about closures that no earlier one names: `approving.outbox` refuses others.
            models.UniqueConstraint(
                fields=["incident", "kind", "customer", "number"], name="one_apology_per_customer"
            ),
            # Two customers may have one address: whoever reads it has been told once one mail has gone there.
            models.UniqueConstraint(
                fields=["incident", "kind", "recipient", "number"],
                condition=Q(state__in=BINDING),
                name="one_mail_per_address",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "state", "not_before"], name="message_due"),
            models.Index(fields=["claimed_until"], condition=Q(state="sending"), name="message_in_flight"),
            models.Index(fields=["settled_at"], condition=Q(status_due=True), name="message_status_due"),
        ]

    def __str__(self) -> str:
        return str(self.customer)

    def get_absolute_url(self) -> str:
        return page_url(self)

    @property
    def has_offer(self) -> bool:
        return self.mail_class not in {"", "service"}
