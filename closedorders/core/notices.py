"""Words for a person's next page: a toast that can take back what was done."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

#: How long an act that stands on a person's word alone can be taken back.
UNDO_FOR = timedelta(minutes=1)
_UNDO, _UNDO_SOON = "undo ", "undo-soon "


def success_with_undo(request: HttpRequest, words: str, *, undo_url: str, for_a_minute: bool = False) -> None:
    """Say on the next page what was done, with a button that POSTs to `undo_url`.

    `for_a_minute`: the words leave when the minute is over in which it can be taken back.
    """
    messages.success(request, words, extra_tags=(_UNDO_SOON if for_a_minute else _UNDO) + undo_url)


def undo_url_of(message: Message) -> str:
    """The `undo_url` of `success_with_undo`; "" of any other message."""
    start, _space, url = (message.extra_tags or "").partition(" ")
    return url if start + " " in (_UNDO, _UNDO_SOON) else ""


def undo_seconds_of(message: Message) -> int | None:
    """For how many seconds it can be taken back; None where no minute was set."""
    return int(UNDO_FOR.total_seconds()) if (message.extra_tags or "").startswith(_UNDO_SOON) else None
