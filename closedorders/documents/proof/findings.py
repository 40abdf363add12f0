"""What must be hidden and can still be read, in the words that were read from a picture. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from closedorders.core.text.cards import is_card_number

from .mrz import is_zone_line

Place = tuple[float, float, float, float]
"""From the left, from the top, width, height, in parts of a page (0 to 1)."""

CARD, LONG_END, LINES = "card", "long_end", "lines"
_LIKE_DIGITS = str.maketrans("OoQDIl|!/ZSsBG", "00001111125586")
_DIGITS = re.compile(r"[0-9]+")
#: Not after two letters: so do numbers of parcels begin (YT2412345678901234).
_IN_A_WORD = re.compile(r"(?<![0-9])(?<![A-Z]{2})[0-9]+")
_MASK = re.compile(r"[•●∙·*xX#█■]{2,}")
#: Between two groups of one number, in heights of its digits.
_GAP = 2.2
#: After how many digits cards have their gaps, by the count of all; in other places other numbers touch.
_IN_FOURS, _GROUPED = frozenset({4, 8, 12, 16}), {15: frozenset({4, 10}), 14: frozenset({4, 10})}
_SHORTEST_CARD, _LONGEST_CARD = 13, 19
_SHOWN_DIGITS = 4


class Word(NamedTuple):
    """A word of a picture and where it stands, in pixels."""

    text: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind`: `CARD`, `LONG_END` or `LINES`; `digits` is the number itself and is never stored."""

    kind: str
    place: Place
    digits: str = ""


class Page(NamedTuple):
    """What was read of a page that was turned to the right by `turn` degrees, then of these sizes in pixels.

    `boxes`: what is covered with a card's number in mind, on the page as it is stored.
    """

    words: Sequence[Word]
    width: int
    height: int
    turn: int = 0
    boxes: Sequence[Place] = ()
    lines_hidden: bool = False
    is_card: bool = False


def find(page: Page) -> list[Finding]:
    """Every leak, with its place on the page as it is stored."""
    rows = list(rows_of(page.words))
    found = [*_cards(rows), *_cards(list(_columns(page.words)), joined_only=True)]
    found += [finding for finding in _long_ends(page, rows) if not _among(finding, found)]
    if page.lines_hidden:
        found += [
            Finding(LINES, _around(row)) for row in rows if is_zone_line("".join(word.text for word in row))
        ]
    return [
        Finding(each.kind, _on_upright(_in_parts(each.place, page), page.turn), each.digits)
        for each in _each_once(found)
    ]


def turned(place: Place, turn: int) -> Place:
    """Where a place of a page is once the page is turned to the right by `turn` degrees."""
    x, y, width, height = place
    for _quarter in range(turn // 90 % 4):
        x, y, width, height = 1 - y - height, x, height, width
    return x, y, width, height


def _on_upright(place: Place, turn: int) -> Place:
    return turned(place, (360 - turn) % 360)


def _in_parts(place: Place, page: Page) -> Place:
    x, y, width, height = place
    return x / page.width, y / page.height, width / page.width, height / page.height


def rows_of(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words that stand beside each other, from left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.x):
        for row in rows:
            last = row[-1]
            overlap = min(last.y + last.height, word.y + word.height) - max(last.y, word.y)
            near = word.x - last.x - last.width <= 6 * max(last.height, word.height)
            if near and overlap >= 0.5 * min(last.height, word.height):
                row.append(word)
                break
        else:
            rows.append([word])
    yield from rows


def _columns(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Groups of four digits below each other: so some cards have their number."""
    columns: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.y):
        if len(_as_digits(word.text)) != _SHOWN_DIGITS:
            continue
        for column in columns:
            last = column[-1]
            if abs(last.x - word.x) <= last.height and 0 < word.y - last.y <= 3 * last.height:
                column.append(word)
                break
        else:
            columns.append([word])
    return (column for column in columns if len(column) >= 3)


def _as_digits(text: str) -> str:
    """The digits of a word that is a number, with what is easily read for one; "" of any other word."""
    text = text.strip(".,:;'\"`-–—()[]")
    # Dates and amounts have signs between their digits; one in a long number belongs to it, or was read badly.
    signed = any(sign in text for sign in "/-.") and len(text) < _SHORTEST_CARD
    if signed or sum(each.isdigit() and each.isascii() for each in text) * 2 < len(text):
        return ""
    digits = text.translate(_LIKE_DIGITS).replace("-", "").replace(".", "").replace(" ", "")
    return digits if _DIGITS.fullmatch(digits) else ""


def _runs(row: list[Word]) -> Iterator[list[tuple[str, Word]]]:
    """Numbers that stand close beside each other."""
    run: list[tuple[str, Word]] = []
    for word in row:
        digits = _as_digits(word.text)
        if run and (
            not digits
            or word.x - run[-1][1].x - run[-1][1].width > _GAP * max(word.height, run[-1][1].height)
        ):
            yield run
            run = []
        if digits:
            run.append((digits, word))
    if run:
        yield run


def _cards(rows: list[list[Word]], *, joined_only: bool = False) -> Iterator[Finding]:
    """Whole numbers of cards: in one word, also with others' letters before it, or in groups."""
    for row in rows:
        if not joined_only:
            for word in row:
                for match in _IN_A_WORD.finditer(word.text):
                    if is_card_number(match[0]):
                        yield Finding(CARD, _around([word]), match[0])
        runs = [[(_as_digits(word.text), word) for word in row]] if joined_only else _runs(row)
        for run in runs:
            for first in range(len(run)):
                digits = ""
                for last in range(first, len(run)):
                    digits += run[last][0]
                    if len(digits) > _LONGEST_CARD:
                        break
                    ends = {
                        sum(len(group) for group, _word in run[first:n]) for n in range(first + 1, last + 1)
                    }
                    if ends <= _GROUPED.get(len(digits), _IN_FOURS) and is_card_number(digits):
                        yield Finding(
                            CARD, _around([word for _digits, word in run[first : last + 1]]), digits
                        )


def _long_ends(page: Page, rows: list[list[Word]]) -> Iterator[Finding]:
    """More digits of a card's number than its last four: beside the box over the others, or beside dots for them."""
    covered = [_in_pixels(turned(box, page.turn), page) for box in page.boxes]
    for row in rows:
        for run in _runs(row):
            digits = "".join(digits for digits, _word in run)
            if not _SHOWN_DIGITS < len(digits) <= _LONGEST_CARD:
                continue
            place = _around([word for _digits, word in run])
            groups = len(run) > 1 and all(len(group) == _SHOWN_DIGITS for group, _word in run)
            # On a card a number that long is the card's, also where one of its digits was read badly.
            too_long = page.is_card and (groups or len(digits) >= _SHORTEST_CARD)
            if too_long or any(_beside(place, box) for box in covered) or _after_dots(row, run[0][1]):
                yield Finding(LONG_END, place, digits)


def _in_pixels(place: Place, page: Page) -> Place:
    x, y, width, height = place
    return x * page.width, y * page.height, width * page.width, height * page.height


def _beside(place: Place, box: Place) -> bool:
    """Whether a number begins where a box ends, or ends where it begins, in the same row."""
    overlap = min(place[1] + place[3], box[1] + box[3]) - max(place[1], box[1])
    gap = max(place[0] - box[0] - box[2], box[0] - place[0] - place[2])
    return overlap >= 0.5 * place[3] and gap <= _GAP * place[3] and box[3] <= 6 * place[3]


def _after_dots(row: list[Word], first: Word) -> bool:
    before = [word for word in row if word.x < first.x]
    return bool(
        before
        and _MASK.fullmatch(before[-1].text)
        and first.x - before[-1].x - before[-1].width <= _GAP * first.height
    )


def _around(words: Sequence[Word]) -> Place:
    left, top = min(word.x for word in words), min(word.y for word in words)
    right = max(word.x + word.width for word in words)
    return left, top, right - left, max(word.y + word.height for word in words) - top


def _each_once(found: Sequence[Finding]) -> list[Finding]:
    once: list[Finding] = []
    for finding in found:
        if not _among(finding, once):
            once.append(finding)
    return once


def _among(finding: Finding, others: Sequence[Finding]) -> bool:
    return any(overlap(finding.place, other.place) > 0.5 for other in others)


def overlap(one: Place, other: Place) -> float:
    """How much of the smaller place both have in common (0 to 1)."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    smaller = min(one[2] * one[3], other[2] * other[3])
    return width * height / smaller if width > 0 and height > 0 and smaller else 0.0
