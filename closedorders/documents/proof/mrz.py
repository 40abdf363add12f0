"""Machine-readable lines of identity papers, as ICAO Doc 9303 (parts 4 to 6) has them. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_WEIGHTS = (7, 3, 1)
#: What is read for a digit; used only where a digit has to be, and only if the check digits then agree.
_FOR_DIGITS = str.maketrans("OQDILZSBG", "000112586")
_FOR_FILLERS = str.maketrans({"«": "<<", "‹": "<", "(": "<", "[": "<"})
#: Birth, its check digit, sex, expiry, its check digit: so in all three sizes of paper.
_DATES = re.compile(r"(?=([0-9OQDILZSBG]{6})([0-9OQDILZSBG])[MFX<]([0-9OQDILZSBG]{6})([0-9OQDILZSBG]))")
#: Names stand between fillers, and fill a line of 30, 36 or 44 characters.
_NAMES = re.compile(r"[A-Z]{2,}<<[A-Z]*")
_SHORTEST_LINE, _FEWEST_FILLERS = 25, 5


def check_digit(text: str) -> int:
    """Of digits, letters (10 to 35) and fillers (0), with the weights 7, 3, 1."""
    values = (0 if each == "<" else int(each, 36) for each in text)
    return sum(value * _WEIGHTS[place % 3] for place, value in enumerate(values)) % 10


def is_zone_line(text: str) -> bool:
    """Whether a line that was read is one of the machine-readable lines, or shows as much of one as tells who it is."""
    line = "".join(text.split()).translate(_FOR_FILLERS).upper()
    if any(_dates_agree(*match.groups()) for match in _DATES.finditer(line)):
        return True
    named = _NAMES.search(line) is not None and line.count("<") >= _FEWEST_FILLERS
    return len(line) >= _SHORTEST_LINE and named


def expiry_in(lines: Iterable[str]) -> date | None:
    """When the paper runs out; None where no line has it with right check digits, or two lines differ.

    Lines give two digits of the year: papers run out in this century.
    """
    found = set()
    for text in lines:
        line = "".join(text.split()).translate(_FOR_FILLERS).upper()
        for match in _DATES.finditer(line):
            if _dates_agree(*match.groups()):
                year, month, day = re.findall(r"..", match[3].translate(_FOR_DIGITS))
                try:
                    found.add(date(2000 + int(year), int(month), int(day)))
                except ValueError:  # 31 February
                    continue
    return found.pop() if len(found) == 1 else None


def _dates_agree(birth: str, birth_check: str, expiry: str, expiry_check: str) -> bool:
    parts = [part.translate(_FOR_DIGITS) for part in (birth, birth_check, expiry, expiry_check)]
    return all(
        _is_date(date) and check_digit(date) == int(check)
        for date, check in zip(parts[::2], parts[1::2], strict=True)
    )


def _is_date(digits: str) -> bool:
    """Year, month and day of two digits each. Where a day of birth is unknown the other line, of names, is found."""
    return 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:]) <= 31
