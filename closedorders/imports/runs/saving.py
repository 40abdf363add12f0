"""The run that saves what the preview showed, batch by batch."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.accounts.turns import lock_team
from closedorders.orderfiles.issues import RowIssue

from ..extensions import extensions
from ..merge import FileOverrides, compare_with_stored
from ..merge.bulk_insert import check_keys, count_what_has_grown, many_found_by_key, wait_for_no_disk
from ..models import Import
from ..preview import Tally
from ..states import Action
from . import batches
from .batches import Batches, issues_of
from .claims import ImportClaim, run_claimed

#: Orders of the next batch that are read while PostgreSQL ends the writing of customers, and again of orders.
_READ_WHILE_WRITTEN = 500
#: Rows without an order that are read while a batch keeps others from writing: at most some tenths of a second.
_ROWS_BESIDE_ORDERS = 10_000


def commit_file(import_id: int) -> None:
    """Save what the preview showed, batch by batch; goes on where a killed worker stopped."""
    run_claimed(import_id, Action.START_SAVING, work=_commit)


def _commit(claim: ImportClaim) -> None:
    source, reading = claim.source, claim.open()
    target = claim.target
    overrides = _overrides(source)
    overrides_skipped = source.answers.get("overrides_skipped", 0)
    orders = (item for item in reading if not isinstance(item, RowIssue))
    # Batches before this point are committed; the file gives the same orders in the same order again.
    for skipped in islice(orders, source.progress_done):
        del skipped
        claim.heartbeat()
    of_file = Batches(orders)
    # What is stored may have changed since the preview: rows that it refuses now are bad rows like any other.
    refused = Tally(source, issues_kept=source.issues.count())
    # Of these rows no order is made: however many come one after another, others would wait until they are read.
    orderless = source.rows_rejected + source.rows_duplicate
    reads_ahead = orderless <= _ROWS_BESIDE_ORDERS
    # SQLite writes in this thread: others would wait for its only lock a while longer.
    by_itself = connection.vendor == "postgresql"
    read_on = partial(of_file.read_ahead, _READ_WHILE_WRITTEN) if reads_ahead and by_itself else None
    for batch in of_file:
        with transaction.atomic():
            wait_for_no_disk()
            # Two imports of one team take turns, so that neither meets rows the other is writing.
            lock_team(source.team_id)
            with many_found_by_key():
                compared = compare_with_stored(
                    batch,
                    target=target,
                    fields=reading.fields,
                    erasable=reading.erasable,
                    lock=True,
                    overrides=overrides,
                )
            # PostgreSQL writes and checks the rows by itself for a while.
            compared.save(meanwhile=read_on)
            kinds = [result.kind for result in compared.results]
            told: dict[str, Any] = {}
            if "rejected" in kinds:
                for result in compared.results:
                    if result.kind == "rejected":
                        refused.add([result])
                        for issue in issues_of(result, reading):
                            refused.add_issue(issue)
                refused.save_issues()
                told = {
                    "rows_accepted": source.rows_accepted - refused.rejected_rows,
                    "rows_rejected": source.rows_rejected + refused.rejected_rows,
                    "issues_found": source.issues_found + refused.issues_found,
                }
            if overrides.fields:
                overrides_skipped += sum(
                    change.field in overrides.fields
                    for result in compared.results
                    for change in result.kept_by_user
                )
                told["answers"] = {**source.answers, "overrides_skipped": overrides_skipped}
            # In the transaction of the rows themselves: a batch is either saved and counted, or neither.
            claim.write(
                progress_done=F("progress_done") + len(batch),
                orders_new=F("orders_new") + kinds.count("new"),
                orders_changed=F("orders_changed") + kinds.count("changed"),
                orders_unchanged=F("orders_unchanged") + kinds.count("unchanged"),
                **told,
            )
            if reads_ahead:
                check_keys(meanwhile=of_file.read_ahead)
        count_what_has_grown(*batches.TABLES)
    with transaction.atomic():
        claim.finish(Action.FINISH_SAVING, finished_at=timezone.now())
        source.refresh_from_db()
        record(
            by=None,
            verb="import_finished",
            thing=source,
            after={
                "new": source.orders_new,
                "changed": source.orders_changed,
                "unchanged": source.orders_unchanged,
                "bad_rows": source.rows_rejected,
            },
        )
        for each in extensions():
            each.after_saving(source)


def _overrides(source: Import) -> FileOverrides:
    """The fields for which a person chose the file\'s value on the preview."""
    seen_at = source.answers.get("overrides_seen_at")
    return FileOverrides(
        frozenset(source.answers.get("override_fields", ())),
        datetime.fromisoformat(seen_at) if seen_at else None,
    )
