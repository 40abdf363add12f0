"""When a worker last ran, kept in the database so that it is known even while Redis is away."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

_KEY = "worker-alive-at"
# Beat enqueues a heartbeat every 30 seconds; two may be lost before a page warns.
WORKER_SILENCE = timedelta(seconds=90)


def worker_is_here() -> None:
    """Store the present time as the last sign of a worker. Called by workers only."""
    cache.set(_KEY, timezone.now().isoformat(), timeout=None)


def worker_last_seen() -> datetime | None:
    """Aware UTC time of the last sign of a worker, or None when there never was one."""
    seen = cache.get(_KEY)
    return datetime.fromisoformat(seen) if seen else None


def worker_is_alive(*, within: timedelta = WORKER_SILENCE) -> bool:
    """Whether a worker showed itself within that time."""
    seen = worker_last_seen()
    return seen is not None and timezone.now() - seen <= within
