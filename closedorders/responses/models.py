from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.orders.models import Customer
from closedorders.outreach.models import Campaign, Message

from .inbox.models import ReplyMailbox
from .querysets import PageClosingQuerySet, ReplyQuerySet

__all__ = ["MailEvent", "PageClosing", "Reply", "ReplyMailbox"]


class Reply(models.Model):
    """What a customer wrote on the page of a mail, or answered by mail.

    Numbers of payment cards are masked before it is stored. `read_at` is when a merchant said that it is dealt with.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="replies")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="replies")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="replies")
    text = models.TextField(_("your answer"), max_length=2_000)
    came_by_mail = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ReplyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "-id"], name="reply_newest")]

    def __str__(self) -> str:
        return str(self.customer)


class PageClosing(models.Model):
    """A merchant closed the page of one mail, or those of a whole campaign. Opened again, it stays as history."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="page_closings")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="page_closings")
    #: None: of all mails of the campaign.
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="page_closings")
    closed_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    objects = PageClosingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message"],
                condition=Q(opened_at=None, message__isnull=False),
                name="one_closing_per_page",
            ),
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(opened_at=None, message=None),
                name="one_closing_per_campaign",
            ),
        ]

    def __str__(self) -> str:
        return str(self.message or self.campaign)


class MailEvent(models.Model):
    """What the mail provider reported of one mail, once: a report that comes again finds its row and does nothing.

    Of mails that we sent only; deleted once so old that a report of that time is not taken any more.
    """

    # SHA-256 of the provider's name and its own id of the event.
    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mail_events")
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.kind
