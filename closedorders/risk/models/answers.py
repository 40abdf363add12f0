"""What people say of the causes: answers, and the ways to keep one quiet."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.orders.models import BuyerAccount

from ..querysets import ConfirmationQuerySet


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


class Snooze(models.Model):
    """A cause is quiet for one account, to the end of `until` or until the account is worse in it than `state`."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    check_code = models.SlugField(max_length=40)
    buyer_account = models.ForeignKey(BuyerAccount, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10)
    until = models.DateField(_("until"))
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "until"], name="snooze_by_day")]

    def __str__(self) -> str:
        return f"{self.check_code} · {self.buyer_account}"


class Away(models.Model):
    """The team looks at nothing until the end of `until`: alerts wait, the checklist goes on counting."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    until = models.DateField(_("until"))
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "until"], name="away_by_day")]

    def __str__(self) -> str:
        return str(self.until)


class KnownEvent(models.Model):
    """Days that are unlike others for a known reason, such as a promotion: each counts as a usual day of its account.

    Without an account it is of all of them.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    buyer_account = models.ForeignKey(
        BuyerAccount,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("AliExpress account"),
        help_text=_("Blank: all of them."),
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    why = models.CharField(_("what it is"), max_length=100)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "-ends_on"], name="known_event_newest")]

    def __str__(self) -> str:
        return self.why
