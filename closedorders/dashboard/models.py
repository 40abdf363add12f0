from __future__ import annotations

from django.db import models

from closedorders.accounts.models import Team


class KeptCounts(models.Model):
    """What Today counted of a team with many closures or orders, for the next visits.

    `event` is the team's newest audit event of that moment: after whatever a person does it is counted anew.
    """

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="kept_counts")
    event = models.BigIntegerField()
    counted_at = models.DateTimeField()
    counts = models.JSONField()

    def __str__(self) -> str:
        return str(self.team)
