"""What only people know of themselves and of the accounts: trips and changes."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.orders.models import BuyerAccount


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


class OfficeNetwork(models.Model):
    """A network from which the team says it works: whoever orders is expected there."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    network = models.CharField(_("network"), max_length=50)
    label = models.CharField(_("what it is"), max_length=60, help_text=_("The office, Ana's home."))
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "network"],
                condition=models.Q(withdrawn_at=None),
                name="one_office_per_network",
            )
        ]

    def __str__(self) -> str:
        return self.label
