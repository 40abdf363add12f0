from __future__ import annotations

from xml.etree import ElementTree

import pytest

from closedorders.core.charts import (
    Series,
    day_totals,
    round_top,
    runway,
    series_class,
    sparkline,
    stacked_bars,
)

DAYS = ["21 November", "22 November", "23 November"]


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


def bars(svg: str, name: str) -> list[ElementTree.Element]:
    return [rect for rect in parsed(svg).iter("rect") if rect.get("class") == name]


def test_a_bar_is_as_tall_as_its_share_of_the_scale() -> None:
    svg = stacked_bars(days=DAYS, series=[Series("Card", [0, 10, 20])], title="Closures", description="")
    heights = [float(bar.attrib["height"]) for bar in bars(svg, "series-1")]
    assert heights == pytest.approx([49.4, 99.4])


def test_later_series_stand_on_earlier_ones() -> None:
    svg = stacked_bars(
        days=["1 May"],
        series=[Series("Risk control", [6]), Series("Card", [4])],
        title="Closures",
        description="",
    )
    (lower,) = bars(svg, "series-1")
    (upper,) = bars(svg, "series-2")
    assert float(upper.attrib["y"]) == 0
    assert float(lower.attrib["y"]) == 40
    assert float(upper.attrib["y"]) + float(upper.attrib["height"]) < float(lower.attrib["y"])


def test_a_day_without_closures_draws_no_bar_but_can_still_be_pointed_at() -> None:
    svg = stacked_bars(days=DAYS, series=[Series("Card", [0, 0, 3])], title="Closures", description="")
    assert len(bars(svg, "series-1")) == 1
    assert len(bars(svg, "chart-hit")) == 3


def test_a_series_that_ends_early_counts_as_nothing_from_there_on() -> None:
    series = [Series("Card", [1]), Series("Other", [1, 2, 3])]
    assert day_totals(series) == [2, 2, 3]
    assert len(bars(stacked_bars(days=DAYS, series=series, title="t", description=""), "series-1")) == 1


def test_words_of_others_cannot_become_markup() -> None:
    evil = '<script>alert("x")</script>'
    for svg in (
        stacked_bars(days=[evil], series=[Series(evil, [1])], title=evil, description=evil, day_notes=[evil]),
        sparkline([1, 2], title=evil),
        runway(used=1, limit=2, title=evil, description=evil, tone=evil),
    ):
        assert "<script" not in svg
        assert parsed(svg).findtext("title") == evil


def test_drawings_carry_no_style_for_the_content_policy_to_refuse() -> None:
    drawings = [
        stacked_bars(days=DAYS, series=[Series("Card", [1, 2, 3])], title="t", description="d"),
        sparkline([3, 1, 2], title="t"),
        runway(used=9310, expected=11200, limit=10000, title="t", tone="red"),
    ]
    for svg in drawings:
        assert all("style" not in node.attrib for node in parsed(svg).iter())
        assert parsed(svg).get("role") == "img"
        assert parsed(svg).findtext("title")


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0, 2), (1, 2), (2, 2), (3, 4), (7, 8), (9, 10), (11, 20), (38, 40), (41, 60), (2417, 4000)],
)
def test_a_scale_ends_at_a_round_even_number(largest: int, top: int) -> None:
    assert round_top(largest) == top


def test_a_chart_without_days_is_still_a_drawing() -> None:
    assert (
        parsed(stacked_bars(days=[], series=[], title="Nothing", description="")).findtext("title")
        == "Nothing"
    )


def test_more_kinds_than_colours_share_the_last_colour() -> None:
    assert [series_class(index) for index in (0, 5, 9)] == ["series-1", "series-6", "series-6"]


def test_a_sparkline_rises_to_the_top_for_its_largest_number() -> None:
    line = parsed(sparkline([0, 10, 5], title="t")).find("polyline")
    assert line is not None
    assert line.attrib["points"] == "2,21 48,3 94,12"


def test_a_sparkline_of_equal_numbers_is_level_and_of_one_number_is_nothing() -> None:
    line = parsed(sparkline([4, 4], title="t")).find("polyline")
    assert line is not None
    assert line.attrib["points"] == "2,12 94,12"
    assert sparkline([4], title="t") == ""


def test_a_runway_shows_where_the_pace_leads_beyond_the_limit() -> None:
    svg = parsed(runway(used=50, expected=110, limit=100, title="t", tone="amber"))
    used, ahead = (
        next(r for r in svg.iter("rect") if r.get("class") == name)
        for name in ("runway-used", "runway-ahead")
    )
    mark = next(svg.iter("line"))
    assert float(used.attrib["width"]) == pytest.approx(40)
    assert float(ahead.attrib["x"]) + float(ahead.attrib["width"]) == pytest.approx(88)
    assert float(mark.attrib["x1"]) == pytest.approx(80)
    assert svg.get("class") == "runway runway-amber"


def test_a_meter_within_its_limit_ends_at_the_limit() -> None:
    svg = parsed(runway(used=412, limit=1000, title="t"))
    used = next(r for r in svg.iter("rect") if r.get("class") == "runway-used")
    assert float(used.attrib["width"]) == pytest.approx(41.2)
    assert not list(svg.iter("line"))


@pytest.mark.parametrize(("used", "limit"), [(0, 0), (-5, 10), (10, 0), (1e12, 1)])
def test_odd_numbers_never_leave_the_drawing(used: float, limit: float) -> None:
    for rect in parsed(runway(used=used, limit=limit, title="t")).iter("rect"):
        assert 0 <= float(rect.attrib["width"]) <= 100
