from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from closedorders.core.database.jobs import unclaimed

if TYPE_CHECKING:
    from .models import ReplyTest, SenderCheck

MAX_ATTEMPTS = 3


class SenderCheckQuerySet(models.QuerySet["SenderCheck"]):
    def due(self) -> SenderCheckQuerySet:
        """Asked for, and no worker has it."""
        return self.filter(unclaimed(), state__in=["waiting", "checking"])


class ReplyTestQuerySet(models.QuerySet["ReplyTest"]):
    def due(self) -> ReplyTestQuerySet:
        """To be sent, and no worker has it."""
        return self.filter(unclaimed(), state__in=["waiting", "sending"])
