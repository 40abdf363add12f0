"""Uploaded files of customers (of DSers with identity numbers) do not stay: each is deleted once nobody needs it.

The rows of its preview go with it. Its bad rows stay for 30 days after the upload, so that they can be downloaded and
corrected. The import's numbers stay, its checksum, and where and why rows were bad.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from closedorders.accounts.audit import record

from . import states
from .models import Import, ImportIssue
from .states import Action

log = logging.getLogger(__name__)

#: How long an import waits for a person: its preview says little of today's orders by then. So do its bad rows.
WAITS_FOR = timedelta(days=30)
_AT_ONCE = 2_000
_ISSUES_AT_ONCE = 500
#: Of bad rows in one run; the next run goes on.
_MOST_ISSUES = 50_000
#: What of `Import.samples` is not about single rows. `preview_deleted` says that the rest is gone, `rows_deleted` that
#: the cells of bad rows are gone, too.
_COUNTS = (
    "kept_by_user_counts",
    "kept_by_user_digest",
    "linked_to_another_order_count",
    "refused_rows",
    "rounded_numbers",
    "lost_letters",
)


def forget_files() -> None:
    """Delete the files of imports that are over, having cancelled those that waited too long; so many at a time.

    A refused one keeps its reason, and can no longer be read in another way.
    """
    has_file = Import.objects.exclude(file="").order_by("pk")
    old = Q(created_at__lt=timezone.now() - WAITS_FOR)
    for pk in has_file.filter(old, state__in=states.before(Action.EXPIRE)).values_list("pk", flat=True)[
        :_AT_ONCE
    ]:
        _cancel(pk)
    over = Q(state__in=states.OVER) | Q(old, state=Import.State.REFUSED)
    for source in has_file.filter(over).only("file")[:_AT_ONCE]:
        try:
            # Whoever is killed after this deletes once more, which is no error.
            source.file.delete(save=False)
        except OSError:
            log.exception("The file of import %s could not be deleted", source.pk)
            continue
        Import.objects.filter(pk=source.pk).update(file="")
    gone = Import.objects.filter(file="", state__in=[*states.OVER, Import.State.REFUSED]).order_by("pk")
    _delete_previews(gone)
    _delete_bad_rows(gone.filter(old))


def _delete_previews(gone: QuerySet[Import]) -> None:
    """Delete the rows that the previews of these imports showed; so many at a time."""
    for source in gone.exclude(samples__has_key="preview_deleted").only("samples")[:_AT_ONCE]:
        counts = {name: source.samples[name] for name in _COUNTS if name in source.samples}
        Import.objects.filter(pk=source.pk).update(samples={**counts, "preview_deleted": True})


def _delete_bad_rows(gone: QuerySet[Import]) -> None:
    """Delete the cells of the bad rows of these imports; so many at a time.

    An import is marked last: whoever is killed before goes on with it the next time.
    """
    left = _MOST_ISSUES
    for source in gone.exclude(samples__has_key="rows_deleted").only("samples")[:_AT_ONCE]:
        with_cells = source.issues.exclude(value="", cells=[], order_rows=[]).order_by("pk")
        while pks := list(with_cells.values_list("pk", flat=True)[:_ISSUES_AT_ONCE]):
            if left <= 0:
                return
            ImportIssue.objects.filter(pk__in=pks).update(value="", cells=[], order_rows=[])
            left -= len(pks)
        Import.objects.filter(pk=source.pk).update(samples={**source.samples, "rows_deleted": True})


@transaction.atomic
def _cancel(pk: int) -> None:
    waiting = Import.objects.filter(pk=pk, state__in=states.before(Action.EXPIRE))
    source = waiting.select_for_update().first()
    if source is None:
        return
    Import.objects.filter(pk=pk).update(
        state=states.after(Action.EXPIRE),
        finished_at=timezone.now(),
        # What the preview counted is saved no longer.
        orders_new=0,
        orders_changed=0,
        orders_unchanged=0,
    )
    record(by=None, verb="import_cancelled", thing=source)
