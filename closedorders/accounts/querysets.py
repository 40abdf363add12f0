from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import OuterRef, Subquery

if TYPE_CHECKING:
    from .models import AuditEvent, Membership, User


class MembershipQuerySet(models.QuerySet["Membership"]):
    def live(self) -> MembershipQuerySet:
        return self.filter(ended_at=None)

    def of(self, user: User) -> MembershipQuerySet:
        """The teams a person may open, by name."""
        return self.live().filter(user=user).select_related("team", "user").order_by("team__name", "pk")

    def to_enter(self, user: User, team: str) -> Membership | None:
        """The person's place in the team of this slug, with the team and its `newest_event`; in one query."""
        found = _with_team().filter(ended_at=None, user=user, team__slug=team)[:1]
        membership = next(iter(found), None)
        if membership is not None:
            membership.user = user  # Known already: not read a second time.
            membership.team.newest_event = getattr(membership, "newest_event", None) or 0
        return membership


@cache
def _with_team() -> MembershipQuerySet:
    """Memberships with their team and its `newest_event`, to be filtered: each page asks, and this is slow to make."""
    from .models import AuditEvent, Membership  # The models import this module.

    newest = AuditEvent.objects.filter(team=OuterRef("team")).order_by("-pk").values("pk")[:1]
    return Membership.objects.select_related("team").annotate(newest_event=Subquery(newest))


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def about(self, thing: models.Model) -> AuditEventQuerySet:
        return self.filter(thing=thing._meta.label_lower, thing_id=thing.pk).select_related("actor")

    def update(self, **kwargs: Any) -> int:
        raise TypeError("The audit trail is append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit trail is append-only.")

    def forget_person(self, *, fields: Collection[str], named: Collection[str]) -> None:
        """Take out of these lines who a customer was: the only change of the trail there is, for an erasure by law.

        `fields` are left out of `before` and `after`; things of the labels `named` lose theirs, which is a name. What
        was done, to which row, by whom and when cannot be changed, here either. Call it with a line of its own.
        """
        for event in self.order_by("pk").iterator(chunk_size=500):
            mine = self.model._default_manager.filter(pk=event.pk)
            super(AuditEventQuerySet, mine).update(
                label="" if event.thing in named else event.label,
                before={name: value for name, value in event.before.items() if name not in fields},
                after={name: value for name, value in event.after.items() if name not in fields},
            )
