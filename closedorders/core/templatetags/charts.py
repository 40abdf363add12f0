"""Charts as template tags: `{% load charts %}`. `core/charts.py` draws; here are words, dates and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from closedorders.core import charts

register = template.Library()

SeriesGiven = charts.Series | Mapping[str, object] | tuple[str, Sequence[int]]
Number = int | float | Decimal


@register.simple_tag
def bars_by_day(
    days: Sequence[date], series: Sequence[SeriesGiven], title: str, empty: str = ""
) -> SafeString:
    """Stacked bars with legend, scale, and the numbers as a table behind.

    `days` oldest first; `series` as `charts.Series`, `{"label", "values"}` or `(label, values)`, one value per day.
    `empty` is the sentence shown instead when every number is zero. Series without any count are left out.
    """
    kinds = ((kind.label, tuple(kind.values)) for kind in map(_as_series, series) if any(kind.values))
    return _drawn_bars(tuple(days), tuple(kinds), str(title), str(empty), get_language())


@lru_cache(maxsize=64)
def _drawn_bars(
    days: tuple[date, ...],
    series: tuple[tuple[str, tuple[int, ...]], ...],
    title: str,
    empty: str,
    _language: str | None,
) -> SafeString:
    """The same numbers in the same language are drawn once: with its table a chart is a third of its page."""
    kinds = [charts.Series(label, values) for label, values in series]
    totals = charts.day_totals(kinds)
    written = [date_format(day, "MONTH_DAY_FORMAT") for day in days]
    notes = [_day_note(day, position, kinds) for position, day in enumerate(written)]
    top = charts.round_top(max(totals, default=0))
    description = ""
    if kinds:
        peak = max(range(len(totals)), key=totals.__getitem__)
        description = _("%(total)s in all from %(first)s to %(last)s; most on %(peak)s: %(most)s.") % {
            "total": number_format(sum(totals), force_grouping=True),
            "first": written[0],
            "last": written[-1],
            "peak": written[peak],
            "most": number_format(totals[peak], force_grouping=True),
        }
    drawing = charts.stacked_bars(
        days=written, series=kinds, title=title, description=description, day_notes=notes
    )
    context: dict[str, object] = {
        "title": title,
        "empty": empty or _("Nothing in these days."),
        "description": description,
        "drawing": drawing if kinds else "",
        "top": top,
        "half": top // 2,
        "ends": [date_format(day, "MONTH_DAY_FORMAT") for day in _ends(days)],
        "legend": [
            {"label": kind.label, "swatch": charts.swatch(index), "total": sum(kind.values)}
            for index, kind in enumerate(kinds)
        ],
        "labels": [kind.label for kind in kinds],
        "table": [
            {"day": day, "values": [_value(kind, position) for kind in kinds], "total": totals[position]}
            for position, day in reversed(list(enumerate(written)))
            if kinds and totals[position]
        ],
    }
    return render_to_string("components/data/_chart_bars.html", context)


@register.simple_tag
def sparkline(values: Sequence[Number], title: str) -> SafeString:
    """The course of a few numbers, oldest first, beside a word that says which."""
    return charts.sparkline([float(value) for value in values], title=title)


@register.simple_tag
def meter(value: Number, limit: Number, title: str, tone: str = "") -> SafeString:
    """How full something is: `value` of `limit`. Tone: red, amber, green or empty."""
    return charts.runway(used=float(value), limit=float(limit), title=title, tone=tone)


@register.simple_tag
def runway(
    used: Number, expected: Number, limit: Number, title: str, tone: str = "", description: str = ""
) -> SafeString:
    """How far something has come towards its limit and where it ends at this pace, all in one unit."""
    return charts.runway(
        used=float(used),
        expected=float(expected),
        limit=float(limit),
        title=title,
        description=description,
        tone=tone,
    )


def _as_series(given: SeriesGiven) -> charts.Series:
    if isinstance(given, charts.Series):
        return given
    if isinstance(given, Mapping):
        values = given["values"]
        if not isinstance(values, Sequence):
            raise TypeError(f"The values of {given['label']!r} are no sequence of numbers")
        return charts.Series(label=str(given["label"]), values=values)
    label, counts = given
    return charts.Series(label=str(label), values=counts)


def _value(kind: charts.Series, position: int) -> int:
    return kind.values[position] if position < len(kind.values) else 0


def _day_note(day: str, position: int, kinds: Sequence[charts.Series]) -> str:
    counts = [(kind.label, _value(kind, position)) for kind in kinds]
    there = ", ".join(
        f"{label} {number_format(count, force_grouping=True)}" for label, count in counts if count
    )
    total = number_format(sum(count for _label, count in counts), force_grouping=True)
    return f"{day}: {total} ({there})" if there else f"{day}: 0"


def _ends(days: Sequence[date]) -> list[date]:
    """The days worth naming under a narrow chart: first, middle, last."""
    if len(days) < 3:
        return list(days)
    return [days[0], days[len(days) // 2], days[-1]]
