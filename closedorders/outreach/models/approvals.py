from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.database.jobs import Job
from closedorders.core.money import MoneyField

from ..querysets import ApprovalQuerySet
from .campaigns import Campaign


class Approval(Job):
    """A merchant's word that a campaign may be sent, and the work on it: every mail is checked and written down.

    `waiting → running → done`: while it runs, its campaign is `approving` and no mail leaves. What a merchant stopped,
    or what is refused, is undone (`undoing → cancelled | refused`): the campaign is a draft again. Where the team wants
    a second merchant, the first run only checks and ends as `asked`; the second one's word runs it again, and only if
    `digest` is still that of the mails.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for a worker")
        RUNNING = "running", _("Under way")
        ASKED = "asked", _("Waiting for another merchant")
        UNDOING = "undoing", _("Being undone")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        CANCELLED = "cancelled", _("Taken back")

    class Stage(models.TextChoices):
        CHECKING = "checking", _("Checking every mail")
        WRITING = "writing", _("Writing every mail down")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="approvals")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.CHECKING)
    typed_count = models.PositiveIntegerField()
    # When the first mail is to leave; None: as soon as it may no longer be taken back.
    begins_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    # Of all that would be sent, as the first merchant saw it: see `approving.digest`.
    digest = models.CharField(max_length=64, blank=True)
    # Why nothing was sent, in a sentence.
    refusal = models.TextField(blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(state__in=["waiting", "running", "asked", "undoing"]),
                name="one_open_approval",
            )
        ]
        indexes = [
            models.Index(
                fields=["claimed_until"],
                condition=Q(state__in=["waiting", "running", "undoing"]),
                name="approval_unfinished",
            )
        ]

    def __str__(self) -> str:
        return str(self.campaign)


class ApprovalRule(models.Model):
    """From when on a team wants a second merchant. Blank: never. Amounts are in the team's home currency."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="approval_rule")
    people = models.PositiveIntegerField(_("above so many people"), null=True, blank=True)
    amount = MoneyField(_("above this much given back"), null=True, blank=True)
    refund = MoneyField(_("above this much in one refund"), null=True, blank=True)

    def __str__(self) -> str:
        return str(self.team)
