"""How far a check is, as pages show it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.core.health import worker_is_alive

from ..models import Document

STATE_TONES = {
    Document.State.WAITING: "blue",
    Document.State.CHECKING: "blue",
    Document.State.CLEAN: "green",
    Document.State.LEAK: "red",
    Document.State.UNCHECKED: "amber",
    Document.State.CONFIRMED: "green",
}


def progress_of(document: Document) -> dict[str, Any]:
    """What the progress bar is given: pages read, and what is waited for."""
    return {
        "label": _("Looking for what can still be read"),
        "done": document.progress_done,
        "total": document.progress_total,
        "waiting": waiting_words(is_claimed=document.claimed_until is not None),
        "poll_url": reverse("documents:check", args=[document.team.slug, document.pk]),
    }


def waiting_words(*, is_claimed: bool) -> str:
    if is_claimed:
        return ""
    if worker_is_alive():
        return _("Waiting for a worker to take it")
    return _("No worker answers. Nothing is lost: it goes on by itself once one runs")
