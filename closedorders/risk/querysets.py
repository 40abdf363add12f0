from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Max, Q

from closedorders.accounts.models import Team

if TYPE_CHECKING:
    from .models import Confirmation


class ConfirmationQuerySet(models.QuerySet["Confirmation"]):
    def for_team(self, team: Team) -> ConfirmationQuerySet:
        return self.filter(team=team).select_related("by__user")

    def newest(self, team: Team) -> ConfirmationQuerySet:
        """For each check the newest answer that was not withdrawn, expired or not."""
        last = (
            self.filter(team=team, withdrawn_at=None)
            .order_by()
            .values("check_code")
            .annotate(last=Max("pk"))
            .values("last")
        )
        return self.for_team(team).filter(pk__in=last)

    def newest_at(self, team: Team, moment: datetime) -> ConfirmationQuerySet:
        """As `newest`, as it was at that moment: later answers, and later withdrawals, left out."""
        last = (
            self.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=moment), team=team, at__lte=moment)
            .order_by()
            .values("check_code")
            .annotate(last=Max("pk"))
            .values("last")
        )
        return self.for_team(team).filter(pk__in=last)
