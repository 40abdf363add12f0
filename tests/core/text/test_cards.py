"""A card's number: issuer, length and check digit. Order numbers have none of their issuers' beginnings."""

from __future__ import annotations

import random

import pytest

from closedorders.core.text.cards import is_card_number


@pytest.mark.parametrize(
    "number",
    [
        "4242424242424242", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005",
        "6011111111111117", "6200000000000005", "30569309025904", "3566002020360505",
    ],
)  # fmt: skip
def test_numbers_of_each_issuer_are_known(number: str) -> None:
    assert is_card_number(number)


@pytest.mark.parametrize(
    "number",
    [
        "4242424242424241",
        "424242424242424",
        "5055555555554444",
        "3055555555555555",
        "",
        "42424242424242420000",
    ],
)
def test_other_numbers_are_not(number: str) -> None:
    assert not is_card_number(number)


@pytest.mark.parametrize("beginning", ["10", "11", "30", "50", "8", "81", "82"])
def test_no_number_of_an_aliexpress_order_is_a_cards(beginning: str) -> None:
    seeded = random.Random(beginning)
    for _ in range(2_000):
        number = beginning + "".join(seeded.choices("0123456789", k=16 - len(beginning)))
        assert not is_card_number(number), number
