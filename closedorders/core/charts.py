"""Three small drawings over plain numbers: stacked bars, a sparkline, a runway. Numbers in, SVG text out.

Colours and line widths are CSS classes (`static/css/app.css`), so both themes, print and the content security policy
are served by the same drawing. A drawing that is stretched to its box holds no words: a reader on a phone gets the same
text size as one on a wide screen, because the words around it are the page's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest

from django.utils.safestring import SafeString, mark_safe

SERIES_COLOURS = 6
"""How many series have a colour of their own (`.series-1` to `.series-6`); later ones share the last."""

_DAY_WIDTH = 20.0
_BAR_WIDTH = 14.0
_PLOT_HEIGHT = 100.0
_GAP = 0.6
"""Air between the parts of one bar, in plot units."""


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing counted: its name and one count per day, oldest first."""

    label: str
    values: Sequence[int]


def series_class(index: int) -> str:
    """The CSS class that colours the series at `index` (0-based)."""
    return f"series-{min(index, SERIES_COLOURS - 1) + 1}"


def day_totals(series: Sequence[Series]) -> list[int]:
    """What each day adds up to over all series. A series that ends early counts as nothing from there on."""
    return [sum(day) for day in zip_longest(*(one.values for one in series), fillvalue=0)]


def round_top(largest: float) -> int:
    """The end of a scale that starts at zero: the smallest 2, 4, 6, 8, 10, 20, 40 … that holds `largest`.

    Always even, so that the line halfway up is a whole number as well.
    """
    step = 1
    while True:
        for digit in (2, 4, 6, 8, 10):
            if digit * step >= largest:
                return digit * step
        step *= 10


def stacked_bars(
    *,
    days: Sequence[str],
    series: Sequence[Series],
    title: str,
    description: str,
    day_notes: Sequence[str] = (),
) -> SafeString:
    """One bar per day, stacked by series in the order given, first at the bottom.

    `days` are written-out dates, `day_notes` (same length, optional) what to show when a day is pointed at.
    Stretches to any box (`preserveAspectRatio="none"`); the scale ends at `round_top` of the largest day.
    """
    top = round_top(max(day_totals(series), default=0))
    width = max(len(days), 1) * _DAY_WIDTH
    parts = [
        f'<svg class="chart-svg" viewBox="0 0 {_figure(width)} {_figure(_PLOT_HEIGHT)}" preserveAspectRatio="none" '
        f'role="img" focusable="false"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
    ]
    for height in (0.0, _PLOT_HEIGHT / 2):
        parts.append(
            f'<line class="chart-line" x1="0" x2="{_figure(width)}" y1="{_figure(height)}" y2="{_figure(height)}"/>'
        )
    for position, day in enumerate(days):
        left = position * _DAY_WIDTH
        note = day_notes[position] if position < len(day_notes) else day
        parts.append(
            f'<g class="chart-day"><title>{escape(note)}</title>'
            f'<rect class="chart-hit" x="{_figure(left)}" y="0" '
            f'width="{_figure(_DAY_WIDTH)}" height="{_figure(_PLOT_HEIGHT)}"/>'
        )
        floor = _PLOT_HEIGHT
        for index, one in enumerate(series):
            value = one.values[position] if position < len(one.values) else 0
            if value <= 0:
                continue
            height = value / top * _PLOT_HEIGHT
            floor -= height
            parts.append(
                f'<rect class="{series_class(index)}" x="{_figure(left + (_DAY_WIDTH - _BAR_WIDTH) / 2)}" '
                f'y="{_figure(floor)}" width="{_figure(_BAR_WIDTH)}" height="{_figure(max(height - _GAP, _GAP))}"/>'
            )
        parts.append("</g>")
    parts.append(
        f'<line class="chart-base" x1="0" x2="{_figure(width)}" '
        f'y1="{_figure(_PLOT_HEIGHT)}" y2="{_figure(_PLOT_HEIGHT)}"/></svg>'
    )
    return _drawn(*parts)


def sparkline(values: Sequence[float], *, title: str) -> SafeString:
    """The course of a few numbers, 96 by 24 units, the last one dotted. Empty text for fewer than two numbers."""
    if len(values) < 2:
        return SafeString()
    low, high = min(values), max(values)
    span = (high - low) or 1
    points = [
        (2 + index * 92 / (len(values) - 1), 21 - (value - low) / span * 18 if high > low else 12.0)
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{_figure(x)},{_figure(y)}" for x, y in points)
    last_x, last_y = points[-1]
    return _drawn(
        f'<svg class="sparkline" viewBox="0 0 96 24" role="img" focusable="false"><title>{escape(title)}</title>'
        f'<polyline class="sparkline-line" points="{line}"/>'
        f'<circle class="sparkline-dot" cx="{_figure(last_x)}" cy="{_figure(last_y)}" r="2.2"/></svg>'
    )


def runway(
    *,
    used: float,
    limit: float,
    title: str,
    description: str = "",
    expected: float | None = None,
    tone: str = "",
) -> SafeString:
    """How far something has come towards its limit, and where it ends at this pace.

    `used`, `expected` and `limit` share one unit. `expected` (what it comes to by the end, at or above `used`) is drawn
    paler. The scale ends a quarter past the limit, or further when `used` or `expected` do, so that going past it is
    seen; without `expected` and within the limit it ends at the limit and is a plain meter.
    `tone` is red, amber, green or empty.
    """
    ahead = max(expected if expected is not None else used, used, 0.0)
    end = max(limit, 0.0) if expected is None and used <= limit else max(limit * 1.25, ahead)
    end = end or 1.0
    used_width = min(max(used, 0.0) / end, 1.0) * 100
    ahead_width = min(ahead / end, 1.0) * 100
    mark = limit / end * 100 if 0 < limit < end else None
    tone_class = f" runway-{tone}" if tone in {"red", "amber", "green"} else ""
    parts = [
        f'<svg class="runway{tone_class}" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" focusable="false">'
        f"<title>{escape(title)}</title>"
    ]
    if description:
        parts.append(f"<desc>{escape(description)}</desc>")
    parts.append('<rect class="runway-track" x="0" y="2" width="100" height="8"/>')
    if ahead_width > used_width:
        parts.append(
            f'<rect class="runway-ahead" x="{_figure(used_width)}" y="2" '
            f'width="{_figure(ahead_width - used_width)}" height="8"/>'
        )
    if used_width > 0:
        parts.append(f'<rect class="runway-used" x="0" y="2" width="{_figure(used_width)}" height="8"/>')
    if mark is not None:
        parts.append(f'<line class="runway-limit" x1="{_figure(mark)}" x2="{_figure(mark)}" y1="0" y2="12"/>')
    parts.append("</svg>")
    return _drawn(*parts)


def swatch(index: int) -> SafeString:
    """The little square of a legend, in the colour of the series at `index` (0-based)."""
    return _drawn(
        '<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true" focusable="false">'
        f'<rect class="{series_class(index)}" width="10" height="10" rx="2"/></svg>'
    )


def _drawn(*parts: str) -> SafeString:
    return mark_safe("".join(parts))  # noqa: S308 - above, every word given is escaped


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
