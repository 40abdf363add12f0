from __future__ import annotations

import pytest

from closedorders.outreach.promises import says_refunded
from closedorders.outreach.templates_builtin import BUILTIN_TEMPLATES


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
