"""What changed, in the reader's language: names of audited fields and words for the codes stored in them.

Each app tells its own (`name_fields`, `name_values`) when it is ready, so that no app needs to know those above it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Choices
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import AuditEvent, Role

Say = Callable[[str], str]

_FIELDS: dict[str, str | Promise] = {
    "role": _("Role"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "name": _("Name"),
    "count": _("How many"),
}
_VALUES: dict[tuple[str, str], Say] = {}
# For people of no use: what identifies a file, or other rows by their keys.
_UNSAID = {"sha256", "reasons", "customer"}


def name_fields(names: Mapping[str, str | Promise]) -> None:
    _FIELDS.update(names)


def name_values(field: str, say: Say | type[Choices], *, thing: str = "") -> None:
    """Words for the codes of `field`; of that `thing` ("cases.slot") only, where two things use one name."""
    _VALUES[thing, field] = _of_choices(say) if isinstance(say, type) else say


def _of_choices(choices: type[Choices]) -> Say:
    labels: dict[Any, Any] = dict(choices.choices)
    return lambda value: str(labels.get(value, value))


def field_name(field: str) -> str:
    return str(_FIELDS.get(field, field.replace("_", " ").capitalize()))


def changes(event: AuditEvent) -> list[str]:
    """`Name: Casa Luna → Casa Sol`, one for each field; nothing for what stayed blank."""
    lines = []
    for field in [*event.before, *(each for each in event.after if each not in event.before)]:
        old, new = event.before.get(field), event.after.get(field)
        if field in _UNSAID or (old in (None, "") and new in (None, "")):
            continue
        told = _shown(event.thing, field, new)
        if field in event.before:
            told = f"{_shown(event.thing, field, old)} → {told}"
        lines.append(f"{field_name(field)}: {told}"[:200])
    return lines


def _shown(thing: str, field: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    text = str(value)
    if say := _VALUES.get((thing, field)) or _VALUES.get(("", field)):
        return say(text)
    if len(text) >= 19 and text[4:5] == "-" and "T" in text and (moment := parse_datetime(text)):
        return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    if len(text) == 10 and text[4] == text[7] == "-":
        try:
            return date_format(date.fromisoformat(text))
        except ValueError:
            return text
    return text


name_values("role", Role)
name_values("language", lambda code: str(dict(settings.LANGUAGES).get(code, code)))
