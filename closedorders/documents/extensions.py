"""What upper apps register about documents: whether one is still needed where it is used."""

from __future__ import annotations

from collections.abc import Callable

from .models import Document

#: Why a document may not be deleted by hand now, as a sentence; "" where the app does not need it.
WhyNeeded = Callable[[Document], str]

_ASKED: dict[str, WhyNeeded] = {}


def register(app: str, why_needed: WhyNeeded) -> None:
    _ASKED[app] = why_needed


def why_needed(document: Document) -> str:
    """The first app's sentence, or ""."""
    return next((words for ask in _ASKED.values() if (words := ask(document))), "")
