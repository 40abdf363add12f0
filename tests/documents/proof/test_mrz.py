"""Machine-readable lines, as ICAO Doc 9303 prints them in its examples and as they are read from pictures."""

from __future__ import annotations

from datetime import date

import pytest

from closedorders.documents.proof.mrz import check_digit, expiry_in, is_zone_line

# The specimens of parts 4, 5 and 6.
PASSPORT = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
CARD = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
VISA_SIZE = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")


@pytest.mark.parametrize(
    ("text", "digit"), [("520727", 3), ("L898902C3", 6), ("740812", 2), ("120415", 9), ("AB2134<<<", 5)]
)
def test_check_digits_are_those_of_the_standard(text: str, digit: int) -> None:
    assert check_digit(text) == digit


@pytest.mark.parametrize("line", [*PASSPORT, *CARD[1:], *VISA_SIZE])
def test_a_line_is_known(line: str) -> None:
    assert is_zone_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "L898902C36UTO74O8I22FI2O4I59ZE184226B<<<<<10",  # letters read for digits
        "UTO7408122F1204159ZE1842",  # both ends under a box
        "P<UTOERIKSSON««ANNA<MARIA<<<<<<<<<<<<",
    ],
)
def test_a_line_that_was_read_badly_or_in_part_is_known(line: str) -> None:
    assert is_zone_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "L898902C36UTO7408123F1204159ZE184226B<<<<<10",  # the check digit of the birth is another one
        "7413122F1204159",  # no such month
        "ORDER 8201447122035519 SHIPPED", "<< PREVIOUS  NEXT >>", "A << B", "", "<" * 44,
    ],
)  # fmt: skip
def test_other_text_is_not(line: str) -> None:
    assert not is_zone_line(line)


@pytest.mark.parametrize("lines", [PASSPORT, CARD, VISA_SIZE])
def test_the_expiry_is_read_from_papers_of_every_size(lines: tuple[str, ...]) -> None:
    assert expiry_in(lines) == date(2012, 4, 15)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["L898902C36UTO7408122F1204158ZE184226B<<<<<10"],  # the check digit of the expiry is another one
        ["7408122F1204159", f"7408122F300415{check_digit('300415')}"],  # two papers
        [f"7408122F120231{check_digit('120231')}"],  # 31 February
    ],
)
def test_an_expiry_that_is_not_certain_is_not_proposed(lines: list[str]) -> None:
    assert expiry_in(lines) is None


def test_letters_that_were_read_for_digits_make_no_other_date() -> None:
    assert expiry_in(["L898902C36UTO74O8I22FI2O4I59ZE184226B<<<<<10"]) == date(2012, 4, 15)
