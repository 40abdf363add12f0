from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from closedorders.accounts.models import Team
from closedorders.core.database.jobs import unclaimed

from . import states

if TYPE_CHECKING:
    from .models import Import


#: When the file of an import of `ImportQuerySet.up_to_date_by` was up to date.
FRESH_AT = Coalesce("finished_at", "started_at")


class ImportQuerySet(models.QuerySet["Import"]):
    def for_team(self, team: Team) -> ImportQuerySet:
        return self.filter(team=team)

    def up_to_date_by(self) -> ImportQuerySet:
        """Those that brought what is here up to date, at `FRESH_AT`.

        Whoever saw that nothing of a file was new need not save it to know.
        """
        nothing_new = Q(state=states.PREVIEWED, orders_new=0, orders_changed=0, orders_unchanged__gt=0)
        return self.filter(Q(state=states.COMMITTED, finished_at__isnull=False) | nothing_new)

    def due(self) -> ImportQuerySet:
        """Waiting for a worker, or claimed by one whose lease has run out."""
        return self.filter(state__in=states.WITH_WORKERS).filter(unclaimed())
