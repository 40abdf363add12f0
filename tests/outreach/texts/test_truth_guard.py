from __future__ import annotations

import pytest

from closedorders.outreach.texts.builtin import LANGUAGES, REASON_WORDINGS, wordings_for
from closedorders.outreach.texts.claims import PAYMENT_REASONS, marked_lines, truth_guard
from closedorders.outreach.texts.true_words import put_in_true_words

ARTICLE = (
    "Hola {first_name|de nuevo}, muchas gracias por tu pedido. Desafortunadamente, ha habido un pequeño contratiempo "
    "con la fabricación y el envío puede demorar un poco más. Por fortuna ya se ha resuelto."
)


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        (ARTICLE, "es", ["fabricación"]),
        ("Un problema en la fábrica y en el almacén.", "es", ["fábrica", "almacén"]),
        ("La producción va con retraso, está agotado y sin stock", "es", ["producción", "agotado", "stock"]),
        ("Un control de calidad; escasez de materias primas", "es",
         ["control de calidad", "escasez", "materias primas"]),
        ("Por una huelga de transportistas, y por temporal", "es", ["huelga", "transportistas", "por temporal"]),
        ("Un retraso temporal, y el pago se detuvo", "es", []),
        ("A small hiccup in manufacturing", "en", ["manufacturing"]),
        ("The manufacturer's FACTORY is out of stock", "en", ["manufacturer", "FACTORY", "out of stock"]),
        ("sold out; back-ordered: a backorder, raw material shortage", "en",
         ["sold out", "back-ordered", "backorder", "raw material", "shortage"]),
        ("Held by customs, then by the courier", "en", ["customs", "courier"]),
        ("Our payment was stopped for a check. Customer care is here; a satisfactory end, livestock", "en", []),
        ("manufacturing y fabricación", "fr", ["manufacturing", "fabricación"]),
    ],
)  # fmt: skip
def test_words_that_blame_the_goods_are_found_in_both_languages(
    text: str, language: str, words: list[str]
) -> None:
    assert [doubt.word for doubt in truth_guard(text, ["card_check"], language)] == words


@pytest.mark.parametrize(
    ("reasons", "goods", "transport"),
    [
        (["card_check"], True, True),
        (["fraud_review", "travel", "payment_timeout"], True, True),
        (["card_check", ""], True, True),
        (["card_check", "unknown"], True, True),
        (["card_check", "address_customs"], True, False),
        (["card_check", "address_customs", ""], True, False),
        (["address_customs"], False, False),
        ([""], False, False),
        (["unknown"], False, False),
        ([], False, False),
        (["card_check", "supplier_cancelled"], False, False),
        (["card_check", "a-teams-own"], False, False),
    ],
)
def test_only_a_recorded_reason_of_the_order_makes_such_words_true(
    reasons: list[str], *, goods: bool, transport: bool
) -> None:
    assert bool(truth_guard("a factory", reasons, "en")) is goods
    assert bool(truth_guard("customs", reasons, "en")) is transport


def test_the_doubted_words_are_marked_in_their_lines() -> None:
    text = "Hola:\nla fa\u0301brica y la fabricacio\u0301n.\nAdiós"
    assert marked_lines(text, truth_guard(text, ["travel"], "es")) == [
        [("la ", False), ("fábrica", True), (" y la ", False), ("fabricación", True), (".", False)]
    ]
    assert marked_lines("stock", truth_guard("stock", ["travel"], "es")) == [[("stock", True)]]
    assert marked_lines(text, []) == []


def test_a_true_sentence_replaces_the_story_and_nothing_else() -> None:
    wording = REASON_WORDINGS["es"][0]
    made = put_in_true_words(
        subject="Tu pedido", body=ARTICLE, wording=wording, language="es", kind="resolution"
    )
    assert made.body == (
        "Hola {first_name|de nuevo}, muchas gracias por tu pedido. Lo que ha pasado: {reason}. "
        "Por fortuna ya se ha resuelto."
    )
    assert (made.subject, made.reason) == ("Tu pedido", wording)
    assert len(made.gone) == 1
    assert made.gone[0].startswith("Desafortunadamente")
    assert made.left == []


def test_a_second_story_goes_and_a_subject_becomes_the_built_in_one() -> None:
    made = put_in_true_words(
        subject="Factory trouble",
        body="Hi.\nThe factory was late.\nIt is out of stock. Sorry!\n",
        wording="w",
        language="en",
        kind="holding",
    )
    assert made.body == "Hi.\nWhat happened: {reason}.\nSorry!\n"
    assert made.subject == "Your purchase at {store} is delayed ({orders})"
    assert made.gone == ["Factory trouble", "The factory was late.", "It is out of stock."]


def test_a_sentence_with_a_placeholder_is_left_for_a_person() -> None:
    body = "The factory sorry: take {code}.\nWhy: {reason}. A strike too."
    made = put_in_true_words(subject="Hi", body=body, wording="w", language="en", kind="resolution")
    assert made.left == ["The factory sorry: take {code}."]
    assert made.body == "The factory sorry: take {code}.\nWhy: {reason}. "
    plain = put_in_true_words(subject="Hi", body="Sorry.", wording="w", language="en", kind="resolution")
    assert (plain.body, plain.gone) == ("Sorry.", [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wording_that_is_offered_passes_the_guard(language: str) -> None:
    for wording in REASON_WORDINGS[language]:
        made = put_in_true_words(
            subject="stock",
            body="La fábrica / the factory, stock.",
            wording=wording,
            language=language,
            kind="resolution",
        )
        assert truth_guard(f"{made.subject} {made.reason} {made.body}", PAYMENT_REASONS, language) == []


@pytest.mark.parametrize(
    ("reasons", "is_doubted"),
    [
        (["payment_timeout"], True),
        (["payment_timeout", "supplier_cancelled", "address_customs", "complaints", ""], True),
        (["supplier_cancelled"], True),
        (["payment_timeout", "card_check"], False),
        (["payment_timeout", "a-teams-own"], False),
        (["", "unknown"], False),
        ([], False),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_check_of_the_account_is_doubted_where_nothing_recorded_is_one(
    language: str, reasons: list[str], *, is_doubted: bool
) -> None:
    for wording in REASON_WORDINGS[language]:
        assert bool(truth_guard(wording, reasons, language)) is is_doubted


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "reasons",
    [
        {"payment_timeout"},
        {"payment_timeout", ""},
        {"card_check"},
        {"card_check", "payment_timeout"},
        {"complaints"},
        {"supplier_cancelled"},
        {"address_customs", "payment_timeout"},
        set(),
    ],
)
def test_the_words_offered_for_recorded_reasons_pass_the_guard(language: str, reasons: set[str]) -> None:
    offered = wordings_for(reasons, language)
    assert offered
    for wording in offered:
        assert truth_guard(wording, reasons, language) == []
