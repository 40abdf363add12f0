from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.closures.models import Incident
from closedorders.core.money import CurrencyField, MoneyField
from closedorders.orders.models import Customer, Store, StoreOrder

from ..codes import percent_back
from ..querysets import DiscountCodeQuerySet, RefundQuerySet
from .campaigns import Campaign


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
