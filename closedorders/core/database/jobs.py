"""Long work of workers on one row: claimed under a lease, with progress, taken up again by another worker, cancelled.

A row of a model that inherits `Job` has a state. A worker claims it for a lease: it owns the row while `claimed_until`
is the value it set last, and every write of it is fenced by that value and by the state. So a worker that lost its
claim (its lease is over, or somebody cancelled the job by changing the state) stops at its next write and leaves
nothing behind. A row whose lease is over is due again: a periodic task enqueues what is due.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

_SECONDS_BETWEEN_HEARTBEATS = 0.5


class Job(models.Model):
    """The columns of a job. The inheriting model has a `state`, and counts its progress in units of its own."""

    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


J = TypeVar("J", bound=Job)


def unclaimed() -> Q:
    """A condition on jobs that no worker has, or had for longer than its lease."""
    return Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())


def claim(
    due: QuerySet[J], pk: int, *, waiting: Collection[str], working: str, lease: timedelta
) -> datetime | None:
    """Claim the job for `lease` if it is due and waits in one of these states, and count the attempt.

    Returns the end of the lease for a `Claim`; None where it is not due, or another worker was quicker.
    """
    now = timezone.now()
    until = now + lease
    claimed = due.filter(pk=pk, state__in=waiting).update(
        state=working,
        claimed_until=until,
        # Of the first who had it: what the next one goes on with began then.
        started_at=Case(When(attempts=0, then=now), default="started_at"),
        attempts=F("attempts") + 1,
    )
    return until if claimed else None


class ClaimLost(Exception):
    """Another worker has the job now, or a person cancelled it."""


class Claim(Generic[J]):
    """The lease of one worker on one job, which fences all that it writes. `job` is the row as it was claimed."""

    def __init__(self, job: J, until: datetime, lease: timedelta) -> None:
        self.job = job
        self._state: str = job.state  # type: ignore[attr-defined]  # Inheriting models have it.
        self._until = until
        self._lease = lease
        self._last_heartbeat = monotonic()

    @property
    def _mine(self) -> QuerySet[J]:
        jobs: QuerySet[J] = type(self.job)._default_manager.all()
        return jobs.filter(pk=self.job.pk, state=self._state, claimed_until=self._until)

    def write(self, **fields: Any) -> None:
        """Update the row and renew the lease, or raise `ClaimLost`."""
        until = timezone.now() + self._lease
        if not self._mine.update(claimed_until=until, **fields):
            raise ClaimLost
        self._until = until

    def heartbeat(self, **fields: Any) -> None:
        """`write`, but at most twice a second."""
        if monotonic() - self._last_heartbeat >= _SECONDS_BETWEEN_HEARTBEATS:
            self.write(**fields)
            self._last_heartbeat = monotonic()

    def end(self, state: str, **fields: Any) -> None:
        """Write the state and give up the lease, or raise `ClaimLost`."""
        if not self._mine.update(state=state, claimed_until=None, **fields):
            raise ClaimLost

    def release(self, retry_after: timedelta) -> None:
        """Leave the job to another worker, from `retry_after` on."""
        self._mine.update(claimed_until=timezone.now() + retry_after)
