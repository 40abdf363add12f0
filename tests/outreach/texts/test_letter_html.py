"""The HTML part of a letter."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closedorders.outreach.texts.builtin import builtin_template
from closedorders.outreach.texts.letter_html import MOST_BYTES, letter_html
from closedorders.outreach.texts.placeholders import render

VALUES: dict[str, str | None] = {
    "first_name": "Ana", "store": "Luna", "orders": "#1001", "code": "ana10-7k", "code_percent": "10%",
    "refund": "€5.20", "refund_percent": "10%", "refund_base": "what you paid", "reason": "a check", "sender": "Eva",
}  # fmt: skip
LETTER = render(builtin_template(kind="resolution", language="en").body, VALUES).text


def made(**changes: str) -> str:
    fields = {
        "store": "Luna & Sol",
        "sender": "Eva",
        "answers_to": "hola@luna.example",
        "subject": "Your order",
        "text": LETTER,
        "code": "ana10-7k",
        "language": "en",
    }
    return letter_html(**{**fields, **changes})


def words_of(page: str) -> str:
    body = re.sub(r"<(style|title)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_page_has_the_store_the_whole_text_and_how_to_answer() -> None:
    words = words_of(made())
    assert words.startswith("Luna & Sol")
    assert words.endswith("Reply to this e-mail to answer: it goes to hola@luna.example.")
    missing = [word for word in LETTER.split() if word not in words and word != "–"]
    assert missing == []


def test_the_offer_stands_in_its_box_after_the_text_and_the_code_last() -> None:
    page = made()
    assert page.count("ana10-7k") == 1
    assert page.index("€5.20") < page.index("Thank you for bearing") < page.index("ana10-7k")
    without = made(text=LETTER.replace("ana10-7k", "none"), code="")
    assert 'class="offer"' not in without


def test_an_offer_alone_takes_its_leading_line_along() -> None:
    words = render(builtin_template(kind="resolution", language="en", refund=False).body, VALUES).text
    page = made(text=words)
    assert (
        page.index("Thank you for bearing") < page.index("make up for some of it:") < page.index("ana10-7k")
    )


def test_every_style_is_in_the_tags_and_only_those_for_dark_screens_in_the_head() -> None:
    page = made()
    [sheet] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert sheet.strip().startswith("@media (prefers-color-scheme: dark)")
    assert '<meta name="color-scheme" content="light dark">' in page
    assert "max-width: 600px" in page
    assert not re.search(r"<(img|link|script)|url\(|data:", page)


def test_the_same_letter_is_the_same_page_each_time() -> None:
    assert {made() for _ in range(30)} == {made()}


@given(st.text(max_size=300), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_text_or_name_can_bring_a_tag_into_the_page(text: str, name: str) -> None:
    plain = made(text="a\n\nb", store="Luna", code="")
    page = made(text=f"a\n\n<script>{text}</script>", store=f"<b>{name}", code="")
    tags = set(re.findall(r"<(\w+)", page))
    assert tags <= set(re.findall(r"<(\w+)", plain)) | {"br", "a"}


@pytest.mark.parametrize("text", ["&" * 10_000, '"' * 10_000, "a\n" * 5_000, "a\n\n" * 3_333, "ñ " * 5_000])
def test_no_text_makes_a_page_that_gmail_cuts(text: str) -> None:
    assert len(made(text=text).encode()) < MOST_BYTES


@pytest.mark.parametrize(
    ("language", "words"), [("es", "responde a este correo"), ("en", "Reply to this e-mail")]
)
def test_the_footer_is_in_the_language_of_the_letter(language: str, words: str) -> None:
    page = made(language=language)
    assert words in page
    assert f'<html lang="{language}">' in page
