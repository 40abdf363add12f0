"""`/styleguide/`, under DEBUG only: every component of `templates/components/` with an example, in both themes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from .templatetags import charts
from .templatetags.components import Head
from .templatetags.look import ali_number, money

Inputs = dict[str, Any]

_LONG_NAME = "Maximiliana-Guadalupe Fernández de Córdoba y Álvarez de las Asturias Bohorques"
_OPENER = '<a class="btn btn-quiet" href="#" data-dialog-open="{{ id }}">{{ title }}</a>'


class ExampleForm(forms.Form):
    """A field of every kind."""

    numbers = forms.CharField(
        label="Order numbers",
        widget=forms.Textarea(attrs={"rows": 3, "class": "paste"}),
        help_text="One a line.",
    )
    store = forms.ChoiceField(label="Store", choices=[("1", "Casa Luna"), ("2", "Lamp Street")])
    reason = forms.ChoiceField(
        label="Reason",
        widget=forms.RadioSelect,
        choices=[("card", "Card failed its check"), ("", "Not sure yet")],
    )
    day = forms.DateField(label="Closed on", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    screenshot = forms.FileField(label="Screenshot", required=False)
    urgent = forms.BooleanField(label="Urgent", required=False, help_text="Stands first in the list.")


class Specimen(NamedTuple):
    """One example of a component, drawn."""

    name: str
    html: SafeString


def _html(source: str, **context: object) -> SafeString:
    return Template("{% load look components charts %}" + source).render(Context(context))


def _rows() -> SafeString:
    people = [
        ("#1059", _LONG_NAME, "61.70"),
        ("#1058", "محمد الفاسي", "1184.60"),
        ("#" + "9" * 40, "Noël", None),
    ]
    row = (
        "<tr data-row>"
        '<td class="fit row-tick"><input class="form-check-input" type="checkbox" form="bulk" aria-label="Tick"></td>'
        '<th scope="row" class="row-title"><a class="clip clip-narrow" href="#" data-row-link>{{ number }}</a></th>'
        '<td data-label="Customer"><span class="clip" title="{{ name }}"><bdi>{{ name }}</bdi></span></td>'
        '<td data-label="State">{% if forloop.first %}<span class="tag tag-red">Not told</span>'
        '{% else %}<span class="quiet">Told</span>{% endif %}</td>'
        '<td data-label="Total" class="num">{% money total "EUR" %}</td></tr>'
    )
    return _html(
        "{% for number, name, total in people %}" + row + "{% endfor %}",
        people=[(number, name, Decimal(total) if total else None) for number, name, total in people],
    )


def examples(theme: str) -> Iterator[tuple[str, Inputs]]:
    """Component -> what one example of it is given; some have several."""
    now = timezone.now()
    steps = [
        {"label": "Closures logged", "state": "done"},
        {"label": "Documents 4 of 5", "state": "now"},
        {"label": "Submitted", "state": "skipped"},
        {"label": "Unblocked", "state": "todo"},
    ]
    facts = [
        {"label": "Customer", "value": _LONG_NAME},
        {"label": "AliExpress order", "value": ali_number("8201447122035519")},
        {"label": "Phone", "value": "", "note": "not in the file"},
    ]
    tabs = [
        {"label": "All", "url": "#", "count": 2417, "active": True},
        {"label": "Not told", "url": "#", "count": 31, "active": False},
        {"label": "Late", "url": "#", "count": 1000, "more": True, "active": False},
        {"label": "Without a store order", "url": "#", "count": 0, "active": False, "aside": True},
    ]
    nav = [
        {"label": "", "items": [{"label": "Today", "url": "#", "icon": "sun", "count": 3, "active": True}]}
    ]
    words = {"happened": "The file broke off.", "safe": "Nothing was saved.", "todo": "Upload it again."}
    yield (
        "steps/_next",
        {
            "eyebrow": "Incident 14",
            "title": "Get the documents ready",
            "text": "Redact each file.",
            "minutes": 10,
            "button_label": "Open the case",
            "button_url": "#",
            "steps": steps,
        },
    )
    yield (
        "data/_figures",
        {
            "figures": [
                {"label": "Closed orders", "value": "38", "note": "31 in the last 24 h", "tone": "red"},
                {"label": "Value at risk", "value": money(Decimal("1440.02"), "EUR"), "note": "34 sales"},
                {"label": "Case clock", "value": "6 h 20 m", "url": "#"},
            ]
        },
    )
    yield "lists/_tabs", {"tabs": tabs, "name": f"Views ({theme})"}
    yield (
        "lists/_toolbar",
        {
            "search": True,
            "submit_label": "Search",
            "content": _html(
                '<input class="form-control" type="search" name="q" aria-label="Search" placeholder="Number, name">'
            ),
        },
    )
    yield (
        "lists/_table",
        {
            "heads": [Head("Order"), Head("Customer"), Head("State"), Head("Total", "num")],
            "content": _rows(),
            "tick": True,
        },
    )
    yield (
        "lists/_bulk",
        {"action": "#", "content": _html('<button class="btn btn-primary" type="button">Continue</button>')},
    )
    yield "lists/_pager", {"previous_url": "#", "next_url": "#", "note": "50 of 2,417 orders"}
    for tone in ("red", "amber", "green", "blue", "grey"):
        yield "data/_tag", {"tone": tone, "label": tone.title()}
    yield "data/_details", {"facts": facts}
    yield "steps/_steps", {"steps": steps}
    yield (
        "steps/_wizard",
        {
            "steps": steps,
            "title": "The text",
            "lead": "What they will read.",
            "content": _html('<p class="letter">Hello</p>'),
            "back_url": "#",
            "act": _html('<a class="btn btn-primary" href="#">Preview</a>'),
        },
    )
    for number, (label, ok, now_open) in enumerate(
        [("Who", True, False), ("Offer and cost", False, True), ("Send", False, False)], start=1
    ):
        step = {"number": number, "label": label, "gist": "31 people", "anchor": f"step-{theme}-{number}"}
        yield (
            "steps/_step",
            {
                "step": {**step, "ok": ok, "now": now_open, "is_open": now_open},
                "content": _html('<p class="panel-body">What is done in it.</p>'),
                "next_url": "#",
                "next_label": "Text",
            },
        )
    yield (
        "data/_timeline",
        {
            "events": [
                {
                    "at": now - timedelta(hours=2),
                    "title": "Closed by AliExpress",
                    "text": "Risk control",
                    "who": "Ana",
                    "tone": "red",
                    "url": "#",
                },
                {"at": now - timedelta(days=3), "title": "Imported"},
            ]
        },
    )
    yield "data/_person", {"name": "Lucía Fernández", "note": "m•••@h•••.com"}
    yield (
        "feedback/_empty",
        {
            "icon": "inbox",
            "sentence": "All quiet. Import today's orders.",
            "button_label": "Import orders",
            "button_url": "#",
        },
    )
    yield (
        "feedback/_error",
        {"title": "The file could not be read", **words, "button_label": "Upload", "button_url": "#"},
    )
    yield "feedback/_error_words", words
    yield (
        "feedback/_progress",
        {
            "label": "Sending",
            "done": 120,
            "total": 311,
            "rate": 8.4,
            "seconds_left": 23,
            "waiting": "waiting for the mail server",
        },
    )
    for tone in ("success", "info", "warning", "error"):
        yield "feedback/_toast", {"tone": tone, "words": "What was done, or what is wrong."}
    yield "feedback/_toast", {"tone": "success", "words": "31 closures have a new reason.", "undo_url": "#"}
    yield "feedback/_messages", {"messages": []}
    yield (
        "page/_dialog",
        {
            "id": f"dialog-{theme}",
            "title": "Withdraw the comment?",
            "content": _html("<p>It cannot be brought back.</p>"),
        },
    )
    yield (
        "page/_drawer",
        {
            "id": f"drawer-{theme}",
            "title": "Order #1059",
            "content": _html('{% include "components/data/_details.html" %}', facts=facts),
        },
    )
    yield (
        "forms/_form",
        {"form": ExampleForm(auto_id=f"id-{theme}-%s"), "submit_label": "Save", "cancel_url": "#"},
    )
    wrong = ExampleForm({"day": ""}, auto_id=f"wrong-{theme}-%s")
    yield "forms/_form", {"form": wrong, "submit_label": "Save"}
    yield "forms/_form_errors", {"form": wrong}
    yield "page/_keys", {}
    yield "page/_nav_links", {"nav": nav}
    yield "page/_account", {"teams_url": "#", "theme": theme}
    yield "page/_language", {}
    days = [(now - timedelta(days=ago)).date() for ago in range(13, -1, -1)]
    series = [("Risk control", [0] * 12 + [5, 29]), ("Card", [1, 0] * 7)]
    yield "data/_chart_bars", {"drawn": charts.bars_by_day(days, series, title="Closures by day")}


def _specimens(request: HttpRequest, theme: str) -> Iterator[Specimen]:
    always: Mapping[str, object] = {"csrf_token": get_token(request)}
    for name, inputs in examples(theme):
        # The charts' own tag fills this one.
        html = inputs.get("drawn") or render_to_string(
            f"components/{name}.html", {**always, **inputs}, request
        )
        if name in {"page/_dialog", "page/_drawer"}:
            html = _html("{{ html }}" + _OPENER, html=html, **inputs)
        yield Specimen(name, html)


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component, first on light ground and then on dark."""
    themes = [(theme, list(_specimens(request, theme))) for theme in ("light", "dark")]
    return render(request, "styleguide.html", {"themes": themes})
