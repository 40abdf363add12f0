from __future__ import annotations

import pytest

from closedorders.outreach.texts.names import first_name, join_words


@pytest.mark.parametrize(
    ("items", "language", "joined"),
    [
        ([], "en", ""),
        (["#1001"], "es", "#1001"),
        (["#1001", "#1002"], "en", "#1001 and #1002"),
        (["#1001", "#1002", "#1003"], "en", "#1001, #1002 and #1003"),
        (["#1001", "#1002"], "es", "#1001 y #1002"),
        (["María", "Inés"], "es-MX", "María e Inés"),
        (["padre", "hijo"], "es", "padre e hijo"),
        (["agua", "hielo"], "es", "agua y hielo"),
        (["Ana", "Íñigo"], "es", "Ana e Íñigo"),
        (["Inés", "Yolanda"], "es", "Inés y Yolanda"),
    ],
)
def test_words_are_joined_as_people_write_them(items: list[str], language: str, joined: str) -> None:
    assert join_words(items, language) == joined


@pytest.mark.parametrize(
    ("full", "first"),
    [
        ("María García", "María"),
        ("  maría   garcía ", "maría"),
        ("MARIA GARCIA", "MARIA"),
        ("GARCÍA LÓPEZ, María", "María"),
        ("Smith, Dr. Anna", "Anna"),
        ("Mrs. Anna Smith", "Anna"),
        ("Sra. D.ª Carmen Ruiz", "Carmen"),
        ("Don José", "José"),
        ("Don", "Don"),
        ("Anna Smith, PhD", "Anna"),
        ("Martin King, Jr.", "Martin"),
        ("Luna Textil, S.L.", "Luna"),
        ("O'Connor", "O'Connor"),
        ("J. Smith", ""),
        ("J.R. Smith", ""),
        ("X Æ", "X"),
        ("李小龙", "李小龙"),
        ("山田 太郎", "山田 太郎"),
        ("Ольга Иванова", "Ольга"),
        ("maria@example.com", ""),
        ("12345", ""),
        (" , ", ""),
        ("-", ""),
        ("", ""),
        (None, ""),
        ("Ana\r\nBcc: x", "Ana"),
    ],
)
def test_a_customer_is_greeted_by_first_name_or_not_at_all(full: str | None, first: str) -> None:
    assert first_name(full) == first
