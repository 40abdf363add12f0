"""What a check found, where, and what it means, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from ..models import Document
from .findings import CARD, LINES, Place


def sentences(document: Document) -> list[str]:
    """Each leak in a sentence: what it is and where."""
    pages = document.progress_total
    return [_sentence(found, several=pages > 1) for found in document.check_result.get("found", [])]


def _sentence(found: dict[str, Any], *, several: bool) -> str:
    what = _what(found)
    where = _where(tuple(found["place"]))
    if several:
        return _("Page %(page)s, %(where)s: %(what)s") % {"page": found["page"], "where": where, "what": what}
    return _("%(where)s: %(what)s") % {"where": where[:1].upper() + where[1:], "what": what}


def _what(found: dict[str, Any]) -> str:
    if found["what"] == CARD:
        return _("a whole card number, which ends in %(end)s.") % {"end": found["end"]}
    if found["what"] == LINES:
        return _("a machine-readable line. It has the name, the number and the dates of the paper.")
    return _("%(count)s digits of a card number. Only its last four may be seen.") % {
        "count": found["digits"]
    }


def _where(place: Place) -> str:
    """In which ninth of the page its middle is."""
    x, y, width, height = place
    row = min(2, int((y + height / 2) * 3))
    column = min(2, int((x + width / 2) * 3))
    return (
        (_("at the top left"), _("at the top"), _("at the top right")),
        (_("at the left"), _("in the middle"), _("at the right")),
        (_("at the bottom left"), _("at the bottom"), _("at the bottom right")),
    )[row][column]


def why_not_checked(document: Document) -> str:
    return {
        "no_ocr": _("Text in pictures cannot be read on this server: its reader is not installed."),
        "too_long": _("The picture has so much on it that reading it took too long."),
    }.get(document.check_result.get("why_not", ""), _("The picture could not be read."))
