from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team

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
