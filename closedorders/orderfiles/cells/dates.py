"""Dates and times, and which order of day and month a file writes them in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from .base import BadValue, clean_text

EARLIEST_YEAR = 2005  #: Neither Shopify nor AliExpress took an order before.


class AmbiguousDate(BadValue):
    """03/04/2025 in a file whose order of day and month is not known yet."""

    def __init__(self) -> None:
        super().__init__("ambiguous_date")


@dataclass(frozen=True, slots=True)
class DateRules:
    """How to read dates. `zone` is the team's: a date without an offset is local there. `date_order`: dmy, mdy, ""."""

    zone: tzinfo
    latest: datetime
    date_order: str = ""


def date_rules(*, zone: tzinfo, date_order: str = "", now: datetime | None = None) -> DateRules:
    """Two days of grace after now: clocks and zones differ, and orders from the future do not exist."""
    return DateRules(zone=zone, latest=(now or datetime.now(UTC)) + timedelta(days=2), date_order=date_order)


_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?", re.ASCII)
_ISO_PARTS = re.compile(r"(.{10,26}?)\s?(Z|UTC|[+-]\d\d:?\d\d)?", re.ASCII)
#: Without a time of day an offset means nothing, and is passed over.
_OFFSET = re.compile(r":\d\d(?:\.\d{1,6})?\s?(?:Z|UTC|[+-]\d\d:?\d\d)\s*\Z", re.ASCII)
_NUMERIC = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|(?<=[/.])\d\d)(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*([AaPp]\.?\s?[Mm]\.?)?)?",
    re.ASCII,
)
_YEAR_FIRST = re.compile(
    r"(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?", re.ASCII
)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_WORDED = re.compile(
    r"(?:([^\W\d_]{3,12})\.?\s+(\d{1,2})|(\d{1,2})\.?\s+(?:de\s+)?([^\W\d_]{3,12})\.?)"
    r"(?:,?\s+|,\s*|\s+de\s+)(\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*([AaPp]\.?\s?[Mm]\.?)?)?"
)
#: Month names of the AliExpress pages seen so far (en, es, pt), by their first three letters where those are unique.
_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "jan ene", "feb fev", "mar", "apr abr", "may mai", "jun", "jul", "aug ago", "sep set", "oct out",
            "nov", "dec dic dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


def is_date_only(text: str) -> bool:
    """Whether a date cell has no time of day."""
    return ":" not in text


def has_offset(text: str) -> bool:
    """Whether a date cell says by itself in which time zone it is; the dash of 11-02-2026 does not."""
    return _OFFSET.search(text) is not None


def parse_datetime(text: str, rules: DateRules) -> datetime:
    """A moment in UTC. A date alone is the start of that day, and a time without an offset is local, in `rules.zone`.

    Reads Shopify's `2025-10-07 09:50:26 +0200`, ISO 8601, a spreadsheet's `31/12/2023 22:36`, `31.12.23` and
    `2023-12-31 9:50`, and the worded dates of AliExpress pages (`Feb 21, 2026`, `24 nov, 2023`).
    Raises `AmbiguousDate` for 03/04/2025 unless the rules tell.
    """
    if len(text) == 25 and text[19] == " " and text[:2] == "20":
        try:
            moment = datetime.fromisoformat(text[:19] + text[20:])
        except ValueError:
            pass  # The slow way tells a day that does not exist from text that is no date.
        else:
            moment = moment.astimezone(UTC)
            if moment.year >= EARLIEST_YEAR and moment <= rules.latest:
                return moment
            raise _out_of_range(rules)
    text = clean_text(text)
    moment = _parse_any(text, rules)
    if moment.tzinfo is None:
        if not 1 < moment.year < 9999:
            raise _out_of_range(rules)
        moment = moment.replace(tzinfo=rules.zone)
    elif not 1 < moment.year < 9999:
        raise _out_of_range(rules)
    return _in_range(moment.astimezone(UTC), rules)


def date_order_of(text: str) -> str:
    """dmy or mdy where this cell alone decides it, "both" where it reads either way, "" where it says nothing."""
    match = _NUMERIC.fullmatch(clean_text(text))
    if match is None or match[2] == ".":
        return ""
    first, second = int(match[1]), int(match[3])
    if first > 12:
        return "dmy" if second <= 12 else ""
    if second > 12:
        return "mdy"
    return "both" if first != second else ""


def _parse_any(text: str, rules: DateRules) -> datetime:
    if not text:
        raise BadValue("missing_value")
    if not text.isascii() and any(each.isdigit() and not each.isascii() for each in text):
        raise BadValue("invalid_date")
    if text[:4].isdigit() and text[4:5] == "-":
        parts = _ISO_PARTS.fullmatch(text)
        if parts is not None and _ISO.fullmatch(parts[1]):
            offset = parts[2] or ""
            offset = "+00:00" if offset in ("Z", "UTC") else offset
            try:
                return datetime.fromisoformat(parts[1] + (offset if ":" in parts[1] else ""))
            except ValueError:
                raise BadValue("no_such_day") from None
        # Else as a spreadsheet writes it: `2026-03-01 9:50`.
    if match := _NUMERIC.fullmatch(text):
        day, month = _day_and_month(match, text, rules)
        year = match[4] if len(match[4]) == 4 else f"20{match[4]}"
        return _moment(year, month, day, match[5], match[6], match[7], match[8])
    if match := _YEAR_FIRST.fullmatch(text):
        return _moment(match[1], int(match[3]), int(match[4]), match[5], match[6], match[7], None)
    if match := _WORDED.fullmatch(text):
        number = _MONTHS.get((match[1] or match[4])[:3].lower())
        if number is None:
            raise BadValue("invalid_date")
        return _moment(match[5], number, int(match[2] or match[3]), match[6], match[7], match[8], match[9])
    raise BadValue("excel_serial_date" if _SERIAL.fullmatch(text) else "invalid_date")


def _day_and_month(match: re.Match[str], text: str, rules: DateRules) -> tuple[int, int]:
    first, second = int(match[1]), int(match[3])
    if match[2] == ".":  # Only day-first countries write dots.
        return first, second
    told = date_order_of(text)
    if told == "both":
        if not rules.date_order:
            raise AmbiguousDate
        told = rules.date_order
    elif told and rules.date_order and told != rules.date_order:
        raise BadValue("date_order_conflict", date_order=rules.date_order)
    return (second, first) if told == "mdy" else (first, second)


def _moment(
    year: str,
    month: int,
    day: int,
    hour: str | None,
    minute: str | None,
    second: str | None,
    half: str | None,
) -> datetime:
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise BadValue("invalid_date")
        hours = hours % 12 + (12 if half[0] in "Pp" else 0)
    try:
        return datetime(int(year), month, day, hours, int(minute or 0), int(second or 0))  # noqa: DTZ001 - zone follows
    except ValueError:
        raise BadValue("no_such_day") from None


def _in_range(moment: datetime, rules: DateRules) -> datetime:
    if moment.year < EARLIEST_YEAR or moment > rules.latest:
        raise _out_of_range(rules)
    return moment


def _out_of_range(rules: DateRules) -> BadValue:
    return BadValue(
        "date_out_of_range", earliest=f"{EARLIEST_YEAR}-01-01", latest=rules.latest.date().isoformat()
    )
