"""Deletes the documents of cases that were closed a while ago."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from closedorders.documents.actions import erase
from closedorders.documents.models import Document

from .models import Case, DocumentEntry, Transition

KEPT_AFTER_CLOSING = timedelta(days=30)
_AT_ONCE = 200


def erase_documents_of_closed_cases() -> int:
    """Erase documents whose last case was closed `KEPT_AFTER_CLOSING` ago; how many, `_AT_ONCE` at most.

    A document that no case ever used stays until somebody deletes it.
    """
    before = timezone.now() - KEPT_AFTER_CLOSING
    used = Case.objects.filter(documents_used=OuterRef("pk"))
    closed_long_ago = Transition.objects.standing().filter(
        case=OuterRef("pk"), after=Case.State.CLOSED, at__lte=before
    )
    still_needed = used.exclude(Exists(closed_long_ago), state=Case.State.CLOSED)
    due = Document.objects.kept().filter(Exists(used), ~Exists(still_needed)).order_by("pk")[:_AT_ONCE]
    documents = list(due.select_related("team"))
    for document in documents:
        erase(document, why=Document.Deletion.RETENTION, by=None)
    # What was typed from a paper goes with it, whoever deleted it.
    DocumentEntry.objects.exclude(document__deleted_at=None).delete()
    return len(documents)
