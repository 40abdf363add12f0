"""An import as a row of the list: what its state is called, and what it saved."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import Import
from ..wording.names import FORMAT_NAMES

_STATE_TONES = {
    Import.State.UPLOADED: "blue",
    Import.State.READING: "blue",
    Import.State.PREVIEWED: "amber",
    Import.State.COMMITTING: "blue",
    Import.State.COMMITTED: "green",
    Import.State.UNMAPPED: "amber",
    Import.State.REFUSED: "red",
    Import.State.CANCELLED: "grey",
    Import.State.UNDOING: "blue",
    Import.State.UNDONE: "grey",
}


_COUNTED = (Import.State.PREVIEWED, Import.State.COMMITTED, Import.State.UNDOING, Import.State.UNDONE)


@dataclass(frozen=True, slots=True)
class ImportRow:
    source: Import
    tone: str
    state: str
    format: str
    counted: bool
    #: Where another person had it saved than who uploaded it.
    saved_by: str


def import_row(source: Import) -> ImportRow:
    state = source.get_state_display()
    tone = _STATE_TONES[Import.State(source.state)]
    if source.state == Import.State.PREVIEWED and not source.orders_new + source.orders_changed:
        if source.questions:
            state = _("Waits for an answer")
        elif source.rows_rejected and not source.orders_unchanged:
            tone, state = "red", _("Only bad rows")
        else:
            tone, state = "grey", _("Nothing new")
    counted = source.state in _COUNTED or partly_saved(source)
    saved_by = str(source.saved_by.user) if source.saved_by and source.saved_by != source.uploaded_by else ""
    return ImportRow(source, tone, state, str(FORMAT_NAMES.get(source.format, "")), counted, saved_by)


def partly_saved(source: Import) -> bool:
    """Whether it ended early, after some of its orders were saved."""
    return source.state in (Import.State.CANCELLED, Import.State.REFUSED) and saved_orders(source) > 0


def saved_orders(source: Import) -> int:
    return source.orders_new + source.orders_changed + source.orders_unchanged
