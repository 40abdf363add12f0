"""Formats single values for a page: counts, sizes, times, money and numbers, as text or as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from html import escape

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format, get_format, number_format, time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from closedorders.core.money import format_money

NOTHING = "–"
"""What stands where a value is not known."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Language and time zone a page is written in. Asking Django for them takes longer than writing most values."""

    language: str
    zone: tzinfo

    @classmethod
    def active(cls) -> Reader:
        return cls(get_language() or "", timezone.get_current_timezone())


@lru_cache(maxsize=256)
def drawn_icon(name: str, size: int) -> SafeString:
    attributes = {"class": "icon", "stroke_width": "1.5", "aria_hidden": "true", "focusable": "false"}
    return mark_safe(lucide(name, size=size, **attributes))  # noqa: S308 - drawn from the package's own files


def grouped(number: object) -> str:
    """An AliExpress order number as plain text by fours: `8201 4471 2203 5519`."""
    return " ".join(_fours(str(number)))


def write_ali_number(whole: str, language: str) -> SafeString:
    """`ali_number` for a reader of `language`, the active one."""
    if not whole:
        return format_html('<span class="quiet">{}</span>', NOTHING)
    groups = "".join(f'<span class="number-group">{escape(four)}</span>' for four in _fours(whole))
    copy, copied = _copy_words(language)
    words = escape(copy % {"number": whole})
    return mark_safe(  # noqa: S308 - every word of it is escaped
        f'<span class="number"><span class="number-digits">{groups}</span>'
        f'<button class="copy" type="button" data-copy="{escape(whole)}" data-copied="{copied}" '
        f'aria-label="{words}" title="{words}">{drawn_icon("copy", 15)}</button></span>'
    )


@lru_cache(maxsize=32)
def _copy_words(language: str) -> tuple[str, str]:
    """The button's own words, and what is said when it was pressed. `language` is the active one."""
    return _("Copy number %(number)s"), escape(_("Copied"))


def checksum(digest: str, short: int = 8) -> SafeString:
    """The beginning of a file's checksum; whole on hover, and copied whole."""
    return format_html(
        '<span class="number" title="{}"><code>{}</code>'
        '<button class="copy" type="button" data-copy="{}" data-copied="{}" aria-label="{}">{}</button></span>',
        digest,
        digest[:short],
        digest,
        _("Copied"),
        _("Copy the checksum"),
        drawn_icon("copy", 15),
    )


def _fours(whole: str) -> Sequence[str]:
    return [whole[start : start + 4] for start in range(0, len(whole), 4)]


def count(number: int | float | Decimal | None) -> str:
    """A count, thousands grouped the active language's way. A fraction keeps one decimal below 10, none above."""
    if number is None or number == "":
        return NOTHING
    return _grouped(number, get_language() or "")


@lru_cache(maxsize=4096)
def _grouped(number: int | float | Decimal, language: str) -> str:
    """`language` is the active one."""
    value = Decimal(str(number))
    places = 0 if value == value.to_integral_value() or abs(value) >= 10 else 1
    return number_format(value, decimal_pos=places, force_grouping=True)


def file_size(size: int) -> str:
    """A size in bytes, in the unit that fits: `512 MB`, `1.5 KB`. Django alone would write `512.0 MB`."""
    return filesizeformat(size).replace(
        f"{get_format('DECIMAL_SEPARATOR')}0\N{NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
    )


def quoted(words: object) -> str:
    """Words of somebody's own, in the quotation marks of the active language."""
    return _("“%(words)s”") % {"words": words}


def write_money(amount: Decimal | None, currency: str, language: str) -> SafeString:
    """`money` for a reader of `language`."""
    if amount is None:
        return format_html('<span class="money quiet">{}</span>', NOTHING)
    written = escape(format_money(amount, currency, language))
    return mark_safe(f'<span class="money">{written}</span>')  # noqa: S308 - escaped above


def duration(span: timedelta | int | float | None) -> str:
    """How long: the two largest units that matter. `6 h 20 min`, `2 d 4 h`, `45 s`. Takes a timedelta or seconds."""
    if span is None or span == "":
        return NOTHING
    seconds = int(span.total_seconds() if isinstance(span, timedelta) else span)
    minus = "−" if seconds < 0 else ""
    seconds = abs(seconds)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days >= 1:
        parts = [(days, _("d")), (hours % 24, _("h"))]
    elif hours >= 1:
        parts = [(hours, _("h")), (minutes % 60, _("min"))]
    elif minutes >= 1:
        parts = [(minutes, _("min")), (seconds % 60, _("s"))] if minutes < 10 else [(minutes, _("min"))]
    else:
        parts = [(seconds, _("s"))]
    spoken = [
        f"{number}\N{NO-BREAK SPACE}{unit}"
        for position, (number, unit) in enumerate(parts)
        if number or position == 0
    ]
    return minus + " ".join(spoken)


def write_ago(moment: datetime | None, reader: Reader, *, bare: bool = False) -> SafeString:
    """`ago` for `reader`, whose language is the active one."""
    if moment is None:
        return format_html('<span class="quiet">{}</span>', NOTHING)
    local = moment.astimezone(reader.zone) if moment.tzinfo else moment
    day = _day_words(local.date(), "DATE_FORMAT", reader.language)
    exact = f"{day}, {_time_words(local.hour, local.minute, reader.language)} {local.tzname() or ''}".strip()
    words = _seen_from_now(local, bare=bare, language=reader.language)
    written = f'{local.isoformat(timespec="seconds")}" title="{escape(exact)}">{escape(words)}'
    return mark_safe(f'<time datetime="{written}</time>')  # noqa: S308 - every word of it is escaped


@lru_cache(maxsize=2048)
def _day_words(day: date, kind: str, language: str) -> str:
    """A long list has few days: each is written once. `language` is the active one."""
    return date_format(day, kind)


@lru_cache(maxsize=4096)
def _time_words(hour: int, minute: int, language: str) -> str:
    return time_format(time(hour, minute))


def _seen_from_now(local: datetime, *, bare: bool, language: str) -> str:
    # In UTC: between two times of one zone Python counts what its clocks show, not the hour they were put back.
    now = datetime.now(UTC if local.tzinfo else None)
    seconds = int((now - local).total_seconds())
    distance = abs(seconds)
    if distance >= 14 * 86_400:
        kind = "MONTH_DAY_FORMAT" if local.year == now.astimezone(local.tzinfo).year else "DATE_FORMAT"
        return _day_words(local.date(), kind, language)
    unit = 60 if distance < 3600 else 3600 if distance < 86_400 else 86_400
    return _distance_words(distance // unit * unit, seconds > 0, bare, language)


@lru_cache(maxsize=1024)
def _distance_words(seconds: int, past: bool, bare: bool, language: str) -> str:
    """`5 h ago` of a distance in whole minutes, hours or days. `language` is the active one."""
    if not seconds:
        return _("now") if bare else _("just now")
    words = duration(seconds)
    if bare:
        return words
    return _("%(time)s ago") % {"time": words} if past else _("in %(time)s") % {"time": words}


def initials(name: object) -> str:
    """One or two capitals that stand for a person: first and last word."""
    words = [word for word in str(name).split() if word[:1].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
