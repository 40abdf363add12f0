from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Sum
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.core.database.jobs import unclaimed

if TYPE_CHECKING:
    from .models import Document


class DocumentQuerySet(models.QuerySet["Document"]):
    def for_team(self, team: Team) -> DocumentQuerySet:
        return self.filter(team=team)

    def kept(self) -> DocumentQuerySet:
        """Documents whose pictures are still there."""
        return self.filter(deleted_at=None)

    def usable(self) -> DocumentQuerySet:
        """Documents that may be used: see `Document.is_usable`."""
        return self.kept().filter(state__in=self.model.USABLE)

    def due(self) -> DocumentQuerySet:
        """Not checked yet, and no worker is at it."""
        return self.kept().filter(unclaimed(), state__in=self.model.UNFINISHED)

    def being_checked(self) -> DocumentQuerySet:
        """A worker is at it, and its lease is not over."""
        return self.filter(state=self.model.State.CHECKING, claimed_until__gte=timezone.now())

    def with_sizes(self) -> DocumentQuerySet:
        """Adds `page_count` and `stored`, the bytes of all its pages."""
        return self.annotate(page_count=Count("pages"), stored=Sum("pages__stored_bytes"))

    def bytes_kept(self) -> int:
        """What the pictures of these documents take up."""
        found: int | None = self.kept().aggregate(total=Sum("pages__stored_bytes"))["total"]
        return found or 0
