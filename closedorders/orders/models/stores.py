from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from closedorders.accounts.models import Membership, Team
from closedorders.core.money import CurrencyField
from closedorders.core.text.masks import mask_addresses

from ..querysets import EMAIL_NOT_IN_KEY, BuyerAccountQuerySet, CustomerQuerySet, StoreQuerySet


class Platform(models.TextChoices):
    SHOPIFY = "shopify", "Shopify"
    WOOCOMMERCE = "woocommerce", "WooCommerce"
    OTHER = "other", _("Other")


class Store(models.Model):
    """A shop the merchant sells in, and who its mails come from."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="stores")
    name = models.CharField(_("name"), max_length=100)
    platform = models.CharField(
        _("platform"), max_length=12, choices=Platform.choices, default=Platform.SHOPIFY
    )
    currency = CurrencyField(_("currency"), help_text=_("Used where an order file names none, e.g. EUR."))
    language = models.CharField(
        _("customers' language"),
        max_length=5,
        default="en",
        help_text=_("For customers whose own is not known."),
    )
    sender_name = models.CharField(_("sender name"), max_length=100, blank=True)
    sender_email = models.EmailField(_("sender e-mail"), blank=True)
    reply_to = models.EmailField(_("replies go to"), blank=True, help_text=_("Blank: the sender e-mail."))
    delivery_days = models.PositiveSmallIntegerField(
        _("days of delivery promised"),
        null=True,
        blank=True,
        help_text=_("New orders are promised by then. Blank: no day is promised."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(Lower("name"), "team", name="one_store_per_name")]

    def __str__(self) -> str:
        return self.name


class BuyerAccount(models.Model):
    """An AliExpress account that places the team's orders. AliExpress blocks and unblocks accounts, not orders."""

    class State(models.TextChoices):
        OK = "ok", _("Working")
        UNDER_REVIEW = "under_review", _("Under review")
        BLOCKED = "blocked", _("Blocked")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="buyer_accounts")
    label = models.CharField(
        _("label"), max_length=60, help_text=_("A name of your own; never the password.")
    )
    tier = models.CharField(_("tier"), max_length=30, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OK)
    card_country = models.CharField(_("country of the card"), max_length=2, blank=True)
    ordering_place = models.CharField(_("usual place of ordering"), max_length=100, blank=True)
    alipay_verified_on = models.DateField(_("Alipay verified on"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BuyerAccountQuerySet.as_manager()

    class Meta:
        ordering = ["label", "pk"]
        constraints = [models.UniqueConstraint(Lower("label"), "team", name="one_buyer_account_per_label")]

    def __str__(self) -> str:
        return self.label


class AlipayVerification(models.Model):
    """What came of asking AliExpress to verify a buyer account with Alipay. The newest one counts; all stay."""

    class Outcome(models.TextChoices):
        ASKED = "asked", pgettext_lazy("Alipay", "Asked for")
        VERIFIED = "verified", pgettext_lazy("Alipay", "Verified")
        REFUSED = "refused", pgettext_lazy("Alipay", "Refused")
        NOT_OFFERED = "not_offered", pgettext_lazy("Alipay", "Not offered")

    account = models.ForeignKey(BuyerAccount, on_delete=models.CASCADE, related_name="alipay_verifications")
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    day = models.DateField(_("day"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.get_outcome_display()


class Supplier(models.Model):
    """A seller on AliExpress."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="suppliers")
    name = models.CharField(_("name"), max_length=200)
    url = models.URLField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="one_supplier_per_name")]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """Who bought in one store.

    `key` tells customers of a store apart: `email:<address>`, else `phone:<digits>`, else `order:<number>` (files
    have no customer number of their own). `edited_fields` names what a person typed: imports leave those alone.
    """

    # No index of its own: `one_customer_per_key` begins with the store.
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="customers", db_index=False)
    key = models.CharField(max_length=320)
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    edited_fields = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            # Search finds keys from their beginning on, which other operator classes cannot do.
            models.UniqueConstraint(
                fields=["store", "key"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="one_customer_per_key",
            )
        ]
        # On PostgreSQL a migration adds one more, of the trigrams in names: search finds any part of them.
        indexes = [
            # All others are found by their key.
            models.Index(
                fields=["store", "email"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="customer_typed_email_begins",
                condition=EMAIL_NOT_IN_KEY,
            )
        ]

    def __str__(self) -> str:
        # Files have addresses as names too; whoever may read them whole uses `name`.
        return mask_addresses(self.name) or _("Customer %(pk)s") % {"pk": self.pk}
