from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.closures.models import Closure, Incident
from closedorders.orders.models import Customer

from ..querysets import DirectContactQuerySet, SuppressionQuerySet


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
