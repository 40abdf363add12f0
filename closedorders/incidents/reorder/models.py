from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.closures.models import Closure, Incident
from closedorders.core.money import CurrencyField, MoneyField
from closedorders.orders.models import SupplierOrder

from .querysets import ReorderBatchQuerySet, ReorderLineQuerySet, ReorderPlanQuerySet


class ReorderPlan(models.Model):
    """How the open closures of an incident are placed again, with the limits it was made for.

    A new plan retires the one before; its lines stay as what was done by it.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="reorder_plans")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="reorder_plans")
    made_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)
    currency = CurrencyField()
    per_batch = MoneyField(null=True, blank=True)
    orders_per_day = models.PositiveIntegerField(null=True, blank=True)
    per_day = MoneyField(null=True, blank=True)
    duty_per_item = MoneyField(null=True, blank=True)
    duty_currency = CurrencyField()
    duty_since = models.DateField(null=True, blank=True)
    duty_up_to = MoneyField(null=True, blank=True)

    objects = ReorderPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(retired_at=None), name="one_reorder_plan_per_incident"
            )
        ]
        indexes = [models.Index(fields=["team", "-id"], name="reorder_plan_newest")]

    def __str__(self) -> str:
        return _("Reorder plan of %(incident)s") % {"incident": self.incident}


class ReorderBatch(models.Model):
    """Orders of a plan that are placed on one day and paid by one route. `currency` is that of their costs."""

    plan = models.ForeignKey(ReorderPlan, on_delete=models.CASCADE, related_name="batches", db_index=False)
    number = models.PositiveIntegerField()
    day = models.DateField()
    route = models.CharField(max_length=10, choices=SupplierOrder.PaidWith.choices)
    currency = CurrencyField()
    over_limit = models.BooleanField(default=False)

    objects = ReorderBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_reorder_batch_per_number")
        ]

    def __str__(self) -> str:
        return _("Batch %(number)s") % {"number": self.number}


class ReorderLine(models.Model):
    """One closed order to be placed again. Whether it still is, its closure says; the line says who does it and how.

    Who has it has `claimed_until` to enter the new number; then it is free again by itself.
    """

    class Shipping(models.TextChoices):
        EPACKET = "epacket", "ePacket"
        FASTER = "faster", _("Faster than ePacket")

    plan = models.ForeignKey(ReorderPlan, on_delete=models.CASCADE, related_name="lines", db_index=False)
    batch = models.ForeignKey(ReorderBatch, on_delete=models.CASCADE, related_name="lines")
    closure = models.ForeignKey(Closure, on_delete=models.CASCADE, related_name="reorder_lines")
    #: Where it stands in the plan: by batch, and in the batch in turn.
    place = models.PositiveIntegerField()
    cost = MoneyField(null=True, blank=True)
    currency = CurrencyField()
    items = models.PositiveIntegerField(default=1)
    duty = MoneyField(null=True, blank=True)
    shipping = models.CharField(max_length=10, choices=Shipping.choices, default=Shipping.EPACKET)
    gift = models.CharField(max_length=100, blank=True)
    claimed_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ReorderLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "place"], name="one_reorder_line_per_place"),
            models.UniqueConstraint(fields=["plan", "closure"], name="one_reorder_line_per_closure"),
        ]
        indexes = [
            models.Index(
                fields=["plan", "done_at"], name="reorder_line_done", condition=Q(done_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return str(self.closure)

    def is_claimed_at(self, now: datetime) -> bool:
        return self.claimed_by_id is not None and self.claimed_until is not None and self.claimed_until > now
