"""Uploaded files of customers (of DSers with identity numbers) do not stay: each is deleted once nobody needs it.

What was read of it stays with the import: numbers, checksum, bad rows.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from closedorders.accounts.audit import record

from .models import Import

#: How long an import waits for a person: its preview tells little of today's orders by then.
WAITS_FOR = timedelta(days=30)
_AT_ONCE = 200

#: States after which nobody reads the file any more.
OVER = (Import.State.COMMITTED, Import.State.CANCELLED, Import.State.UNDONE)
_WAITING = (Import.State.PREVIEWED, Import.State.UNMAPPED, Import.State.REFUSED)


def forget_files() -> None:
    """Delete the files of imports that are over, having ended those that waited too long; so many at a time."""
    waiting = Q(state__in=_WAITING, created_at__lt=timezone.now() - WAITS_FOR)
    has_file = Import.objects.exclude(file="")
    for pk in has_file.filter(waiting).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]:
        _end(pk)
    for source in has_file.filter(state__in=OVER).order_by("pk")[:_AT_ONCE]:
        # Whoever is killed in between deletes once more, which is no error.
        source.file.delete(save=False)
        Import.objects.filter(pk=source.pk).update(file="")


@transaction.atomic
def _end(pk: int) -> None:
    source = Import.objects.select_for_update().get(pk=pk)
    if source.state not in _WAITING:
        return
    # What a refused one saved before stays counted; what a preview counted is saved no longer.
    counted = {"orders_new": 0, "orders_changed": 0, "orders_unchanged": 0}
    unsaved = {} if source.state == Import.State.REFUSED else counted
    Import.objects.filter(pk=pk).update(state=Import.State.CANCELLED, finished_at=timezone.now(), **unsaved)
    record(by=None, verb="import_cancelled", thing=source)
