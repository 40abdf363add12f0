"""A claim on a job, seen at an import: one owner at a time, and whoever lost it writes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from closedorders.core.database.jobs import Claim, ClaimLost, claim, unclaimed
from closedorders.imports.models import Import
from tests.cast import Cast

LEASE = timedelta(minutes=1)


@pytest.fixture
def job(cast: Cast) -> Import:
    return Import.objects.create(
        team=cast.team, uploaded_by=cast.merchant, file_name="orders.csv", size=1, sha256="0" * 64
    )


def claimed(job: Import) -> Claim[Import]:
    until = claim(
        Import.objects.all(), job.pk, waiting=("uploaded", "reading"), working="reading", lease=LEASE
    )
    assert until is not None
    return Claim(Import.objects.get(pk=job.pk), until, LEASE)


def test_a_claim_counts_the_attempt_and_keeps_when_the_first_began(job: Import) -> None:
    claimed(job)
    began = Import.objects.get(pk=job.pk).started_at
    claimed(job)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.started_at) == ("reading", 2, began)


def test_a_job_in_another_state_cannot_be_claimed(job: Import) -> None:
    Import.objects.filter(pk=job.pk).update(state="cancelled")
    assert claim(Import.objects.all(), job.pk, waiting=("uploaded",), working="reading", lease=LEASE) is None
    job.refresh_from_db()
    assert (job.state, job.attempts, job.claimed_until) == ("cancelled", 0, None)


def test_whoever_lost_the_claim_to_another_worker_writes_nothing(job: Import) -> None:
    first = claimed(job)
    second = claimed(job)
    with pytest.raises(ClaimLost):
        first.write(progress_done=1)
    with pytest.raises(ClaimLost):
        first.end("previewed")
    second.write(progress_done=2)
    first.release(LEASE)
    job.refresh_from_db()
    assert (job.state, job.progress_done, job.claimed_until) == ("reading", 2, second._until)


def test_whoever_lost_the_claim_to_a_cancellation_writes_nothing(job: Import) -> None:
    mine = claimed(job)
    Import.objects.filter(pk=job.pk).update(state="cancelled", claimed_until=None)
    with pytest.raises(ClaimLost):
        mine.write(progress_done=1)
    job.refresh_from_db()
    assert (job.state, job.progress_done) == ("cancelled", 0)


def test_a_job_is_due_again_when_its_lease_is_over_and_when_it_was_released(job: Import) -> None:
    mine = claimed(job)
    assert not Import.objects.filter(unclaimed()).exists()
    mine.release(timedelta(seconds=-1))
    assert Import.objects.filter(unclaimed()).exists()
    Import.objects.filter(pk=job.pk).update(claimed_until=timezone.now() + LEASE)
    assert not Import.objects.filter(unclaimed()).exists()


def test_heartbeats_are_few(job: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 100.0
    monkeypatch.setattr("closedorders.core.database.jobs.monotonic", lambda: moment)
    mine = claimed(job)
    mine.heartbeat(progress_done=1)
    assert Import.objects.get(pk=job.pk).progress_done == 0
    moment += 0.5
    mine.heartbeat(progress_done=2)
    mine.heartbeat(progress_done=3)
    assert Import.objects.get(pk=job.pk).progress_done == 2
