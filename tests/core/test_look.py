from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation
from lucide import IconDoesNotExist

from closedorders.core.templatetags import charts

TEMPLATES = Path(settings.BASE_DIR) / "templates"


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
        "components/forms/_form.html", {"form": form, "submit_label": "Save", "csrf_token": "t"}
    )
    assert "One field needs another look" in html
    assert 'href="#id_numbers"' in html
    assert "#id_note" not in html
    assert 'name="csrfmiddlewaretoken"' in html


def test_an_untouched_form_shows_no_mistakes() -> None:
    html = render_to_string("components/forms/_form.html", {"form": ClosureForm(), "submit_label": "Save"})
    assert "error-summary" not in html


# --- components -----------------------------------------------------------------------------------------------


def test_progress_polls_until_it_is_done() -> None:
    running = render_to_string(
        "components/feedback/_progress.html",
        {"label": "Sending", "done": 1120, "total": 3110, "rate": 8.4, "seconds_left": 237, "poll_url": "/p"},
    )
    assert 'hx-get="/p"' in running
    assert 'value="1120" max="3110"' in running
    assert "1,120 of 3,110" in running
    assert "8.4 a second" in running
    finished = render_to_string(
        "components/feedback/_progress.html", {"label": "Sending", "done": 3110, "total": 3110}
    )
    assert "hx-" not in finished


def test_progress_without_a_known_total_claims_none() -> None:
    html = render_to_string("components/feedback/_progress.html", {"label": "Reading", "done": 500})
    assert "max=" not in html
    assert "value=" not in html


def test_the_next_step_has_exactly_one_button() -> None:
    html = render_to_string(
        "components/steps/_next.html",
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
    assert 'data-theme="auto"' in html


def test_htmx_may_neither_style_nor_evaluate_nor_leave_the_site() -> None:
    html = render_to_string("404.html")
    assert (
        '{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true}'
        in html
    )


OWN_TEMPLATES = [
    *TEMPLATES.glob("*.html"),
    *(TEMPLATES / "components").rglob("*.html"),
    *(TEMPLATES / "account").glob("*.html"),
]


@pytest.mark.parametrize("path", OWN_TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_style_script_or_unescaped_text(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|\|safe\b|javascript:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
