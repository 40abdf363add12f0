"""Components with something inside: `{% load components %}`. Examples of each are on `/styleguide/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django import template
from django.contrib.messages.storage.base import Message
from django.template import Context
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from closedorders.core.notices import undo_seconds_of, undo_url_of

register = template.Library()

_KINDS = {"num", "fit"}


class Head(NamedTuple):
    """The head of a column: its title and, for the look, what is in it: "num", "fit" or nothing."""

    title: str | Promise
    kind: str = ""


@register.simple_block_tag(takes_context=True)
def wrap(context: Context, content: str, name: str, **inputs: object) -> SafeString:
    """`{% wrap "components/page/_dialog.html" id="x" title=_("…") %}what is inside{% endwrap %}`."""
    token = {"csrf_token": context.get("csrf_token")}
    return render_to_string(name, {**token, **inputs, "content": content})


@register.simple_tag
def heads(*words: str) -> list[Head]:
    """Heads for `_table.html`: `{% heads _("Order") "num" _("Cost") as heads %}`; a kind stands before its title."""
    found: list[Head] = []
    kind = ""
    for word in words:
        if word in _KINDS:
            kind = word
        else:
            if word:  # a column that this page leaves out has no title
                found.append(Head(word, kind))
            kind = ""
    return found


@register.filter
def undo_url(message: Message) -> str:
    """Where the thing a message tells of is taken back; "" where it cannot be."""
    return undo_url_of(message)


@register.filter
def undo_seconds(message: Message) -> int | str:
    """For how many seconds it can be taken back; "" where that has no such end."""
    return undo_seconds_of(message) or ""


@register.filter
def any_aside(tabs: Sequence[object]) -> bool:
    """Whether one of the tabs, mappings or objects, belongs behind "More views"."""

    def value(tab: object, name: str) -> object:
        return tab.get(name) if isinstance(tab, Mapping) else getattr(tab, name, None)

    return any(value(tab, "aside") and not value(tab, "active") for tab in tabs)
