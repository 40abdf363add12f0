"""Which kind of mail a text is, and putting its offer last."""

from __future__ import annotations

import pytest

from closedorders.outreach.texts.builtin import BUILTIN_TEMPLATES, BuiltinTemplate, Kind, builtin_template
from closedorders.outreach.texts.classes import MailClass, Place, part_offer, put_offer_last, read_class

GREETING = "Hi {first_name|there},\n\n"
ORDER = "Your order {orders} is on its way again. New date: {new_date|soon}."
CODE = "Use {code} for {code_percent} off."


@pytest.mark.parametrize(
    ("subject", "body", "expected", "doubts"),
    [
        ("Your order {orders}", GREETING + ORDER, "service", []),
        ("Your order", f"{GREETING}{ORDER}\n\n{{refund}} goes back to you, a gift comes too.", "service", []),
        ("Your order", f"{GREETING}{ORDER}\n\n{CODE}\n\nBye", "mixed", []),
        ("Tu pedido", f"Hola:\n\n{ORDER}\n\nTe regalo un cupón para tu próxima compra.", "mixed", []),
        ("Your order", f"{GREETING}Hello again.\n\n{CODE}\n\n{ORDER}", "mixed", [Place.MIDDLE]),
        ("Your order", f"{GREETING}{CODE}\n\n{ORDER}", "promotional", [Place.FIRST_PARAGRAPH]),
        ("Your order", CODE, "promotional", [Place.FIRST_PARAGRAPH]),
        ("{code_percent} off, and {orders}", GREETING + ORDER, "promotional", [Place.SUBJECT]),
        ("Special offer inside", f"{ORDER}\n\n{CODE}", "promotional", [Place.SUBJECT]),
        ("10% de descuento", f"{CODE}\n\n{ORDER}", "promotional", [Place.SUBJECT, Place.FIRST_PARAGRAPH]),
        ("Te debo una disculpa", f"{ORDER}\n\nOFERTA: {{ code | none }}", "mixed", []),
    ],
)
def test_the_class_follows_from_where_the_offer_stands(
    subject: str, body: str, expected: str, doubts: list[Place]
) -> None:
    reading = read_class(subject, body)
    assert (reading.mail_class, list(reading.doubts)) == (expected, doubts)
    assert reading.has_offer == reading.has_one_click == bool(reading.words) == (expected != "service")


@pytest.mark.parametrize("template", BUILTIN_TEMPLATES, ids=lambda t: f"{t.language}-{t.kind}-{t.variant}")
def test_the_built_in_texts_are_about_the_order_first(template: BuiltinTemplate) -> None:
    reading = read_class(template.subject, template.body)
    assert reading.doubts == ()
    assert reading.mail_class == ("mixed" if template.kind == "resolution" else "service")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("refund", [True, False])
def test_without_its_offer_a_built_in_text_is_the_one_that_never_had_it(language: str, refund: bool) -> None:
    kind: Kind = "resolution"
    whole = builtin_template(kind=kind, language=language, refund=refund)
    without = builtin_template(kind=kind, language=language, refund=refund, code=False)
    parted = part_offer(whole.subject, whole.body, language=language, kind=kind)
    assert (parted.subject, parted.body) == (without.subject, without.body)
    assert "{code}" in parted.offer[-1]


def test_what_is_about_the_order_stays_when_the_offer_of_its_paragraph_goes() -> None:
    body = f"{GREETING}{ORDER} {CODE} We are sorry.\n\nBye"
    parted = part_offer("Sale!", body, language="en", kind="resolution")
    assert parted.body == f"{GREETING}{ORDER} We are sorry.\n\nBye\n"
    assert parted.offer == (CODE,)
    assert "Sale" not in parted.subject


def test_a_text_that_is_all_offer_gives_way_to_the_built_in_one() -> None:
    parted = part_offer("Sale!", f"Hi! {CODE}", language="es", kind="resolution")
    assert "{orders}" in parted.body
    assert read_class(parted.subject, parted.body).mail_class is MailClass.SERVICE


@pytest.mark.parametrize(
    "body",
    [
        f"{GREETING}{CODE}\n\n{ORDER}\n\nBye,\n{{sender}}",
        f"{GREETING}As a small thing:\n\n– {CODE}\n  Until {{code_expires|it is used}}\n\n{ORDER}\n\nBye,\n{{sender}}",
        f"{GREETING}{CODE} Sorry. {ORDER}\n\nBye,\n{{sender}}",
    ],
)
def test_the_offer_can_be_put_last_and_nothing_of_the_text_is_lost(body: str) -> None:
    subject, moved = put_offer_last("{code_percent} off", body, language="en", kind="resolution")
    assert read_class(subject, moved).doubts == ()
    assert sorted(moved.split()) == sorted(body.split())
    assert moved.index("{code}") < moved.index("Bye")
    assert put_offer_last(subject, moved, language="en", kind="resolution") == (subject, moved)
