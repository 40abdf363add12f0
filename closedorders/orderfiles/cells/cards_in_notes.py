"""Numbers of payment cards in what people write, where they keep their last four digits. No Django."""

from __future__ import annotations

import re
from collections.abc import Collection

from closedorders.core.text.cards import begins_like_a, is_card_number

from .numbers import numbers_after_a_word

_SIGN = r"[ \u00a0\u202f.-]?"
#: As people type them: groups apart in any way, right after a word or before one.
_NUMBER = re.compile(
    r"(?<!\d)(?:"
    rf"(?=(?:{begins_like_a(16)}))\d{{4}}(?:{_SIGN}\d{{4}}){{3}}"
    rf"|(?=(?:{begins_like_a(15)}))\d{{4}}{_SIGN}\d{{6}}{_SIGN}\d{{5}}"
    rf"|(?=(?:{begins_like_a(14)}))\d{{4}}{_SIGN}\d{{6}}{_SIGN}\d{{4}}"
    r"|\d{13,19}"
    r")(?!\d)",
    re.ASCII,
)


def numbers_like_cards(text: str) -> list[str]:
    """Numbers in the text that can be a card's, digits only. The number of an AliExpress order may look like one."""
    found = (re.sub(r"\D", "", match[0]) for match in _NUMBER.finditer(text))
    return [number for number in found if is_card_number(number)]


def with_masked_cards(text: str, *, orders: Collection[str] = ()) -> str:
    """The text with `•••• 4242` in place of each card's number. `orders` are numbers of AliExpress orders: they stay.

    So do those that a word in front of them says are such.
    """
    if not numbers_like_cards(text):
        return text
    known = {*orders, *numbers_after_a_word(text)}

    def masked(match: re.Match[str]) -> str:
        number = re.sub(r"\D", "", match[0])
        return match[0] if number in known or not is_card_number(number) else f"•••• {number[-4:]}"

    return _NUMBER.sub(masked, text)
