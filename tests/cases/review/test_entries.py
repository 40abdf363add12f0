"""What owner and reviewer type from a document, and when both are the same."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.hashers import check_password
from pytest_django import Settings

from closedorders.cases.models import DocumentEntry
from closedorders.cases.review.entries import agrees, card_answer, digest_of, paper_answer
from closedorders.cases.review.forms import CardEntryForm, PaperEntryForm

DAY = date(2031, 5, 12)


@pytest.mark.parametrize(
    "read",
    [
        "María García López",
        "MARIA GARCIA LOPEZ",
        "GARCIA LOPEZ, MARIA",
        "garcía-lópez  maría",
        "Mari\u0301a Garci\u0301a Lo\u0301pez",
    ],
)
def test_names_agree_without_case_accents_hyphens_and_in_any_order(read: str) -> None:
    assert paper_answer(read, DAY) == paper_answer("María García López", DAY)


@pytest.mark.parametrize("read", ["María García", "María García Lopes", "María María García López", ""])
def test_a_name_that_lacks_or_changes_a_word_does_not_agree(read: str) -> None:
    assert paper_answer(read, DAY) != paper_answer("María García López", DAY)


def test_apostrophes_do_not_matter_and_other_alphabets_are_compared_too() -> None:
    assert paper_answer("O’Neill, Sean", None) == paper_answer("SEAN ONEILL", None)
    assert paper_answer("Ольга Иванова", None) == paper_answer("ИВАНОВА ОЛЬГА", None)
    assert paper_answer("Ольга Иванова", None) != paper_answer("Ольга Петрова", None)


@pytest.mark.parametrize("expiry", ["09/28", "9/28", "09/2028", "09-28", " 09 / 28 ", "09 28"])
def test_a_cards_expiry_is_typed_in_many_ways(expiry: str) -> None:
    form = CardEntryForm({"last_four": "4242", "expiry": expiry})
    assert form.is_valid(), form.errors
    assert form.answer() == "4242 2028-09"


@pytest.mark.parametrize("digits", ["4242424242424242", "424", "42424", "４２４２", "4 242", "abcd", ""])
def test_nothing_but_four_digits_is_taken_and_no_longer_number_comes_back(digits: str) -> None:
    form = CardEntryForm({"last_four": digits, "expiry": "09/28"})
    assert not form.is_valid()
    assert "last_four" in form.errors
    assert digits[:12] not in str(form.errors) or not digits


@pytest.mark.parametrize("expiry", ["13/28", "00/28", "2028", "09/228", "٠٩/٢٨", "soon"])
def test_an_expiry_that_is_no_month_is_refused(expiry: str) -> None:
    assert "expiry" in CardEntryForm({"last_four": "4242", "expiry": expiry}).errors


def test_a_paper_may_have_no_expiry_but_has_a_name() -> None:
    assert PaperEntryForm({"name": "Ana", "expires_on": ""}).is_valid()
    assert "name" in PaperEntryForm({"name": " ", "expires_on": "2031-05-12"}).errors
    assert paper_answer("Ana", None) != paper_answer("Ana", DAY)


def test_what_was_typed_cannot_be_guessed_from_the_database_alone(settings: Settings) -> None:
    answer = card_answer("4242", date(2028, 9, 1))
    entry = DocumentEntry(document_id=7, digest=digest_of(answer, 7))
    assert not check_password(answer, entry.digest)
    assert agrees(entry, answer)
    assert not agrees(entry, card_answer("4243", date(2028, 9, 1)))
    assert not agrees(DocumentEntry(document_id=8, digest=entry.digest), answer)
    settings.SECRET_KEY = "another" * 10
    assert not agrees(entry, answer)
