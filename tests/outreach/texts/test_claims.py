from __future__ import annotations

import pytest

from closedorders.outreach.texts.builtin import BUILTIN_TEMPLATES, BuiltinTemplate
from closedorders.outreach.texts.claims import Doubt, says_refunded, says_solved, truth_guard


def test_blaming_the_factory_for_a_payment_check_is_pointed_out() -> None:
    text = "Hola,\nun pequeño problema de fabricación\ny sin existencias."
    assert truth_guard(text, ["card_check", "fraud_review"], "es") == [
        Doubt("fabricación", 2),
        Doubt("existencias", 3),
    ]
    assert truth_guard("A hiccup in Manufacturing", ["payment_timeout"], "en-GB") == [
        Doubt("Manufacturing", 1)
    ]
    assert truth_guard("fabricacio\u0301n", ["travel"], "es") != []


@pytest.mark.parametrize(
    "reasons", [[], ["supplier_cancelled"], ["card_check", "supplier_cancelled"], ["a-teams-own"]]
)
def test_the_guard_is_silent_where_the_words_may_be_true(reasons: list[str]) -> None:
    assert truth_guard("a problem in manufacturing", reasons, "en") == []


def test_the_guard_has_nothing_against_the_plain_truth() -> None:
    assert truth_guard("our supplier stopped our payments for a check", ["card_check"], "en") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We have refunded 10%.", "en"),
        ("You have already been refunded.", "en"),
        ("Your refund has been issued today.", "en"),
        ("We refunded\nyour order", "en"),
        ("Te hemos devuelto el 10 %.", "es"),
        ("Ya te reembolsamos el dinero.", "es"),
        ("El reembolso ya ha sido emitido.", "es"),
        ("We have refunded it", "fr"),
    ],
)
def test_words_that_say_the_money_is_back_are_found(text: str, language: str) -> None:
    assert says_refunded(text, language)


@pytest.mark.parametrize("template", BUILTIN_TEMPLATES)
def test_no_built_in_text_says_that_the_money_is_back(template: object) -> None:
    assert says_refunded(template.body, template.language) == ""  # type: ignore[attr-defined]  # one of BUILTIN_TEMPLATES


def test_a_refund_on_its_way_is_no_claim() -> None:
    assert says_refunded("The refund is approved and on its way; you will be refunded soon.", "en") == ""
    assert says_refunded("El reembolso está aprobado y va de camino; te devolveremos el 10 %.", "es") == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Good news: everything is solved now.", "en"),
        ("The problem has been resolved.", "en"),
        ("We've fixed it, your order ships today", "en"),
        ("It’s sorted out", "en"),
        ("El problema está resuelto.", "es"),
        ("Ya hemos solucionado la incidencia", "es"),
        ("Por fin se solucionó.", "es"),
        ("No supimos nada. Ya está arreglado", "es"),
        ("It is solved", "fr"),
    ],
)
def test_words_that_say_it_is_solved_are_found(text: str, language: str) -> None:
    assert says_solved(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I write to you as soon as it is solved.", "en"),
        ("It is not solved yet, and we are at work on it", "en"),
        ("It will be fixed within days.", "en"),
        ("Te escribo en cuanto esté resuelto.", "es"),
        ("Todavía no está solucionado", "es"),
        ("Your order is late. We are at work on it.", "en"),
    ],
)
def test_what_will_be_solved_is_no_claim(text: str, language: str) -> None:
    assert says_solved(text, language) == ""


@pytest.mark.parametrize("words", [each for each in BUILTIN_TEMPLATES if each.kind == "holding"])
def test_no_built_in_note_to_wait_says_that_it_is_solved(words: BuiltinTemplate) -> None:
    assert says_solved(f"{words.subject}\n{words.body}", words.language) == ""
