"""Words for a person's next page: a toast that can take back what was done."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

_UNDO = "undo "


def success_with_undo(request: HttpRequest, words: str, *, undo_url: str) -> None:
    """Say on the next page what was done, with a button that POSTs to `undo_url`."""
    messages.success(request, words, extra_tags=_UNDO + undo_url)


def undo_url_of(message: Message) -> str:
    """The `undo_url` of `success_with_undo`; "" of any other message."""
    tags = message.extra_tags or ""
    return tags.removeprefix(_UNDO) if tags.startswith(_UNDO) else ""
