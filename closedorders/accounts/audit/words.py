"""What changed, in the reader's language: names of audited fields and words for the codes stored in them.

Each app registers its own (`name_fields`, `name_values`) when it is ready, so that no app needs to know those above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Choices, Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..models import AuditEvent, Membership, Role, Team

Wording = Callable[[str], str]

_FIELDS: dict[str, str | Promise] = {
    "role": _("Role"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "name": _("Name"),
    "count": _("How many"),
    "exchange_rate": _("Worth"),
    "rate_stated_on": _("Day of the rate"),
    "rate_source": _("Source"),
}
#: Kind of thing -> its model, and what its words need.
_THINGS: dict[str, tuple[type[Model], tuple[str, ...]]] = {}
_VALUES: dict[tuple[str, str], Wording] = {}
#: Field -> the words for codes that each team makes itself, by code.
_OF_TEAM: dict[str, Callable[[Team], Mapping[str, str]]] = {}
#: Longer values are cut: enough for a list of tags, and the trail stays a list.
_MOST_CHARACTERS = 200
# Of no use for people: what identifies a file, or other rows by their keys.
_HIDDEN = {("", "sha256"), ("", "customer")}


def name_fields(names: Mapping[str, str | Promise]) -> None:
    _FIELDS.update(names)


def name_values(field: str, wording: Wording | type[Choices], *, thing: str = "") -> None:
    """Words for the codes of `field`; of that `thing` ("cases.slot") only, where two things use one name."""
    _VALUES[thing, field] = _of_choices(wording) if isinstance(wording, type) else wording


def name_team_values(field: str, words: Callable[[Team], Mapping[str, str]]) -> None:
    """As `name_values`, for codes that each team makes itself: `words(team)` is read once for a page."""
    _OF_TEAM[field] = words


def hide_field(field: str, *, thing: str) -> None:
    """Do not show this field in the audit page."""
    _HIDDEN.add((thing, field))


def name_things(model: type[Model], *related: str) -> None:
    """Write things of this kind in the reader's language; `related` is what their `__str__` reads.

    For kinds whose words are translated: the label of an event is in the language of whoever caused it.
    """
    _THINGS[model._meta.label_lower] = (model, related)


def relabel(events: Iterable[AuditEvent]) -> None:
    """Put each event's label in the reader's language, where its kind is named so. One query a kind."""
    by_kind: dict[str, list[AuditEvent]] = {}
    for event in events:
        if event.thing in _THINGS and event.thing_id is not None:
            by_kind.setdefault(event.thing, []).append(event)
    for kind, found in by_kind.items():
        model, related = _THINGS[kind]
        things = model._default_manager.select_related(*related).in_bulk({event.thing_id for event in found})
        for event in found:
            if thing := things.get(event.thing_id):
                event.label = str(thing)


class TeamWords:
    """A team's own words for its codes, read when the first event of a page needs them and cached for the others."""

    def __init__(self, team: Team) -> None:
        self._team = team
        # By who reads them: several fields may have the same words.
        self._read: dict[Callable[[Team], Mapping[str, str]], Mapping[str, str]] = {}

    def word_for(self, field: str, code: str) -> str | None:
        """None for a code that the team has no words for."""
        words = _OF_TEAM.get(field)
        if words is None:
            return None
        if words not in self._read:
            self._read[words] = words(self._team)
        return self._read[words].get(code)


def _of_choices(choices: type[Choices]) -> Wording:
    labels: dict[Any, Any] = dict(choices.choices)
    return lambda value: str(labels.get(value, value))


def field_name(field: str) -> str:
    return str(_FIELDS.get(field, field.replace("_", " ").capitalize()))


def changes(event: AuditEvent, own: TeamWords | None = None) -> list[str]:
    """`Name: Casa Luna → Casa Sol`, one for each field; nothing for what stayed blank.

    `own` is of the event's team; without it the team's own codes stay codes.
    """
    lines = []
    for field in [*event.before, *(each for each in event.after if each not in event.before)]:
        old, new = event.before.get(field), event.after.get(field)
        if ("", field) in _HIDDEN or (event.thing, field) in _HIDDEN:
            continue
        if old in (None, "") and new in (None, ""):
            continue
        line = _cut(_shown(event.thing, field, new, own))
        if field in event.before:
            # Each side by itself: a long old value must not push the new one out.
            line = f"{_cut(_shown(event.thing, field, old, own))} → {line}"
        lines.append(f"{field_name(field)}: {line}")
    return lines


def _cut(words: str) -> str:
    return words if len(words) <= _MOST_CHARACTERS else f"{words[: _MOST_CHARACTERS - 1]}…"


def _shown(thing: str, field: str, value: Any, own: TeamWords | None) -> str:
    if value in (None, ""):
        return "–"
    text = str(value)
    if wording := _VALUES.get((thing, field)):
        return wording(text)
    if own and (words := own.word_for(field, text)) is not None:
        return words
    if wording := _VALUES.get(("", field)):
        return wording(text)
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
name_things(Membership, "user")
