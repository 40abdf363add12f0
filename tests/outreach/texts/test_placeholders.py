from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closedorders.outreach.texts.placeholders import (
    Problem,
    ProblemKind,
    check,
    placeholders,
    render,
    render_subject,
    single_line,
)
from tests.outreach.texts.line_breaks import BREAKS


def test_placeholders_are_replaced_and_fallbacks_fill_the_gaps() -> None:
    rendered = render(
        "Hi {first_name|there}, {store} owes you {refund}.", {"store": "Luna", "refund": "€5.20"}
    )
    assert (rendered.text, rendered.missing) == ("Hi there, Luna owes you €5.20.", [])


@pytest.mark.parametrize("blank", [None, "", "  ", "\u200b", "\n"])
def test_a_blank_value_without_fallback_is_missing_once(blank: str | None) -> None:
    rendered = render("{first_name} {first_name} {store}", {"first_name": blank, "store": "Luna"})
    assert rendered.missing == ["first_name"]


def test_an_empty_fallback_is_allowed() -> None:
    assert render("Hi{first_name|}!", {}).missing == []


def test_double_braces_are_plain_braces() -> None:
    assert render("{{ {store} }} {{{store}}}", {"store": "Luna"}).text == "{ Luna } {Luna}"


@pytest.mark.parametrize(
    "name",
    [
        "{code}",
        "{{code}}",
        "{code|x}",
        "{{7*7}}",
        "%(code)s",
        "{0.__class__}",
        "{% debug %}",
        "$code",
        "\\g<0>",
    ],
)
def test_what_a_customer_typed_is_never_expanded(name: str) -> None:
    rendered = render("{first_name} {code}", {"first_name": name, "code": "SECRET"})
    assert rendered.text == f"{name} SECRET"


def test_an_unknown_placeholder_stays_visible_and_counts_as_missing() -> None:
    rendered = render("{frist_name|there} {store.__class__}", {"store": "Luna", "frist_name": "x"})
    assert rendered.text == "{frist_name|there} {store.__class__}"
    assert rendered.missing == ["frist_name", "store.__class__"]


def test_placeholders_may_be_written_with_capitals_and_spaces() -> None:
    assert render("{First name}", {"first_name": "Ana"}).text == "Ana"
    assert placeholders("{First name} {code} {first_name|x} {nope} {{store}}") == ["first_name", "code"]


def test_a_value_cannot_bring_line_breaks_or_reversed_text_into_the_mail() -> None:
    assert (
        render("{first_name}!", {"first_name": "Ana\r\n\r\nfake\u202eparagraph\x00"}).text
        == "Ana fake paragraph!"
    )


def test_the_texts_own_line_breaks_stay() -> None:
    assert render("a\n\n{store}\nb", {"store": "Luna"}).text == "a\n\nLuna\nb"


@given(st.text(), st.text(min_size=1))
def test_rendering_never_fails_and_is_one_pass(text: str, value: str) -> None:
    check(text)
    rendered = render(text, dict.fromkeys(["first_name", "store", "code"], value))
    if "{" not in text and "}" not in text:
        assert rendered.text == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "Hi {frist_name}",
            Problem(kind=ProblemKind.UNKNOWN, found="{frist_name}", line=1, suggestion="first_name"),
        ),
        ("a\n{nombre}", Problem(kind=ProblemKind.UNKNOWN, found="{nombre}", line=2, suggestion="first_name")),
        ("{código|x}", Problem(kind=ProblemKind.UNKNOWN, found="{código|x}", line=1, suggestion="code")),
        ("{zzzzqq}", Problem(kind=ProblemKind.UNKNOWN, found="{zzzzqq}", line=1)),
        ("{}", Problem(kind=ProblemKind.UNKNOWN, found="{}", line=1)),
        ("Hi {first_name", Problem(kind=ProblemKind.UNBALANCED, found="{", line=1)),
        ("a\n\nfirst_name}", Problem(kind=ProblemKind.UNBALANCED, found="}", line=3)),
        (
            "{{first_name}}",
            Problem(kind=ProblemKind.DOUBLE_BRACES, found="{{first_name}}", line=1, suggestion="first_name"),
        ),
        (
            "[Nombre]",
            Problem(kind=ProblemKind.SQUARE_BRACKETS, found="[Nombre]", line=1, suggestion="first_name"),
        ),
    ],
)
def test_a_mistake_in_a_template_is_named_with_its_line_and_a_guess(text: str, problem: Problem) -> None:
    assert check(text) == [problem]


@pytest.mark.parametrize(
    "text", ["", "plain", "{first_name|there} {code}", "{{ plain }}", "[see below] [1]", "100 % {store}"]
)
def test_a_sound_template_has_no_problems(text: str) -> None:
    assert check(text) == []


def test_a_subject_is_one_line_whatever_goes_in() -> None:
    rendered = render_subject("Sorry\r\nBcc: all@example.com {store}", {"store": "Luna\nX: y"})
    assert rendered.text == "Sorry Bcc: all@example.com Luna X: y"
    assert len(render_subject("x" * 500, {}).text) == 200


def test_single_line_keeps_joined_emoji_and_drops_marks() -> None:
    assert single_line(" a\t\n b\u2028c\u200f👩‍👧 ") == "a b c 👩‍👧"


BREAKS += ["=?utf-8?q?a=0D=0ABcc:_evil@example.com?=", "=?utf-8?b?DQpCY2M6IGVAeC5jb20=?="]
