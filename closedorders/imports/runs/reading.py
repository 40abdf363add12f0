"""The run that reads an import's file for the preview, and saves nothing but what the preview shows."""

from __future__ import annotations

from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.reader import ColumnsUnknown, Reading
from closedorders.orderfiles.records import ParsedOrder
from closedorders.orderfiles.tables.base import FileRefused

from ..merge import compare_with_stored
from ..merge.bulk_insert import count_what_has_grown, many_found_by_key
from ..models import ImportIssue
from ..preview import Tally, first_rows, plain
from ..states import Action
from . import batches
from .batches import issues_of
from .claims import ImportClaim, run_claimed


def read_file(import_id: int) -> None:
    """Read an uploaded file and compare it with what is stored, saving nothing but what the preview shows."""
    run_claimed(import_id, Action.START_READING, work=_read)


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

    count_what_has_grown(*batches.TABLES)
    reading = claim.open(report_progress)
    target = claim.target
    tally = Tally(claim.source)
    orders: list[ParsedOrder] = []

    def compare() -> None:
        with many_found_by_key():
            compared = compare_with_stored(
                orders, target=target, fields=reading.fields, erasable=reading.erasable
            )
        tally.add(compared.results)
        for result in compared.results:
            for issue in issues_of(result, reading):
                tally.add_issue(issue)
        orders.clear()
        report_progress(reading)

    for item in reading:
        if isinstance(item, RowIssue):
            tally.add_issue(item)
            continue
        orders.append(item)
        if len(orders) >= batches.ORDERS_PER_BATCH:
            compare()
    if orders:
        compare()
    if tally.is_of_another_shop and not claim.answers.get("store_is_right"):
        raise FileRefused(
            "other_store",
            number=tally.first_of_another_shop,
            numbers=tally.of_another_shop,
            store=str(target.store),
        )
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
