"""What AliExpress and the bank were told, and the money that is there to pay with."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.money import CurrencyField, MoneyField, format_money
from closedorders.orders.models import BuyerAccount


class Notice(models.Model):
    """That AliExpress, or the bank, was told about an account's large orders before they come. Taken back, it stays."""

    class Kind(models.TextChoices):
        ALIEXPRESS = "aliexpress", "AliExpress"
        BANK = "bank", _("The bank")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    buyer_account = models.ForeignKey(BuyerAccount, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sent_on = models.DateField(_("sent on"))
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-sent_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.buyer_account}"


class PocketEntry(models.Model):
    """Pocket credit of a buyer account that was bought, or paid with, as a person noted it. Taken back, it stays.

    `expires_on` is the last day on which a deposit can be used; a use has none.
    """

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", _("Bought")
        USE = "use", _("Used")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    buyer_account = models.ForeignKey(
        BuyerAccount, on_delete=models.CASCADE, related_name="+", verbose_name=_("AliExpress account")
    )
    kind = models.CharField(_("what was done"), max_length=10, choices=Kind.choices)
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    happened_on = models.DateField(_("on"))
    expires_on = models.DateField(_("good until"), null=True, blank=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "-happened_on"], name="pocket_entry_newest")]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="pocket_amount_is_positive")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {format_money(self.amount, self.currency)}"


class Funds(models.Model):
    """What there is to pay an account's orders with, as a person read it at the bank or at PayPal on a day.

    The newest one of a method counts. What is blank is not known; `payments_a_day` is the bank's limit on their number.
    """

    class Method(models.TextChoices):
        CARD = "card", _("Card")
        PAYPAL = "paypal", "PayPal"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    buyer_account = models.ForeignKey(
        BuyerAccount, on_delete=models.CASCADE, related_name="+", verbose_name=_("AliExpress account")
    )
    method = models.CharField(_("pays with"), max_length=10, choices=Method.choices)
    currency = CurrencyField(_("currency"))
    available = MoneyField(_("available now"), null=True, blank=True)
    limit_a_day = MoneyField(_("limit a day"), null=True, blank=True)
    payments_a_day = models.PositiveIntegerField(_("payments a day, at most"), null=True, blank=True)
    stated_on = models.DateField(_("as of"))
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "-stated_on"], name="funds_newest")]

    def __str__(self) -> str:
        return f"{self.get_method_display()} · {self.buyer_account}"
