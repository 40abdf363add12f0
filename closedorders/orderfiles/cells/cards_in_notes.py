"""Numbers of payment cards in what people write, where they keep their last four digits. No Django."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import NamedTuple

from closedorders.core.text.cards import is_card_number

#: What people put between the digits of one number, after `_plain`.
_BETWEEN = re.compile(r"[\s./\u2010-\u2015\u2212\u200b-\u200d\u2060\ufeff-]{1,3}")
_DIGITS = re.compile(r"[0-9]+")
_MOST_DIGITS = 19
#: So many digits in one piece are a number of their own, such as that of an order: never a part of a longer one.
_WHOLE = 16
#: Shorter first groups are those of telephone numbers and dates too.
_FIRST_GROUP = 4


class _Place(NamedTuple):
    start: int
    end: int
    number: str


def numbers_like_cards(text: str) -> list[str]:
    """Numbers in the text that can be a card's, digits only. The number of an AliExpress order may look like one."""
    return [place.number for place in _places(_plain(text))]


def with_masked_cards(text: str, *, orders: Collection[str] = ()) -> str:
    """The text with `•••• 4242` in place of each card's number. `orders` are numbers of AliExpress orders: they stay.

    No word in front of a number makes it an order's: "AliExpress says card 4242…" is how cards come into notes.
    """
    masked: list[_Place] = []
    for place in _places(_plain(text)):
        if place.number in orders:
            continue
        if masked and place.start < masked[-1].end:
            # What overlaps is masked as one, so that no middle of a number is left over.
            before = masked.pop()
            place = max(before, place, key=lambda each: each.end)._replace(start=before.start)
        masked.append(place)
    for place in reversed(masked):
        text = f"{text[: place.start]}•••• {place.number[-4:]}{text[place.end :]}"
    return text


def _plain(text: str) -> str:
    """The text with usual digits and signs, each in its place: full-width and other digits, spaces, hyphens."""
    return text if text.isascii() else "".join(map(_plain_sign, text))


def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 else sign


def _places(text: str) -> Iterator[_Place]:
    """Each part of the text that can be a card's number, by where it starts; they may overlap."""
    for run in _runs(text):
        for first in range(len(run)):
            number = ""
            for last in range(first, len(run)):
                if last > first and len(run[last].number) >= _WHOLE:
                    break
                number += run[last].number
                if len(number) > _MOST_DIGITS:
                    break
                if is_card_number(number) and (first == last or _is_one_number(text, run, first, last)):
                    yield _Place(run[first].start, run[last].end, number)
                if len(number) >= _WHOLE and first == last:
                    break


def _runs(text: str) -> Iterator[list[_Place]]:
    """Groups of digits with so little between them that they may be one number."""
    run: list[_Place] = []
    for match in _DIGITS.finditer(text):
        if run and not _BETWEEN.fullmatch(text, run[-1].end, match.start()):
            yield run
            run = []
        run.append(_Place(match.start(), match.end(), match[0]))
    if run:
        yield run


def _is_one_number(text: str, run: list[_Place], first: int, last: int) -> bool:
    """Whether groups that add up to a card's number are one, not telephone numbers or dates side by side."""
    groups = run[first : last + 1]
    digits = sum(len(each.number) for each in groups)
    if len(groups[0].number) >= _FIRST_GROUP:
        # Longer ones come in fours, or after the six digits of their issuer.
        return digits <= 16 or len(groups[0].number) in (4, 6)
    between = {text[one.end : other.start] for one, other in pairwise(groups)}
    after_a_plus = text[: groups[0].start].endswith("+")
    return len(groups) == len(run) and len(between) == 1 and not after_a_plus
