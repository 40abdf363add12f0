from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils import timezone

from closedorders.core.database.jobs import unclaimed

if TYPE_CHECKING:
    from .models import ReplyMailbox


class ReplyMailboxQuerySet(QuerySet["ReplyMailbox"]):
    def due(self) -> ReplyMailboxQuerySet:
        """To be read now, and in no worker's hands."""
        return self.filter(unclaimed(), due_at__lte=timezone.now())
