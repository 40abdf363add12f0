"""What a campaign gives a customer beside a code and a refund, and whether it has been given."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.closures.models import Incident
from closedorders.core.money import CurrencyField, MoneyField
from closedorders.orders.models import Customer


class CompensationQuerySet(models.QuerySet["Compensation"]):
    def not_issued(self) -> CompensationQuerySet:
        return self.filter(issued_at=None)


class Compensation(models.Model):
    """Store credit, or faster shipping, of one customer of an incident. No mail names it before it is `issued`.

    `amount` is the credit; of faster shipping it is what each parcel costs the shop. `name` is that of the shipping.
    """

    class Kind(models.TextChoices):
        CREDIT = "credit", _("Store credit")
        SHIPPING = "shipping", _("Faster shipping")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="compensations")
    campaign = models.ForeignKey("Campaign", on_delete=models.PROTECT, related_name="compensations")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="compensations")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="compensations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = MoneyField()
    currency = CurrencyField()
    name = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    exported_at = models.DateTimeField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CompensationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "customer", "kind"], name="one_compensation_per_customer"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="compensation_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
