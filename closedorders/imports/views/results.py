"""What the page of an import shows beside its preview: progress, facts, numbers, bad rows, and what comes next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from closedorders.accounts.access import TeamRequest
from closedorders.core.health import worker_is_alive
from closedorders.core.text.formatting import checksum, count, duration, file_size
from closedorders.orders.masking import Sight
from closedorders.orders.models import SupplierOrder

from .. import states
from ..bad_rows import first_issues
from ..models import Import
from ..wording.names import FORMAT_NAMES
from .rows import import_row, saved_orders

ISSUES_SHOWN = 20
#: A worker writes its progress every half second, at least with each batch.
_QUIET_FOR = timedelta(seconds=20)

_PAUSED = {
    "reading": gettext_lazy("Reading has paused. It goes on by itself in about %(left)s."),
    "saving": gettext_lazy("Saving has paused. It goes on by itself in about %(left)s."),
    "undoing": gettext_lazy("Taking it back has paused. It goes on by itself in about %(left)s."),
}


def phase_of(source: Import) -> str:
    phases = {Import.State.COMMITTING: "saving", Import.State.UNDOING: "undoing"}
    return phases.get(Import.State(source.state), "reading")


def progress(source: Import) -> dict[str, Any]:
    phase = phase_of(source)
    seconds = (timezone.now() - source.started_at).total_seconds() if source.started_at else 0.0
    waiting, left = "", _goes_on_in(source)
    if source.state == Import.State.UPLOADED or source.claimed_until is None:
        waiting = _("Waiting to start")
        if not worker_is_alive():
            waiting = _(
                "The site is not working on files right now. Yours is safe and goes on by itself "
                "later: tell whoever runs this site"
            )
    if phase in ("saving", "undoing"):
        label = _("Saving orders") if phase == "saving" else _("Taking the import back")
        done, total = source.progress_done, source.progress_total
    else:
        # Bytes would be numbers nobody can read; rows to come are not known before the end.
        label = _("Reading the file, kB")
        done, total = source.progress_done // 1024, max(1, source.progress_total // 1024)
        if source.rows_read and not waiting:
            waiting = ngettext("%(rows)s row so far", "%(rows)s rows so far", source.rows_read) % {
                "rows": count(source.rows_read)
            }
    if left is not None:
        waiting = _PAUSED[phase] % {"left": duration(left)}
    # A resumed run started later than its count: no rate is better than a wrong one.
    rate = done / seconds if done and seconds > 1 and source.attempts <= 1 and left is None else 0.0
    poll = reverse("imports:import_progress", args=[source.team.slug, source.pk])
    return {
        "label": label,
        "done": done,
        "total": total,
        "rate": rate,
        "seconds_left": int((total - done) / rate) if rate and total > done else 0,
        "waiting": waiting,
        "poll_url": f"{poll}?{urlencode({'state': phase})}",
    }


def _goes_on_in(source: Import) -> timedelta | None:
    """How long until another worker may take the import, where the one that has it is silent or has put it off."""
    if source.claimed_until is None:
        return None
    left = source.claimed_until - timezone.now()
    if left > timedelta(seconds=settings.IMPORT_LEASE_SECONDS) - _QUIET_FOR:
        return None
    return max(left, timedelta(seconds=1))


def _what_of_the_file(source: Import) -> str:
    if "rows_deleted" in source.samples:
        return _("Deleted, and so are the copies of its rows. Its numbers and the reasons are kept.")
    if not source.file:
        return _("Deleted. Its numbers are kept, and its bad rows for 30 days after the upload.")
    if source.state in states.OVER:
        return _(
            "It is deleted within the hour. Its numbers stay, its bad rows for 30 days after the upload."
        )
    return _(
        "Kept until this import is over, for 30 days at most, and so are its bad rows. Its numbers stay."
    )


def facts(source: Import) -> list[dict[str, Any]]:
    row = import_row(source)
    facts: list[dict[str, Any]] = [
        {"label": _("Store"), "value": source.store},
        {
            "label": _("Uploaded"),
            "value": date_format(timezone.localtime(source.created_at), "DATETIME_FORMAT"),
        },
        {"label": _("By"), "value": source.uploaded_by.user},
        *([{"label": _("Saved by"), "value": row.saved_by}] if row.saved_by else []),
        {
            "label": _("File"),
            "value": file_size(source.size),
            "note": _what_of_the_file(source),
        },
        {"label": _("Checksum"), "value": checksum(source.sha256)},
    ]
    if row.counted:
        facts.append(
            {
                "label": _("Rows read"),
                "value": count(source.rows_read),
                "note": ngettext(
                    "%(number)s of them counted once: the same row came before.",
                    "%(number)s of them counted once: the same rows came before.",
                    source.rows_duplicate,
                )
                % {"number": count(source.rows_duplicate)}
                if source.rows_duplicate
                else "",
            }
        )
    if source.finished_at:
        finished = date_format(timezone.localtime(source.finished_at), "DATETIME_FORMAT")
        facts.append({"label": _("Finished"), "value": finished})
        # A run that tried to take it back began later.
        if (
            source.state == Import.State.COMMITTED
            and source.started_at
            and source.started_at <= source.finished_at
        ):
            facts.append(
                {"label": _("Saving took"), "value": duration(source.finished_at - source.started_at)}
            )
    if source.undone_at and source.undone_by:
        facts.append(
            {
                "label": _("Taken back"),
                "value": date_format(timezone.localtime(source.undone_at), "DATETIME_FORMAT"),
                "note": str(source.undone_by.user),
            }
        )
    if source.buyer_account:
        facts.insert(1, {"label": _("AliExpress account"), "value": source.buyer_account})
    if source.format:
        facts.insert(0, {"label": _("Kind of file"), "value": FORMAT_NAMES.get(source.format, source.format)})
    return facts


def numbers(source: Import, request: TeamRequest, sight: Sight) -> dict[str, Any]:
    rows_deleted = "rows_deleted" in source.samples
    return {
        "figures": [
            {"label": _("New"), "value": count(source.orders_new)},
            {"label": _("Changed"), "value": count(source.orders_changed)},
            {"label": _("Unchanged"), "value": count(source.orders_unchanged)},
            {
                "label": _("Bad rows"),
                "value": count(source.rows_rejected),
                "tone": "red" if source.rows_rejected else "",
                "note": ngettext("of %(rows)s row", "of %(rows)s rows", source.rows_read)
                % {"rows": count(source.rows_read)},
            },
        ],
        "issues": first_issues(source, sight, ISSUES_SHOWN),
        "rows_deleted": rows_deleted,
        "download": _download(source) if source.issues_found > ISSUES_SHOWN and not rows_deleted else "",
        "bad_rows_url": reverse("imports:bad_rows", args=[request.team.slug, source.pk]),
    }


def _download(source: Import) -> str:
    """How many bad rows are in the file of them: one may have several mistakes, and not all are kept."""
    kept = source.issues.values("line").distinct().count()
    words = {"kept": count(kept), "all": count(source.rows_rejected)}
    if kept < source.rows_rejected:
        return _("The download has the first %(kept)s of %(all)s bad rows.") % words
    return _("The download has all %(all)s bad rows.") % words


def what_is_safe(source: Import) -> str:
    if saved_orders(source):
        return _("What was saved before it stopped stays saved. Importing the file again adds nothing twice.")
    return _("Nothing of this file was saved. Your orders are as they were.")


def orders_url(source: Import) -> str:
    """Where what it brought is listed: AliExpress orders without a store order have a list of their own."""
    url = reverse("orders:orders", args=[source.team.slug])
    brought = SupplierOrder.objects.for_team(source.team).filter(came_with=source)
    return f"{url}?view=unmatched" if brought.unmatched().exists() else url
