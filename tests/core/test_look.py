from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation
from lucide import IconDoesNotExist

from closedorders.core.templatetags import charts

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
STYLESHEET = (STATIC / "css" / "app.css").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def english_in_madrid() -> Iterator[None]:
    with translation.override("en"), timezone.override(ZoneInfo("Europe/Madrid")):
        yield


def drawn(source: str, **context: object) -> str:
    return Template("{% load look charts %}" + source).render(Context(context))


# --- icons, query, forms --------------------------------------------------------------------------------------


def test_an_icon_is_hidden_from_screen_readers_and_has_no_style() -> None:
    html = drawn("{% icon 'inbox' %}")
    assert 'aria-hidden="true"' in html
    assert 'stroke-width="1.5"' in html
    assert "style" not in html


def test_a_mistyped_icon_is_found_out() -> None:
    with pytest.raises(IconDoesNotExist):
        drawn("{% icon 'no-such-icon' %}")


def test_a_link_keeps_the_filters_it_does_not_change() -> None:
    request = RequestFactory().get("/t/casa/orders/?view=late&before=12&q=luc%C3%ADa")
    html = drawn("{% qs view='told' before=None %}", request=request)
    assert html == "?view=told&amp;q=luc%C3%ADa"


class ClosureForm(forms.Form):
    numbers = forms.CharField(label="AliExpress order numbers")
    note = forms.CharField(required=False)


def test_a_form_with_mistakes_says_which_fields_and_links_to_them() -> None:
    form = ClosureForm({"numbers": ""})
    html = render_to_string(
        "components/_form.html", {"form": form, "submit_label": "Save", "csrf_token": "t"}
    )
    assert "One field needs another look" in html
    assert 'href="#id_numbers"' in html
    assert "#id_note" not in html
    assert 'name="csrfmiddlewaretoken"' in html


def test_an_untouched_form_shows_no_mistakes() -> None:
    html = render_to_string("components/_form.html", {"form": ClosureForm(), "submit_label": "Save"})
    assert "error-summary" not in html


# --- components -----------------------------------------------------------------------------------------------


def test_progress_polls_until_it_is_done() -> None:
    running = render_to_string(
        "components/_progress.html",
        {"label": "Sending", "done": 1120, "total": 3110, "rate": 8.4, "seconds_left": 237, "poll_url": "/p"},
    )
    assert 'hx-get="/p"' in running
    assert 'value="1120" max="3110"' in running
    assert "1,120 of 3,110" in running
    assert "8.4 a second" in running
    finished = render_to_string(
        "components/_progress.html", {"label": "Sending", "done": 3110, "total": 3110}
    )
    assert "hx-" not in finished


def test_progress_without_a_known_total_claims_none() -> None:
    html = render_to_string("components/_progress.html", {"label": "Reading", "done": 500})
    assert "max=" not in html
    assert "value=" not in html


def test_the_next_step_has_exactly_one_button() -> None:
    html = render_to_string(
        "components/_next.html",
        {"title": "Tell them", "text": "31 wait.", "minutes": 1, "button_label": "Write", "button_url": "/o"},
    )
    assert html.count("btn-primary") == 1
    assert "About 1 minute." in html


def test_a_chart_carries_its_numbers_as_a_table_and_leaves_out_empty_kinds() -> None:
    days = [date(2026, 11, 22), date(2026, 11, 23)]
    html = drawn(
        "{% bars_by_day days series title='Closures' %}",
        days=days,
        series=[("Risk <control>", [0, 31]), ("Card", [0, 0])],
    )
    assert "Risk &lt;control&gt;" in html
    assert "Card" not in html
    assert '<th scope="row">23 Nov</th>' in html
    assert "22 Nov</th>" not in html
    assert "31 in all from 22 Nov to 23 Nov; most on 23 Nov: 31." in html


def test_a_chart_of_nothing_is_a_sentence() -> None:
    html = drawn(
        "{% bars_by_day days series title='t' empty='No closures.' %}", days=[], series=[("Card", [])]
    )
    assert "No closures." in html
    assert "<svg" not in html


def test_series_may_be_given_as_mappings_pairs_or_series() -> None:
    mapping = charts._as_series({"label": "Card", "values": [1, 2]})
    assert mapping == charts._as_series(("Card", [1, 2])) == charts._as_series(mapping)


# --- whole pages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500", "503"])
def test_error_pages_say_what_happened_what_is_safe_and_what_to_do_without_any_context(name: str) -> None:
    html = render_to_string(f"{name}.html")
    assert [words in html for words in ("What happened", "What is safe", "What to do")] == [True] * 3
    assert 'data-bs-theme="auto"' in html


def test_htmx_may_neither_style_nor_evaluate_nor_leave_the_site() -> None:
    html = render_to_string("404.html")
    assert (
        '{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true}'
        in html
    )


OWN_TEMPLATES = [
    *TEMPLATES.glob("*.html"),
    *(TEMPLATES / "components").glob("*.html"),
    *(TEMPLATES / "account").glob("*.html"),
]


@pytest.mark.parametrize("path", OWN_TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_style_script_or_unescaped_text(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|\|safe\b|javascript:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)


# --- colours --------------------------------------------------------------------------------------------------


def tokens() -> dict[str, tuple[str, str]]:
    return {
        name: (light, dark)
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", STYLESHEET)
    }


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of `#rrggbb`."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


GROUNDS = ["paper", "card", "sunk"]
READ_ON = [
    *(
        (text, ground)
        for text in ("ink", "ink-2", "ink-3", "brand", "brand-strong", "red")
        for ground in GROUNDS
    ),
    *((tone, f"{tone}-soft") for tone in ("red", "amber", "green", "blue", "grey", "brand")),
    *((tone, "card") for tone in ("amber", "green", "blue", "grey")),
    *(("ink", f"{tone}-soft") for tone in ("red", "amber", "green", "blue")),
    ("brand-ink", "brand"),
    ("brand-ink", "brand-strong"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READ_ON)
def test_words_stand_out_from_their_ground(text: str, ground: str, theme: int) -> None:
    known = tokens()
    assert contrast(known[text][theme], known[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["line-strong", "focus", *(f"series-{n}" for n in range(1, 6))])
def test_edges_and_bars_can_be_seen(mark: str, theme: int) -> None:
    """3:1, WCAG 2.2 success criterion 1.4.11. The sixth series is "other" and is named in the legend and table."""
    known = tokens()
    minimum = 2.5 if mark.startswith("series") else 3.0
    assert contrast(known[mark][theme], known["card"][theme]) >= minimum


def test_the_stylesheet_keeps_its_own_rules() -> None:
    without_comments = re.sub(r"/\*.*?\*/", "", STYLESHEET, flags=re.S)
    assert "!important" not in without_comments
    selectors = re.sub(r"\{[^{}]*\}", "{}", without_comments)
    assert not re.search(r"#[a-zA-Z]", selectors)


def _custom_properties(sheets: Iterable[Path]) -> tuple[set[str], set[str]]:
    """The custom properties that these style sheets define, and those that they read."""
    text = "\n".join(
        re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S) for path in sheets
    )
    return set(re.findall(r"(?<![\w-])(--[\w-]+)\s*:", text)), set(re.findall(r"var\(\s*(--[\w-]+)", text))


def test_every_custom_property_that_is_read_is_defined_and_every_one_that_is_defined_is_read() -> None:
    """A browser drops a declaration that reads an undefined one without a word. Bootstrap reads some of ours."""
    bootstrap = Path(finders.find("bootstrap/css/bootstrap.min.css") or "")
    defined, read = _custom_properties(STATIC.rglob("*.css"))
    assert len(read) > 20, "nothing was found in the style sheets"
    assert read - defined == set()
    assert defined - read - _custom_properties([bootstrap])[1] == set()


def test_every_picture_the_stylesheet_names_exists() -> None:
    for relative in re.findall(r'url\("(\.\./img/[^"]+)"\)', STYLESHEET):
        assert (STATIC / "css" / relative).resolve().is_file(), relative
