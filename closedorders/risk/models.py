from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.money import CurrencyField, MoneyField, format_money
from closedorders.orders.models import BuyerAccount

from .querysets import ConfirmationQuerySet


class Confirmation(models.Model):
    """A check that data cannot answer, answered by a person, and until when the answer may be believed.

    Older answers stay as history; the newest one that was not withdrawn counts.
    """

    class Answer(models.TextChoices):
        FINE = "fine", _("Fine")
        PROBLEM = "problem", _("Not fine")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="confirmations")
    check_code = models.SlugField(max_length=40)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "check_code", "-at"], name="newest_confirmation")]

    def __str__(self) -> str:
        return f"{self.check_code}: {self.get_answer_display()}"

    def has_expired(self, now: datetime) -> bool:
        return now >= self.expires_at


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


class Trip(models.Model):
    """Somebody who orders is away from the usual place. `done` are the steps of `Step` that were ticked."""

    class Step(models.TextChoices):
        HANDOVER = "handover", _("Whoever stays knows what to order, and can sign in")
        BANK = "bank", _("The bank knows the dates and the country")
        CARDS = "cards", _("The cards that pay for orders are not used on the way")
        SIGNED_OUT = "signed_out", _("AliExpress is signed out on everything that travels")
        RETURNED = "returned", _("Back, and nothing was ordered on the way")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="trips", db_index=False)
    who = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", verbose_name=_("who travels")
    )
    starts_on = models.DateField(_("leaves on"))
    ends_on = models.DateField(_("is back on"))
    country = models.CharField(_("country"), max_length=2, help_text=_("Two letters, like ES."))
    stands_in = models.ForeignKey(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who orders meanwhile"),
        help_text=_("Blank: nobody orders until then."),
    )
    done = models.JSONField(default=list, blank=True)
    added_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "-ends_on"], name="trip_newest")]

    def __str__(self) -> str:
        return f"{self.who.user} · {self.country}"

    @property
    def steps_left(self) -> int:
        """Steps before leaving that nobody has ticked."""
        return sum(step != self.Step.RETURNED and step not in self.done for step in self.Step.values)

    @property
    def is_back(self) -> bool:
        return self.Step.RETURNED in self.done


class AccountEvent(models.Model):
    """A change of a buyer account at AliExpress, as a person noted it: AliExpress may review the account after it."""

    class Kind(models.TextChoices):
        TIER = "tier", _("Tier")
        CARD = "card", _("Card")
        ADDRESS = "address", _("Address")
        PASSWORD = "password", _("Password")
        EMAIL = "email", _("E-mail")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    buyer_account = models.ForeignKey(
        BuyerAccount, on_delete=models.CASCADE, related_name="+", verbose_name=_("AliExpress account")
    )
    kind = models.CharField(_("what was changed"), max_length=10, choices=Kind.choices)
    happened_on = models.DateField(_("changed on"))
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "-happened_on"], name="account_event_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.buyer_account}"


class Dismissal(models.Model):
    """A merchant's word that a cause in this state is no problem, with the reason, to the end of `until`.

    It ends before when the cause gets worse than `state`, or when it is withdrawn. It stays as history.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    check_code = models.SlugField(max_length=40)
    state = models.CharField(max_length=10)
    reason = models.CharField(_("why it is no problem"), max_length=300)
    until = models.DateField(_("until"))
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "until"], name="dismissal_by_day")]

    def __str__(self) -> str:
        return self.check_code


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
