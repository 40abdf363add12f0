"""Every code has a sentence, and a sentence always comes out."""

from __future__ import annotations

import pytest

from closedorders.imports.wording.issues import ISSUE_TEXTS, issue_text
from closedorders.imports.wording.lists import LISTS
from closedorders.imports.wording.names import FORMAT_NAMES
from closedorders.imports.wording.reading import ASSUMPTION_TEXTS, QUESTION_TEXTS, assumption_text
from closedorders.imports.wording.refusals import REFUSAL_TEXTS, refusal_texts
from closedorders.orderfiles.cells import ISSUES
from closedorders.orderfiles.formats.custom import MAPPED
from closedorders.orderfiles.formats.recognition import FORMATS
from closedorders.orderfiles.issues import ASSUMPTIONS, QUESTIONS
from closedorders.orderfiles.tables.csv_table import REFUSALS


def test_every_code_has_a_sentence() -> None:
    own_issues, own_refusals = (
        {"unknown_store_order", "joined_to_another"},
        {"no_store", "file_gone", "gave_up", "other_store"},
    )
    assert set(ISSUE_TEXTS) == set(ISSUES) | own_issues
    assert set(REFUSAL_TEXTS) | set(LISTS) == set(REFUSALS) | own_refusals
    assert set(ASSUMPTION_TEXTS) == set(ASSUMPTIONS)
    assert set(QUESTION_TEXTS) == set(QUESTIONS)
    assert set(FORMAT_NAMES) == {each.key for each in FORMATS} | {each.key for each in MAPPED.values()}


@pytest.mark.parametrize("code", sorted(ISSUE_TEXTS))
def test_a_sentence_never_fails_for_want_of_a_value(code: str) -> None:
    assert issue_text(code, {})


def test_sentences_say_sizes_and_orders_in_words() -> None:
    happened, todo = refusal_texts("file_too_large", {"size": 600 * 1024 * 1024, "limit": 512 * 1024 * 1024})
    assert "600\xa0MB" in happened
    assert todo
    assert "day, month, year" in assumption_text(
        "date_order", {"date_order": "dmy", "line": 3, "value": "31/12/2025"}
    )
