"""The word for where an order stands, and that no sentence says more than is true."""

from __future__ import annotations

import pytest
from django.utils import translation

from closedorders.outreach.texts.claims import says_refunded, says_solved
from closedorders.responses.standing import Standing, standing_of
from closedorders.responses.wording import STANDING_TITLES, STANDING_TONES, STANDING_WORDS


def stands(outcomes: set[str], *, solved: bool = True, **known: str) -> Standing:
    return standing_of(
        outcomes=outcomes,
        is_solved=solved,
        supplier_state=known.get("supplier", "closed_open"),
        money_state=known.get("money", ""),
        is_cancelled=bool(known.get("cancelled")),
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (stands({"open"}, solved=False), Standing.WAITING),
        (stands({"open", "replaced"}, solved=False), Standing.WAITING),
        (stands({"open"}), Standing.SOLVED),
        (stands({"replaced"}, solved=False), Standing.REORDERED),
        (stands({"refunded"}), Standing.BEING_REFUNDED),
        (stands({"refunded"}, money="refund_approved"), Standing.BEING_REFUNDED),
        (stands({"refunded"}, money="refunded"), Standing.REFUNDED),
        (stands({"open"}, cancelled="yes"), Standing.CANCELLED),
        (stands({"replaced"}, supplier="shipped"), Standing.SHIPPED),
        (stands({"written_off"}), Standing.GIVEN_UP),
        (stands(set()), Standing.GOES_ON),
    ],
)
def test_an_order_stands_where_its_closures_and_its_money_are(found: Standing, expected: Standing) -> None:
    assert found is expected


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_sentence_says_solved_or_paid_back_before_it_is(language: str) -> None:
    assert set(STANDING_TITLES) == set(STANDING_WORDS) == set(STANDING_TONES) == set(Standing)
    with translation.override(language):
        for standing in Standing:
            words = f"{STANDING_TITLES[standing]}. {STANDING_WORDS[standing]}"
            if standing is not Standing.SOLVED:
                assert not says_solved(words, language), words
            if standing is not Standing.REFUNDED:
                assert not says_refunded(words, language), words
