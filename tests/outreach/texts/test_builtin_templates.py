from __future__ import annotations

import itertools

import pytest

from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.outreach.texts.builtin import (
    BUILTIN_TEMPLATES,
    LANGUAGES,
    REASON_WORDINGS,
    REFUND_BASE_WORDS,
    BuiltinTemplate,
    builtin_template,
)
from closedorders.outreach.texts.claims import PAYMENT_REASONS, truth_guard
from closedorders.outreach.texts.placeholders import check, placeholders, render, render_subject

every_template = pytest.mark.parametrize(
    "template",
    BUILTIN_TEMPLATES,
    ids=lambda template: f"{template.language}-{template.kind}-{template.variant}",
)


def complete(language: str) -> dict[str, str | None]:
    return {
        "store": "Luna",
        "orders": "#1001",
        "code": "ana10-7k2xq",
        "code_percent": "10%",
        "refund": "€5.20",
        "refund_percent": "10%",
        "refund_base": REFUND_BASE_WORDS[language]["total"],
        "reason": REASON_WORDINGS[language][0],
        "sender": "Ana",
    }


def test_there_are_two_kinds_in_two_languages_and_two_wordings() -> None:
    assert len({(t.kind, t.language, t.variant) for t in BUILTIN_TEMPLATES}) == 8
    assert len({(t.subject, t.body) for t in BUILTIN_TEMPLATES}) == 8


@every_template
def test_a_built_in_template_has_no_mistakes(template: BuiltinTemplate) -> None:
    assert check(template.subject) == []
    assert check(template.body) == []
    assert "\n" not in template.subject


@every_template
def test_a_customer_without_a_name_gets_a_whole_mail(template: BuiltinTemplate) -> None:
    values = complete(template.language)
    body = render(template.body, values)
    subject = render_subject(template.subject, values)
    assert (body.missing, subject.missing) == ([], [])
    assert not set("{}|") & set(body.text + subject.text)


@every_template
def test_a_built_in_template_blames_nothing_untrue(template: BuiltinTemplate) -> None:
    for wording in REASON_WORDINGS[template.language]:
        text = render(template.body, complete(template.language) | {"reason": wording}).text
        assert truth_guard(text, ["card_check"], template.language) == []


@every_template
def test_every_built_in_invites_a_reply_and_is_signed(template: BuiltinTemplate) -> None:
    assert {"sender", "store", "orders"} <= set(placeholders(template.body))
    assert "reply" in template.body or "responde" in template.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_holding_note_promises_no_code_and_no_refund(language: str) -> None:
    body = builtin_template(kind="holding", language=language).body
    assert not {"code", "refund", "gift"} & set(placeholders(body))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("code", "refund", "gift"), list(itertools.product([True, False], repeat=3)))
def test_a_resolution_names_exactly_what_is_offered(
    language: str, code: bool, refund: bool, gift: bool
) -> None:
    body = builtin_template(kind="resolution", language=language, code=code, refund=refund, gift=gift).body
    named = set(placeholders(body))
    assert ("code" in named, "refund" in named, "gift" in named) == (code, refund, gift)
    assert "\n\n\n" not in body


@pytest.mark.parametrize(
    ("language", "approved", "paid"), [("en", "approved", "refunded"), ("es", "aprobado", "reembolsado")]
)
def test_a_refund_is_said_to_be_approved_and_not_to_have_arrived(
    language: str, approved: str, paid: str
) -> None:
    body = builtin_template(kind="resolution", language=language).body
    assert approved in body
    assert paid not in body


def test_only_the_explained_wording_asks_for_a_reason() -> None:
    for template in BUILTIN_TEMPLATES:
        assert ("reason" in placeholders(template.body)) == (template.variant == "explained")


def test_an_unknown_language_gets_english() -> None:
    assert builtin_template(kind="holding", language="fr").language == "en"
    assert builtin_template(kind="holding", language="es-MX").language == "es"


def test_every_account_reason_is_one_that_blames_no_factory() -> None:
    account_level = {code for code, reason in BUILTIN.items() if reason.account_level}
    assert account_level <= PAYMENT_REASONS
    assert set(BUILTIN) >= PAYMENT_REASONS
    assert not {"supplier_cancelled", "address_customs", "unknown"} & PAYMENT_REASONS
