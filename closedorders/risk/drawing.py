"""The drawings of the risk pages: the score's ring, an account's runway, the bars of a back-test. Numbers in, SVG out.

As in `core.charts`: colours are CSS classes (`static/css/components/content/risk.css`), words stand around the drawing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from math import pi

from django.utils.safestring import SafeString, mark_safe

_HIGH = 100.0
_RADIUS = 42.0


def ring(score: int, *, title: str, tone: str) -> SafeString:
    """A score of 100 as a ring that fills clockwise from the top."""
    around = 2 * pi * _RADIUS
    filled = around * max(min(score, 100), 0) / 100
    return _drawn(
        f'<svg class="ring ring-{escape(tone)}" viewBox="0 0 100 100" role="img" focusable="false">'
        f"<title>{escape(title)}</title>"
        f'<circle class="ring-track" cx="50" cy="50" r="{_figure(_RADIUS)}"/>'
        f'<circle class="ring-score" cx="50" cy="50" r="{_figure(_RADIUS)}" transform="rotate(-90 50 50)" '
        f'stroke-dasharray="{_figure(filled)} {_figure(around)}"/></svg>'
    )


def runway_line(
    past: Sequence[float], ahead: Sequence[float], *, limit: float, warn: float, title: str, description: str
) -> SafeString:
    """Daily values so far as bars, the pace of the days to come as a line, and the two limits across."""
    top = max(limit * 1.1, *past, *ahead)
    count = len(past) + len(ahead)
    bars = _bars(past, top)
    points = " ".join(
        f"{_figure(len(past) + place + 0.5)},{_figure(_HIGH - min(value / top, 1) * _HIGH)}"
        for place, value in enumerate(ahead)
    )
    return _drawn(
        _open("chart-svg", count, title, description),
        f'<path class="risk-bars" d="{bars}"/>' if bars else "",
        f'<polyline class="risk-ahead" points="{points}"/>' if points else "",
        _across("risk-warn", count, warn / top),
        _across("risk-limit", count, limit / top),
        "</svg>",
    )


def backtest_bars(
    values: Sequence[float],
    *,
    threshold: float,
    fired: Collection[int],
    closed: Collection[int],
    title: str,
    description: str,
) -> SafeString:
    """One thin bar a day, those that reach the threshold in their own colour, with a tick each under the base; days of
    real closures as lines over the whole height. `fired` and `closed` are places in `values`.
    """
    top = max(threshold * 1.25, max(values, default=0), 1)
    quiet = [0.0 if place in fired else value for place, value in enumerate(values)]
    loud = [value if place in fired else 0.0 for place, value in enumerate(values)]
    ticks = "".join(f"M{place + 0.5} {_HIGH + 2}v6" for place in sorted(fired))
    lines = "".join(f"M{place + 0.5} 0v{_figure(_HIGH)}" for place in sorted(closed))
    return _drawn(
        _open("chart-svg", len(values), title, description),
        f'<path class="risk-closed" d="{lines}"/>' if lines else "",
        f'<path class="risk-bars" d="{_bars(quiet, top)}"/>',
        f'<path class="risk-fired" d="{_bars(loud, top)}"/>',
        f'<path class="risk-tick" d="{ticks}"/>' if ticks else "",
        _across("risk-warn", len(values), threshold / top),
        "</svg>",
    )


def _bars(values: Sequence[float], top: float) -> str:
    """One path of all bars: two years of rectangles would be a page of their own."""
    return "".join(
        f"M{_figure(place + 0.1)} {_figure(_HIGH)}v-{_figure(min(value / top, 1) * _HIGH)}h.8V{_figure(_HIGH)}z"
        for place, value in enumerate(values)
        if value > 0
    )


def _open(css: str, width: int, title: str, description: str) -> str:
    return (
        f'<svg class="{css}" viewBox="0 0 {max(width, 1)} {_figure(_HIGH + 8)}" preserveAspectRatio="none" role="img" '
        f'focusable="false"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
    )


def _across(css: str, width: int, share: float) -> str:
    height = _figure(_HIGH - share * _HIGH)
    return f'<line class="{css}" x1="0" x2="{width}" y1="{height}" y2="{height}"/>'


def _drawn(*parts: str) -> SafeString:
    return mark_safe("".join(parts))  # noqa: S308 - above, every word given is escaped


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
