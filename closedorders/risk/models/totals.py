"""What is counted and kept: daily totals, snapshots, and the thresholds they are judged by."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.core.money import CurrencyField, MoneyField
from closedorders.orders.models import BuyerAccount


class DailyTotal(models.Model):
    """What one buyer account (None: no account is known) ordered on one day of the team's time zone, per currency.

    Counted from the orders, and only by `totals.settle`. `costed` of the `orders` have a known cost; `spent` is theirs.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    buyer_account = models.ForeignKey(BuyerAccount, on_delete=models.CASCADE, null=True, related_name="+")
    day = models.DateField()
    currency = CurrencyField()
    orders = models.PositiveIntegerField()
    costed = models.PositiveIntegerField()
    spent = MoneyField()

    class Meta:
        indexes = [models.Index(fields=["team", "day"], name="daily_total_by_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.spent} {self.currency}"


class TotalsState(models.Model):
    """That the daily totals of a team are counted, and in which time zone their days are."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="totals_state")
    zone = models.CharField(max_length=64)
    counted_at = models.DateTimeField(default=timezone.now)
    # Of a team with many orders, what `window.disputes` counted, and when; None for the others.
    suppliers = models.JSONField(null=True, blank=True)
    # The window's days that are over, added up: for the 30 days from `first` on. None once one of them changed.
    window = models.JSONField(null=True, blank=True)
    suppliers_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.team_id} {self.zone}"


class ChangedDay(models.Model):
    """A day whose orders changed after its totals were counted: read from the orders until it is counted anew.

    Only added and deleted, never shared: who counts deletes what they have seen, so a change that is committed later
    keeps its own row.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    def __str__(self) -> str:
        return str(self.day)


class WindowDay(models.Model):
    """What else the rules ask of the orders of one day that is over. Counted as daily totals are (`window`)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    counts = models.JSONField(default=dict)
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "day"], name="one_window_day")]

    def __str__(self) -> str:
        return str(self.day)


class RiskSnapshot(models.Model):
    """How the checklist of a team stood on one day, as it was last looked at: score, and state by cause."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="risk_snapshots", db_index=False)
    day = models.DateField()
    score = models.PositiveSmallIntegerField()
    states = models.JSONField(default=dict)
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["team", "day"], name="one_risk_snapshot_per_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.score}"


class TeamThreshold(models.Model):
    """A threshold that a merchant chose instead of the one everybody starts with: `name` is a key of `TUNABLE`."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="thresholds", db_index=False)
    name = models.CharField(max_length=30)
    value = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="one_threshold_per_name")]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
