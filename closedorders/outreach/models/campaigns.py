from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from closedorders.accounts.models import Membership, Team
from closedorders.closures.models import Incident
from closedorders.core.money import MoneyField
from closedorders.orders.models import Store

from ..querysets import CampaignQuerySet, TextVersionQuerySet


class Kind(models.TextChoices):
    HOLDING = "holding", _("Holding note")
    RESOLUTION = "resolution", _("Apology with code and refund")


class Template(models.Model):
    """A store's own subject and text for a kind of message in a language. Without one, the built-in text is used."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="templates")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    language = models.CharField(max_length=5)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), max_length=10_000)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "kind", "language"], name="one_template_each")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.language}"


class TextVersion(models.Model):
    """A former or present text of a store's template, or of a campaign where `campaign` is set: one row a save.

    `subject` and `body` are blank where a save went back to the words it started with.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="text_versions")
    campaign = models.ForeignKey(
        "Campaign", on_delete=models.CASCADE, null=True, blank=True, related_name="text_versions"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(max_length=10_000, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    objects = TextVersionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["store", "campaign", "kind", "language", "-id"], name="text_newest")]

    def __str__(self) -> str:
        return self.subject


class Campaign(models.Model):
    """One kind of message to the customers of one store hit by one incident, with what it offers them.

    `draft → approving → sending ⇄ paused → finished`, `draft/sending/paused → cancelled`. While `approving`, its mails
    are written down, and nothing leaves. While `sending`, nothing leaves before `starts_at`: the time in which a person
    may take the send back. Nor before `next_try_at`, where the mail server could not be reached.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVING = "approving", _("Being prepared")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", pgettext_lazy("campaign", "Cancelled")

    class PauseCause(models.TextChoices):
        BY_HAND = "by_hand", _("Paused by hand")
        SENDER_REFUSED = "sender_refused", _("The mail server refuses our sign-in or our sender address")
        FAILURES = "failures", _("Too many messages in a row did not go through")
        NOT_SOLVED = "not_solved", _("The account is blocked again, so the apology would not be true")

    class WaitCause(models.TextChoices):
        HOURS = "hours", _("mails leave by day only, where the customer lives")
        HOURLY_CAP = "hourly_cap", _("this store's limit of mails in an hour is reached")
        DAILY_CAP = "daily_cap", _("this store's limit of mails in 24 hours is reached")

    class RefundBase(models.TextChoices):
        TOTAL = "total", _("The whole order")
        SUBTOTAL = "subtotal", _("The products, without shipping")
        SHIPPING = "shipping", _("The shipping")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="campaigns")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="campaigns")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="campaigns")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    # The offer, frozen with the campaign. 0 means: not offered.
    code_percent = models.PositiveSmallIntegerField(_("discount code, %"), default=10)
    code_expires_on = models.DateField(_("code is good until"), null=True, blank=True)
    refund_percent = models.PositiveSmallIntegerField(_("refund, %"), default=10)
    refund_base = models.CharField(
        _("refund of"), max_length=10, choices=RefundBase.choices, default=RefundBase.TOTAL
    )
    gift = models.CharField(_("gift"), max_length=100, blank=True)
    # In the store's currency: what each customer is given, and what a gift or faster shipping costs each parcel.
    gift_cost = MoneyField(_("cost of the gift"), default=0)
    store_credit = MoneyField(_("store credit"), default=0)
    shipping_upgrade = models.CharField(_("faster shipping"), max_length=60, blank=True)
    upgrade_cost = MoneyField(_("cost of faster shipping"), default=0)
    new_date = models.DateField(_("new delivery date"), null=True, blank=True)
    # Words of this campaign by language: {"en": {"subject": …, "body": …}, "es": …}.
    texts = models.JSONField(default=dict, blank=True)
    pause_cause = models.CharField(max_length=15, choices=PauseCause.choices, blank=True)
    # The mail server's own words, where they are the cause.
    pause_reason = models.CharField(max_length=300, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    # While the mail server takes no mail: since when, why (a `core.mail.delivery.Reason` and the server's own words),
    # how often that was tried, and when it is tried again. Sending goes on by itself.
    no_server_since = models.DateTimeField(null=True, blank=True)
    no_server_reason = models.CharField(max_length=20, blank=True)
    no_server_words = models.CharField(max_length=300, blank=True)
    no_server_tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    # Until when no mail of it leaves although some are to be sent, and for which of the store's rules: for pages.
    waits_until = models.DateTimeField(null=True, blank=True)
    waits_for = models.CharField(max_length=10, choices=WaitCause.choices, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "-id"], name="campaign_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.incident}"

    def get_absolute_url(self) -> str:
        return reverse("outreach:campaign", args=[self.team.slug, self.pk])

    @property
    def is_waiting(self) -> bool:
        """Whether it is under way, and no mail may leave for now, by the rules of its store."""
        waits = self.waits_until is not None and self.waits_until > timezone.now()
        return waits and self.state == self.State.SENDING

    @property
    def has_offer(self) -> bool:
        """Whether its mails offer something beside the news: whoever wants no offers can say so with one press."""
        offers = (
            self.code_percent
            or self.refund_percent
            or self.gift
            or self.store_credit
            or self.shipping_upgrade
        )
        return self.kind == Kind.RESOLUTION and bool(offers)
