"""Until when a team is away."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from closedorders.accounts.models import Team

from ..models import Away


def away_of(team: Team, now: datetime | None = None) -> Away | None:
    """The row that counts at this moment: of several the one that lasts longest."""
    today = timezone.localdate(now or timezone.now(), team.zone)
    return Away.objects.filter(team=team, withdrawn_at=None, until__gte=today).order_by("-until").first()


def end_of_away(team: Team, now: datetime) -> datetime | None:
    """The first moment of the day after; None for a team that is not away."""
    away = away_of(team, now)
    if away is None:
        return None
    return datetime.combine(away.until + timedelta(days=1), time.min, tzinfo=team.zone)
