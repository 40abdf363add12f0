from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from django.core.management import call_command
from pytest_django import Settings

from closedorders.core.catalogues import translations
from closedorders.core.catalogues.template_text import hard_coded_text
from closedorders.core.catalogues.translations import Texts


def test_every_text_of_the_product_is_translated() -> None:
    call_command("messages", check=True)


# --- the checks themselves ------------------------------------------------------------------------------------


def test_messages_are_found_in_templates_whatever_their_indentation(tmp_path: Path) -> None:
    template = """{% load i18n %}
      <p>{% translate "One" %}</p>
  {% if x %}
        {% blocktranslate trimmed count n=orders|length with who=name %}
          {{ n }} order of {{ who }} at 100%
        {% plural %}
          {{ n }} orders of {{ who }}
        {% endblocktranslate %}
    {% endif %} it's (unbalanced "text
{{ title|default:_("Three") }}  {% translate "May" context "month" %}"""
    source = translations.python_of_template(template)
    found = [
        (line, text, context)
        for line, text, _c, context in extract(
            "python", BytesIO(source.encode()), keywords=translations._KEYWORDS
        )
    ]
    assert (2, "One", None) in found
    assert (4, ("%(n)s order of %(who)s at 100%%", "%(n)s orders of %(who)s"), None) in found
    assert (8, "Three", None) in found
    assert (8, "May", "month") in found


def _catalogue(*messages: tuple[str, str]) -> Catalog:
    catalogue = Catalog(locale="es")
    for source, translation in messages:
        catalogue.add(source, translation)
    return catalogue


def test_missing_untranslated_fuzzy_and_unused_messages_are_named() -> None:
    source = _catalogue(("Done", ""), ("Empty", ""), ("New", ""), ("Doubtful", ""))
    current = _catalogue(("Done", "Hecho"), ("Empty", ""), ("Old", "Viejo"))
    current.add("Doubtful", "Dudoso", flags=["fuzzy"])
    assert list(translations.complaints(current, source)) == [
        "untranslated: 'Empty'",
        "missing: 'New' ()",
        "fuzzy: 'Doubtful'",
        "no longer used: 'Old'",
    ]


@pytest.mark.parametrize(
    ("source", "translation", "problem"),
    [
        ("%(n)s of %(who)s", "%(who)s: %(n)s", ""),
        ("%(n)s of %(who)s", "%(quien)s: %(n)s", "unknown placeholder %(quien)s"),
        ("%(n)s of %(who)s", "%(n)s", "lost placeholder %(who)s"),
        ("100%% of %(n)s", "el 100%% de %(n)s", ""),
        (("%(n)s order", "%(n)s orders"), ("un pedido", "%(n)s pedidos"), ""),
        (("%(n)s order", "%(n)s orders"), ("un pedido", "los pedidos"), "lost placeholder %(n)s"),
    ],
)
def test_placeholders_are_compared(source: Texts, translation: Texts, problem: str) -> None:
    assert translations.placeholder_problem(Message(source, translation)) == problem


def test_an_update_keeps_translations_and_marks_what_is_gone(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "closedorders" / "core" / "templates").mkdir(parents=True)
    code = tmp_path / "closedorders" / "core" / "page.py"
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
    code.write_text('_("Orders")\n_("Closed")\n')
    catalogue = translations.updated("es")
    catalogue["Orders"].string = "Pedidos"
    catalogue["Closed"].string = "Cerrados"
    assert translations.write("es", catalogue)
    assert translations.compiled_is_stale()
    assert translations.compile_catalogue("es")
    assert not translations.compile_catalogue("es")

    code.write_text('_("Orders")\n_("Refunds")\n')
    assert translations.write("es", translations.updated("es"))

    text = translations.catalogue_path("es").read_text()
    assert 'msgid "Orders"\nmsgstr "Pedidos"' in text
    assert 'msgid "Refunds"\nmsgstr ""' in text
    assert '#~ msgid "Closed"\n#~ msgstr "Cerrados"' in text
    assert not translations.write("es", translations.updated("es"))


@pytest.mark.parametrize(
    ("template", "findings"),
    [
        ("<p>{% translate 'Fine' %} – 12 €</p>", []),
        ("<p>\n  Hello\n</p>", [(2, "Hello")]),
        ("<p>{{ name }} orders</p>", [(1, "orders")]),
        ("{% blocktranslate trimmed %}<b>Fine</b> {{ n }}{% endblocktranslate %}", []),
        ("{# a comment #}{% comment %}another{% endcomment %}<!-- and this -->", []),
        ('<input placeholder="Find" name="q" class="form-control">', [(1, "Find")]),
        ('<input type="submit" value="Send"><input value="plain">', [(1, "Send")]),
        ('<a class="x" aria-label="{% translate "Menu" %}" href="/orders">→</a>', []),
        ('<a\n title="Menu">→</a>', [(1, "Menu")]),
        ('{% include "_x.html" with title="No orders" kind="empty" %}', [(1, "No orders")]),
        ('{% include "_x.html" with title=_("No orders") %}', []),
        ("<script>let words;</script><code>DATABASE_URL</code><style>p{}</style>", []),
        ("<b>Closed Orders</b> AliExpress maria@example.com https://example.com/path", []),
        ("{% block body_class %}narrow{% endblock %}{% block title %}Orders{% endblock %}", [(1, "Orders")]),
        ("<p>&nbsp;&times;&hellip;</p>", []),
        ("<p>&Eacute;</p>", [(1, "É")]),
    ],
)
def test_hard_coded_text_is_found(template: str, findings: list[tuple[int, str]]) -> None:
    assert hard_coded_text(template) == findings


def test_text_templates_are_all_text() -> None:
    assert hard_coded_text("{% translate 'Fine' %}\nNot fine <x>", is_html=False) == [(2, "Not fine <x>")]
