"""The two runs of an import's file in a worker: reading it for the preview, and saving it.

A run owns the import while `claimed_until` is the value it set last. Every write of a run is fenced by that value, so
a run that lost its claim (lease over, import cancelled) stops at its next write and leaves nothing behind.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, F, When
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.accounts.models import Team
from closedorders.orderfiles.formats.base import Format
from closedorders.orderfiles.formats.custom import fits, header_key, mapped_format
from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.reader import ColumnsUnknown, Reading, read_orders
from closedorders.orderfiles.records import ParsedLink, ParsedOrder, ParsedSupplierOrder
from closedorders.orderfiles.tables.csv_table import FileRefused
from closedorders.orders.models import Customer, StoreOrder, SupplierOrder

from . import states
from .bulk_insert import check_keys, count_what_has_grown, many_found_by_key, wait_for_no_disk
from .merge import FileOverrides, Result, Target, compare_with_stored
from .models import Import, ImportIssue, ImportProfile
from .preview import Tally, first_rows, plain
from .states import Action

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(seconds=15)
MAX_ATTEMPTS = 5
ORDERS_PER_BATCH = 2_000
#: Orders of the next batch that are read while PostgreSQL ends the writing of customers, and again of orders.
_READ_WHILE_WRITTEN = 500
#: Answers of a person that hold for every file of a profile; the others must be known before its header is.
PROFILE_ANSWERS = ("date_order", "decimal_sign", "default_currency", "time_zone")
_SECONDS_BETWEEN_HEARTBEATS = 0.5
_OBJECTS_BETWEEN_COLLECTIONS = 20_000
#: Rows without an order that are read while a batch keeps others from writing: at most some tenths of a second.
_ROWS_BESIDE_ORDERS = 10_000
#: What imports fill and compare their files with.
_TABLES = (StoreOrder, Customer, SupplierOrder)


def _lease() -> timedelta:
    return timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


class ClaimLost(Exception):
    """Another worker has the import now, or a person cancelled it."""


class ImportClaim:
    """The lease of one worker on one import, which fences all that it writes."""

    def __init__(self, source: Import, lease: datetime) -> None:
        self.source = source
        self._state = source.state
        self._lease = lease
        self._last_heartbeat = monotonic()
        self._opened: Reading | None = None
        #: What a person answered for this file, and what the profile of its columns adds.
        self.answers: dict[str, Any] = dict(source.answers)
        self.profile: ImportProfile | None = source.profile

    def write(self, **fields: Any) -> None:
        """Update the import and renew the lease, or raise `ClaimLost`."""
        lease = timezone.now() + _lease()
        written = Import.objects.filter(
            pk=self.source.pk, state=self._state, claimed_until=self._lease
        ).update(claimed_until=lease, **fields)
        if not written:
            raise ClaimLost
        self._lease = lease

    def heartbeat(self, **fields: Any) -> None:
        """`write`, but at most twice a second."""
        if monotonic() - self._last_heartbeat >= _SECONDS_BETWEEN_HEARTBEATS:
            self.write(**fields)
            self._last_heartbeat = monotonic()

    def finish(self, action: Action, *, state: str = "", **fields: Any) -> None:
        """Write the state that the action leads to and give up the lease, or raise `ClaimLost`.

        `state` is for an action that leads to more than one.
        """
        state = state or states.after(action)
        states.check(action, self._state, state)
        written = Import.objects.filter(
            pk=self.source.pk, state=self._state, claimed_until=self._lease
        ).update(state=state, claimed_until=None, **fields)
        if not written:
            raise ClaimLost

    def refuse(self, refusal: FileRefused) -> None:
        """The last write for a file that cannot be taken; nothing when somebody else has the import."""
        with suppress(ClaimLost):
            self.finish(
                Action.REFUSE,
                refusal={"code": refusal.code, "params": plain(refusal.params)},
                assumptions={**self.source.assumptions, **plain(refusal.how)},
                finished_at=timezone.now(),
            )

    def release(self) -> None:
        """Leave the import to the sweep, `RETRY_AFTER` from now."""
        Import.objects.filter(pk=self.source.pk, state=self._state, claimed_until=self._lease).update(
            claimed_until=timezone.now() + RETRY_AFTER
        )

    @property
    def target(self) -> Target:
        source = self.source
        if source.store is None:
            raise FileRefused("no_store")
        by = source.responsible
        return Target(source.team, source.store, source.buyer_account, by.user, source, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """Of dates that name none: as answered, else the team's; while saving, as the preview took it."""
        zone = self.answers.get("time_zone") or self.source.team.time_zone
        return ZoneInfo(self.source.assumptions["time_zone"]["zone"] if self._is_saving else zone)

    @property
    def currency(self) -> str:
        """Of orders that name none: as answered, else the store's; while saving, as the preview took it."""
        if self._is_saving:
            return str(self.source.assumptions["currency"]["currency"])
        answered: str = self.answers.get("default_currency", "")
        return answered or self.target.store.currency or self.source.team.currency

    @property
    def _is_saving(self) -> bool:
        return self._state == Import.State.COMMITTING

    def open(self, on_progress: Callable[[Reading], None] | None = None) -> Reading:
        try:
            file = cast(BinaryIO, self.source.file.open("rb").file)
        except FileNotFoundError:
            raise FileRefused("file_gone") from None
        before = dict(self.answers)
        reading = self._reading(file, on_progress)
        if (
            self.answers.keys() - before.keys() - {"mapping"}
        ):  # The profile of its columns answered something.
            reading.close()
            reading = self._reading(file, on_progress)
        self._opened = reading
        return reading

    def close(self) -> None:
        """Let go of what reading the file takes: a run that ends early has not read it to its end."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _reading(self, file: BinaryIO, on_progress: Callable[[Reading], None] | None) -> Reading:
        answers = self.answers
        return read_orders(
            file,
            zone=self.zone,
            date_order=answers.get("date_order"),
            decimal_sign=answers.get("decimal_sign", ""),
            default_currency=self.currency,
            encoding=answers.get("encoding", ""),
            delimiter=answers.get("delimiter", ""),
            sheet=answers.get("sheet", ""),
            own_format=self._own_format,
            on_progress=on_progress,
            # Not the clock: reading the same file again must give the same orders.
            now=self.source.created_at,
        )

    def _own_format(self, header: Sequence[str]) -> Format | None:
        """The format of the columns as a person named them: in this file, or in one of this store before it."""
        mapping = self.answers.get("mapping")
        if mapping is not None and not fits(mapping["fields"], header):
            # Cells are taken apart another way than when the columns were named.
            self.answers = {k: v for k, v in self.answers.items() if k != "mapping"}
            mapping = self.profile = None
        # While saving nothing new is looked up: what was previewed is what is saved.
        if mapping is None and self._state == Import.State.READING:
            found = ImportProfile.objects.filter(store=self.source.store, header_key=header_key(header))
            self.profile = found.first()
            if self.profile is not None:
                known = {name: self.profile.answers.get(name) for name in PROFILE_ANSWERS}
                mapping = {"kind": self.profile.kind, "fields": self.profile.mapping, "by_itself": True}
                self.answers = {k: v for k, v in known.items() if v} | self.answers | {"mapping": mapping}
        if mapping is None:
            return None
        return mapped_format(mapping["kind"], mapping["fields"])


def run_claimed(
    import_id: int,
    start: Action,
    *,
    work: Callable[[ImportClaim], None],
    give_up: Callable[[ImportClaim], None] | None = None,
) -> None:
    """Claim the import and do `work`, if it is due and no other worker has it. Refusals and failures end here."""
    now = timezone.now()
    lease = now + _lease()
    claimed = (
        Import.objects.due()
        .filter(pk=import_id, state__in=states.before(start))
        .update(
            state=states.after(start),
            claimed_until=lease,
            # Of the first who had it: what the next one goes on with began then.
            started_at=Case(When(attempts=0, then=now), default="started_at"),
            attempts=F("attempts") + 1,
        )
    )
    if not claimed:
        return
    source = Import.objects.select_related(
        "team", "store", "buyer_account", "uploaded_by__user", "saved_by__user", "profile"
    ).get(pk=import_id)
    claim = ImportClaim(source, lease)
    try:
        if source.attempts > MAX_ATTEMPTS and give_up is not None:
            give_up(claim)
        elif source.attempts > MAX_ATTEMPTS:
            claim.refuse(FileRefused("gave_up", attempts=MAX_ATTEMPTS))
        else:
            with only_new_objects_collected():
                try:
                    work(claim)
                finally:
                    claim.close()
    except ClaimLost:
        log.info("import left to its new owner: %s", import_id)
    except FileRefused as refusal:
        claim.refuse(refusal)
    except Exception:
        claim.release()
        raise
    finally:
        source.file.close()


@contextmanager
def only_new_objects_collected() -> Iterator[None]:
    """Within it the garbage collector leaves alone what was there before, and looks less often at what is new.

    A run makes millions of objects and lets go of them batch by batch. For every few thousand that live for a while
    Python looks through all there are, and nearly all of those are the program itself: a tenth of an import's time.
    """
    if gc.get_freeze_count():  # Another run is within it: it ends with that one.
        yield
        return
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.collect()  # Of what the run made, which is soon done; among the rest the numbers it saw would stay for long.
        gc.unfreeze()


def read_file(import_id: int) -> None:
    """Read an uploaded file and compare it with what is stored, saving nothing but what the preview shows."""
    run_claimed(import_id, Action.START_READING, work=_read)


def commit_file(import_id: int) -> None:
    """Save what the preview showed, batch by batch; goes on where a killed worker stopped."""
    run_claimed(import_id, Action.START_SAVING, work=_commit)


def _read(claim: ImportClaim) -> None:
    ImportIssue.objects.filter(source=claim.source).delete()
    claim.write(progress_done=0, progress_total=claim.source.size)
    try:
        _preview_orders(claim)
    except ColumnsUnknown as unknown:
        _ask_for_columns(claim, unknown)


def _ask_for_columns(claim: ImportClaim, unknown: ColumnsUnknown) -> None:
    """Nothing is refused yet: a person may name the columns."""
    claim.finish(
        Action.ASK_FOR_COLUMNS,
        header=list(unknown.header),
        samples={"rows": first_rows(unknown.rows)},
        assumptions=plain(unknown.how),
        questions=[],
        profile=None,
        format="",
        refusal={"code": unknown.code, "params": plain(unknown.params)},
        rows_read=0,
        progress_done=0,
    )


def _preview_orders(claim: ImportClaim) -> None:

    def report_progress(reading: Reading) -> None:
        claim.heartbeat(
            progress_done=reading.bytes_read, progress_total=reading.bytes_total, rows_read=reading.rows_read
        )

    count_what_has_grown(*_TABLES)
    reading = claim.open(report_progress)
    target = claim.target
    tally = Tally(claim.source)
    orders: list[ParsedOrder] = []

    def compare() -> None:
        with many_found_by_key():
            compared = compare_with_stored(
                orders, target=target, fields=reading.fields, erasable=reading.erasable
            )
        for result in compared.results:
            tally.add(result)
            for issue in _issues_of(result, reading):
                tally.add_issue(issue)
        orders.clear()
        report_progress(reading)

    for item in reading:
        if isinstance(item, RowIssue):
            tally.add_issue(item)
            continue
        orders.append(item)
        if len(orders) >= ORDERS_PER_BATCH:
            compare()
    if orders:
        compare()
    tally.save_issues()
    claim.finish(
        Action.FINISH_READING,
        format=reading.format.key,
        header=list(reading.header),
        profile=claim.profile,
        answers=claim.answers,
        assumptions=plain(reading.how()),
        questions=[{"code": each.code, "params": plain(each.params)} for each in reading.questions],
        samples={**tally.shown, "rows": first_rows(reading.first_rows)},
        rows_read=reading.rows_read,
        rows_accepted=reading.rows_accepted - tally.rejected_rows,
        rows_rejected=reading.rows_rejected + tally.rejected_rows,
        rows_duplicate=reading.rows_duplicate,
        issues_found=tally.issues_found,
        orders_new=tally.new,
        orders_changed=tally.changed,
        orders_unchanged=tally.unchanged,
        progress_done=reading.bytes_total,
        progress_total=reading.bytes_total,
        refusal={},
    )


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
    batches = _Batches(orders)
    # What is stored may have changed since the preview: rows that it refuses now are bad rows like any other.
    refused = Tally(source, issues_kept=source.issues.count())
    # Of these rows no order is made: however many come one after another, others would wait until they are read.
    orderless = source.rows_rejected + source.rows_duplicate
    reads_ahead = orderless <= _ROWS_BESIDE_ORDERS
    # SQLite writes in this thread: others would wait for its only lock a while longer.
    by_itself = connection.vendor == "postgresql"
    read_on = partial(batches.read_ahead, _READ_WHILE_WRITTEN) if reads_ahead and by_itself else None
    for batch in batches:
        with transaction.atomic():
            wait_for_no_disk()
            # Two imports of one team take turns, so that neither meets rows the other is writing.
            Team.objects.select_for_update(no_key=True).get(pk=source.team_id)
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
                        refused.add(result)
                        for issue in _issues_of(result, reading):
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
                check_keys(meanwhile=batches.read_ahead)
        count_what_has_grown(*_TABLES)
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


def _overrides(source: Import) -> FileOverrides:
    """The fields for which a person chose the file\'s value on the preview."""
    seen_at = source.answers.get("overrides_seen_at")
    return FileOverrides(
        frozenset(source.answers.get("override_fields", ())),
        datetime.fromisoformat(seen_at) if seen_at else None,
    )


class _Batches(Iterator[list[ParsedOrder]]):
    """The orders of a file, `ORDERS_PER_BATCH` at once."""

    def __init__(self, orders: Iterator[ParsedOrder]) -> None:
        self._orders = orders
        self._ahead: list[ParsedOrder] = []
        self._wrong: Exception | None = None

    def read_ahead(self, most: int = ORDERS_PER_BATCH) -> None:
        """Read so many orders of the next batch before it is asked for; what is wrong is told when it is."""
        if self._wrong is None:
            try:
                self._ahead += islice(self._orders, min(most, ORDERS_PER_BATCH - len(self._ahead)))
            except Exception as reason:
                self._wrong = reason

    def __next__(self) -> list[ParsedOrder]:
        self.read_ahead()
        if self._wrong is not None:
            raise self._wrong
        batch, self._ahead = self._ahead, []
        if not batch:
            raise StopIteration
        return batch


def _issues_of(result: Result, reading: Reading) -> Iterable[RowIssue]:
    if result.refusal is None:
        return
    code, value, params = result.refusal
    order = result.order
    unknown = code == "unknown_store_order"
    rows: Sequence[tuple[str, ...]]
    if isinstance(order, ParsedSupplierOrder):
        said_in, rows = "store_order" if unknown else "number", order.cells
    elif isinstance(order, ParsedLink):
        said_in, rows = "number" if unknown else "aliexpress", [order.cells]
    else:
        raise TypeError(order)  # Nothing that is stored speaks against an order of the shop's own.
    column = reading.header[reading.columns.first(said_in)]
    for line, cells in zip(order.source_lines, rows, strict=True):
        yield RowIssue(line, column, value, code, params, cells)
