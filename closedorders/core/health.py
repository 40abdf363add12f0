"""When a worker last showed that it is alive, told through the database so that it is known with Redis away."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

_KEY = "worker-alive-at"
# Beat rings every 30 seconds; two rings may be lost before anyone is worried.
WORKER_SILENCE = timedelta(seconds=90)


def worker_is_here() -> None:
    """Leave the present time. Called by a worker only."""
    cache.set(_KEY, timezone.now().isoformat(), timeout=None)


def worker_last_seen() -> datetime | None:
    """Aware UTC time of the last sign of a worker, or None when there never was one."""
    seen = cache.get(_KEY)
    return datetime.fromisoformat(seen) if seen else None


def worker_is_alive(*, within: timedelta = WORKER_SILENCE) -> bool:
    """Whether a worker showed itself within that time."""
    seen = worker_last_seen()
    return seen is not None and timezone.now() - seen <= within
