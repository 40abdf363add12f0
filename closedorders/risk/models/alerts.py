"""Alerts: which ways they go, what they said, and how each of them went."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team


class Way(models.TextChoices):
    TODAY = "today", _("On Today")
    EMAIL = "email", _("By e-mail to the merchants")
    WEBHOOK = "webhook", _("By webhook")


def usual_ways() -> dict[str, list[str]]:
    return {"act": [Way.TODAY.value], "watch": [Way.TODAY.value], "unknown": []}


class AlertSettings(models.Model):
    """The ways of a team's alerts by level ("act", "watch", "unknown").

    The webhook's address is a secret, so it is sealed.
    """

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="alert_settings")
    ways = models.JSONField(default=usual_ways)
    webhook_host = models.CharField(max_length=255, blank=True)
    sealed_webhook = models.BinaryField(default=bytes)
    wrapped_key = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.team_id)


class Alert(models.Model):
    """A cause got worse than it was: what was said of it then, in each language. A test names no cause."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    check_code = models.SlugField(max_length=40, blank=True)
    was = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    texts: Any = models.JSONField(default=dict)
    on_today = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["team", "-id"], name="alert_newest"),
            models.Index(
                fields=["team", "-id"],
                name="alert_unseen",
                condition=models.Q(on_today=True, seen_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.check_code or "test"

    @property
    def text(self) -> str:
        """In the active language."""
        language = (translation.get_language() or settings.LANGUAGE_CODE).split("-")[0]
        return str(self.texts.get(language) or self.texts.get("en", ""))


class AlertDelivery(models.Model):
    """One alert on one way out of the house. A worker may take it from `not_before` on, and then has it for a while."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")
        UNCERTAIN = "uncertain", _("Perhaps sent")
        OVER = "over", _("Not needed any more")

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    way = models.CharField(max_length=10, choices=Way.choices)
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    submitting_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "way", "member"], name="one_alert_delivery_per_member"),
            models.UniqueConstraint(
                fields=["alert", "way"], condition=models.Q(member=None), name="one_alert_delivery_per_way"
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"], name="alert_delivery_due", condition=models.Q(state="waiting")
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert} · {self.way}"
