from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from .models import AuditEvent, Membership, User


class MembershipQuerySet(models.QuerySet["Membership"]):
    def live(self) -> MembershipQuerySet:
        return self.filter(ended_at=None)

    def of(self, user: User) -> MembershipQuerySet:
        """The teams a person may open, by name."""
        return self.live().filter(user=user).select_related("team", "user").order_by("team__name", "pk")


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def about(self, thing: models.Model) -> AuditEventQuerySet:
        return self.filter(thing=thing._meta.label_lower, thing_id=thing.pk).select_related("actor")

    def update(self, **kwargs: Any) -> int:
        raise TypeError("The audit trail is append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit trail is append-only.")
