from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from closedorders.accounts.models import Membership, Team
from closedorders.closures.models import Closure, Incident
from closedorders.core.money import CurrencyField, MoneyField
from closedorders.core.page_urls import page_url
from closedorders.orders.models import Customer, Store, StoreOrder

from .codes import percent_back
from .compensations.models import Compensation as Compensation
from .message_states import BINDING
from .querysets import (
    CampaignQuerySet,
    DirectContactQuerySet,
    DiscountCodeQuerySet,
    MessageQuerySet,
    RefundQuerySet,
    SuppressionQuerySet,
    TextVersionQuerySet,
)


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

    `draft → sending ⇄ paused → finished`, `draft/sending/paused → cancelled`. While `sending`, nothing leaves before
    `starts_at`: the time in which a person may take the send back. Nor before `next_try_at`, where the mail server
    could not be reached.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", pgettext_lazy("campaign", "Cancelled")

    class PauseCause(models.TextChoices):
        BY_HAND = "by_hand", _("Paused by hand")
        SENDER_REFUSED = "sender_refused", _("The mail server refuses our sign-in or our sender address")
        FAILURES = "failures", _("Too many messages in a row did not go through")
        NOT_SOLVED = "not_solved", _("The account is blocked again, so the apology would not be true")

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
    claimed_until = models.DateTimeField(null=True, blank=True)
    submitting_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
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
            # A further one is only about closures that no earlier one names: `actions.outbox.freeze` refuses others.
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
        ]

    def __str__(self) -> str:
        return str(self.customer)

    def get_absolute_url(self) -> str:
        return page_url(self)

    @property
    def has_offer(self) -> bool:
        return self.mail_class not in {"", "service"}


class DirectContact(models.Model):
    """A person told a customer what became of closed orders, without a mail: by whom, how, when.

    It counts as an apology that was read, for the closures it names, until it is taken back.
    """

    class How(models.TextChoices):
        PHONE = "phone", _("By phone")
        MARKETPLACE_CHAT = "marketplace", _("Marketplace chat")
        OTHER = "other", _("Another way")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="direct_contacts")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="direct_contacts")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="direct_contacts")
    closures = models.ManyToManyField(Closure, related_name="direct_contacts")
    how = models.CharField(_("how"), max_length=12, choices=How.choices)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    objects = DirectContactQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["incident", "customer"], name="direct_contact_of_customer")]

    def __str__(self) -> str:
        return str(self.customer)


class DiscountCode(models.Model):
    """A code of one customer, unique in its store whatever its letters' case.

    It must be `loaded` (in the shop, confirmed by a person or by the shop itself) before a mail may name it.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="discount_codes")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="codes")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="codes")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(max_length=40)
    percent = models.PositiveSmallIntegerField()
    expires_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    exported_at = models.DateTimeField(null=True, blank=True)
    loaded_at = models.DateTimeField(null=True, blank=True)
    loaded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    objects = DiscountCodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="one_code_per_store"),
            models.UniqueConstraint(fields=["incident", "customer"], name="one_code_per_customer"),
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100), name="code_percent_in_range"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Refund(models.Model):
    """A part of one store order to be given back. `approved` puts it on the worklist; `issued` says it was paid."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        APPROVED = "approved", _("To refund")
        ISSUED = "issued", _("Paid back")
        DROPPED = "dropped", _("Dropped")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="refunds")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="refunds")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="refunds")
    store_order = models.ForeignKey(StoreOrder, on_delete=models.PROTECT, related_name="refunds")
    amount = MoneyField()
    currency = CurrencyField()
    percent = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "store_order"], name="one_refund_per_order"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_positive"),
        ]

    def __str__(self) -> str:
        return str(self.store_order)

    @property
    def is_whole(self) -> bool:
        """Whether it gives back all that the order cost, and not a part of it for goodwill."""
        order = self.store_order
        in_its_currency = self.currency == (order.currency or self.currency)
        return in_its_currency and percent_back(self.amount, order.total) == 100


class Suppression(models.Model):
    """An address this team does not write to, since when and why. Released ones stay as history.

    With the scope `OFFERS`, as for who unsubscribed, mails about orders still go, without their offer.
    """

    class Cause(models.TextChoices):
        BOUNCED = "bounced", _("The mail server refused the address")
        ASKED = "asked", _("The person asked for it")
        COMPLAINED = "complained", _("Marked as spam")
        BY_HAND = "by_hand", _("Blocked by hand")

    class Scope(models.TextChoices):
        EVERYTHING = "everything", _("No mail at all")
        OFFERS = "offers", _("No offers: mails about their orders still go, without the offer")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="suppressions")
    email = models.CharField(_("e-mail"), max_length=254)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    scope = models.CharField(
        _("what is not sent"), max_length=10, choices=Scope.choices, default="everything"
    )
    detail = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "email"], condition=Q(released_at=None), name="one_live_suppression"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_persons_own(self) -> bool:
        """Whether the person who has the address wanted it, by a button of a mail, and no member noted it."""
        return self.created_by_id is None and self.cause in (self.Cause.ASKED, self.Cause.COMPLAINED)
