"""One worker's run of a `ClosureLog`, batch by batch, under a claim (`core.database.jobs`)."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from closedorders.core.database.jobs import Claim, ClaimLost, claim
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from ..actions.log import LogResult, log_closures
from ..models import ClosureLog, ClosureReason

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(seconds=15)
MAX_ATTEMPTS = 5
#: Logged in one transaction, for which other writers of the team wait: half a second at most.
BATCH = 5_000


def run_log(log_id: int) -> None:
    """Log what is left of it, if it is due and no other worker has it. Refusals and failures end here."""
    lease = timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
    states = ClosureLog.State
    until = claim(
        ClosureLog.objects.due(),
        log_id,
        waiting=(states.WAITING, states.RUNNING),
        working=states.RUNNING,
        lease=lease,
    )
    if until is None:
        return
    job = ClosureLog.objects.select_related("team", "by__team", "by__user", "buyer_account", "evidence").get(
        pk=log_id
    )
    mine = Claim(job, until, lease)
    try:
        if job.attempts > MAX_ATTEMPTS:
            mine.end(states.REFUSED, finished_at=timezone.now(), rows=[])
        else:
            _run(job, mine)
            mine.end(states.DONE, finished_at=timezone.now(), rows=[])
    except ClaimLost:
        log.info("closure log left to its new owner: %s", log_id)
    except Refused as refused:
        log.info("closure log %s stopped: %s", log_id, refused)
        with suppress(ClaimLost):
            mine.end(states.REFUSED, finished_at=timezone.now(), rows=[])
    except Exception:
        mine.release(RETRY_AFTER)
        raise


def _run(job: ClosureLog, mine: Claim[ClosureLog]) -> None:
    accounts = BuyerAccount.objects.filter(team=job.team).in_bulk()
    reasons = ClosureReason.objects.with_retired(job.team).in_bulk()
    for start in range(job.progress_done, len(job.rows), BATCH):
        batch: Sequence[Any] = job.rows[start : start + BATCH]
        # What is logged and how far that is are committed together: each number is logged once.
        with transaction.atomic():
            results = _log(job, batch, accounts, reasons)
            mine.write(
                progress_done=start + len(batch),
                logged=F("logged") + sum(len(each.logged) for each in results),
                already=F("already") + sum(len(each.already) for each in results),
                stubs=F("stubs") + sum(len(each.stubs) for each in results),
                elsewhere=F("elsewhere") + sum(len(each.elsewhere) for each in results),
            )
            job.incidents.add(*{each.incident for each in results if each.incident})


def _log(
    job: ClosureLog,
    batch: Sequence[Any],
    accounts: dict[int, BuyerAccount],
    reasons: dict[int, ClosureReason],
) -> list[LogResult]:
    by_account: dict[int | None, dict[str, ClosureReason | None]] = defaultdict(dict)
    for number, account, reason in batch:
        by_account[account][number] = reasons[reason] if reason is not None else None
    results = []
    for account, numbers in by_account.items():
        buyer_account = accounts[account] if account is not None else job.buyer_account
        if buyer_account is None:  # `start_log` refuses such rows.
            raise ValueError(f"closure log {job.pk} has rows without an account")
        results.append(
            log_closures(
                team=job.team,
                numbers=list(numbers),
                reason=None,
                reasons=numbers,
                buyer_account=buyer_account,
                by=job.by,
                closed_at=job.closed_at,
                words=job.words,
                origin=job.origin,
                source=job.source,
                evidence=job.evidence,
                by_itself=job.by_itself,
                most=BATCH,
            )
        )
    return results
