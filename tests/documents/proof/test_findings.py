"""What must be hidden is found in words and their places, wherever and however it stands; other numbers are not."""

from __future__ import annotations

from typing import Any

import pytest

from closedorders.documents.proof.findings import CARD, LINES, LONG_END, Finding, Page, Word, find, turned

from .test_mrz import PASSPORT


def _row(text: str, *, x: float = 50, y: float = 100, height: float = 20) -> list[Word]:
    """The words of one row, each letter twelve pixels wide."""
    words = []
    for part in text.split(" "):
        if part:
            words.append(Word(part, x, y, 12 * len(part), height))
        x += 12 * (len(part) + 1)
    return words


def _find(*rows: list[Word], **changes: Any) -> list[Finding]:
    words = [word for row in rows for word in row]
    return find(Page(words, 1000, 600)._replace(**changes))


@pytest.mark.parametrize(
    "text",
    [
        "4242 4242 4242 4242", "4242424242424242", "Card:4242424242424242", "No. 4242-4242-4242-4242 ok",
        "Card 3782 822463 10005", "4242 4242 4242 4242 12/30", "4242 4Z4Z 4242 424Z",
        "4222222222222", "6200000000000000000",
    ],
)  # fmt: skip
def test_a_whole_number_is_found(text: str) -> None:
    (found,) = _find(_row(text))
    assert found.kind == CARD
    assert found.place[1] == pytest.approx(100 / 600)


def test_a_number_in_groups_below_each_other_is_found() -> None:
    (found,) = _find(*(_row("4242", y=100 + 40 * row) for row in range(4)))
    assert found.digits == "4242424242424242"


@pytest.mark.parametrize(
    "text",
    [
        "8201447122035519", "Order 3012345678901237 closed", "4242 4242 4242 4241", "+34 600 123 456", "2026-11-30",
        "YT4242424242424242", "629 407 252 2026-11-14", "434647210748 881.5", "629 4072522026 1114",
        "12.50 4242", "4242", "ES91 2100 0418 4502 0005 1332", "4242424242424242424242",
        "Balance 4242.42 4242.42 4242.42 4242.42",
    ],
)  # fmt: skip
def test_another_number_is_not(text: str) -> None:
    assert _find(_row(text)) == []


@pytest.mark.parametrize(("turn", "place"), [(90, (0.1, 0.2, 0.02, 0.4)), (180, (0.1, 0.2, 0.4, 0.02))])
def test_the_place_is_that_on_the_page_as_it_is_stored(turn: int, place: tuple[float, ...]) -> None:
    width, height = (600, 1000) if turn == 90 else (1000, 600)
    x, y, wide, high = turned(place, turn)  # type: ignore[arg-type]  # four
    word = Word("4242424242424242", x * width, y * height, wide * width, high * height)
    (found,) = find(Page([word], width, height, turn=turn))
    assert found.place == pytest.approx(place)


#: Over the first twelve digits of a row at x=50, y=100.
_BOX = (0.04, 95 / 600, 0.2, 30 / 600)


@pytest.mark.parametrize(("text", "digits"), [("56 4242", 6), ("3456 4242", 8), ("34564242", 8)])
def test_more_than_the_last_four_beside_a_box_is_found(text: str, digits: int) -> None:
    (found,) = _find(_row(text, x=250), boxes=[_BOX])
    assert (found.kind, len(found.digits)) == (LONG_END, digits)


def test_the_first_digits_before_a_box_are_found_too() -> None:
    (found,) = _find(_row("424242", x=50), boxes=[(0.13, 95 / 600, 0.2, 30 / 600)])
    assert found.kind == LONG_END


@pytest.mark.parametrize("text", ["•••• 564242", "**** **** 3456 4242"])
def test_more_than_the_last_four_beside_dots_is_found(text: str) -> None:
    (found,) = _find(_row(text))
    assert found.kind == LONG_END


@pytest.mark.parametrize("text", ["4242", "4242 12/30", "4242        900123456"])
def test_the_last_four_alone_pass(text: str) -> None:
    assert _find(_row(text, x=250), boxes=[_BOX], is_card=True) == []


def test_two_groups_of_a_number_pass_on_a_screenshot_and_not_on_a_card() -> None:
    assert _find(_row("3456 4242")) == []
    assert [each.kind for each in _find(_row("3456 4242"), is_card=True)] == [LONG_END]


@pytest.mark.parametrize("text", ["9545388650730229", "37942269637167/2", "9106 8851 3073 2106"])
def test_a_number_as_long_as_a_cards_is_found_on_a_card_though_a_digit_was_read_badly(text: str) -> None:
    assert _find(_row(text)) == []
    assert [each.kind for each in _find(_row(text), is_card=True)] == [LONG_END]


def test_machine_readable_lines_are_found_where_they_must_be_hidden() -> None:
    rows = [_row(line, x=10, y=500 + 30 * n) for n, line in enumerate(PASSPORT)]
    assert [each.kind for each in _find(*rows, lines_hidden=True)] == [LINES, LINES]
    assert _find(*rows) == []
