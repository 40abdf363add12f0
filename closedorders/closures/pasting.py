"""Reads AliExpress order numbers out of whatever somebody pasted.

AliExpress numbers its orders with 16 digits today; 15 and 17 are read too. Shorter and longer runs of digits are
telephone, tracking or part numbers as often as orders, so they are read only where the caller knows them as orders,
and shown to the person otherwise. Nothing is guessed: what could be read in two ways is handed back.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

from closedorders.orderfiles.cells import (
    ALIEXPRESS_NUMBER,
    USUAL_ALIEXPRESS_NUMBER,
    is_aliexpress_number,
    is_usual_aliexpress_number,
)

# A spreadsheet keeps 15 digits of a number and writes 0 for the rest. One number in ten ends in 0 by chance; eight in
# a row do so once in a hundred million pastes.
ROUNDED_FROM = 8

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_ORDER_IN_ADDRESS = re.compile(rf"(?:trade)?order_?ids?=({ALIEXPRESS_NUMBER})(?![0-9])", re.IGNORECASE)
# Product and product variant numbers are as long as order numbers.
_PRODUCT = re.compile(r"100500[0-9]{10}|120000[0-9]{11}")
_SPACES = "[ \u00a0\u2002-\u200a\u202f]"
_PIECES = re.compile(
    rf"""
    (?P<address>(?:https?://|www\.)[^\s,;"'<>]+)
  | (?P<shortened>(?<![\w.,])[0-9](?:[.,][0-9]+)?E\+?[0-9]{{2}}(?!\w))
  | (?P<fours>(?<![0-9])[0-9]{{4}}(?P<gap>{_SPACES}{{1,2}}|[-–._·])[0-9]{{4}}(?:(?P=gap)[0-9]{{4}})+
        (?:(?P=gap)(?P<tail>[0-9]{{1,3}})(?![0-9]|[.,][0-9]{{1,2}}(?![0-9])))?(?![0-9]))
  | (?P<thousands>(?<![0-9])[0-9]{{1,3}}(?P<mark>[.,'’]|{_SPACES})[0-9]{{3}}(?:(?P=mark)[0-9]{{3}}){{3,4}}
        (?!(?P=mark)?[0-9]))
  | (?P<whole>(?<![A-Za-z0-9]){USUAL_ALIEXPRESS_NUMBER}(?![0-9]))(?:\.0+(?![0-9]))?
  | (?P<digits>(?<![A-Za-z\d])[A-Za-z\d]*\d{{8,}}[A-Za-z\d]*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ONLY_DIGITS = re.compile(r"[\s#'\"`,;|.\-–_/()\[\]]*\d[\d\s#'\"`,;|.\-–_/()\[\]]*")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a paste contains.

    `numbers`: order numbers as text, each once, in the order of the paste. `repeated`: how many were there again.
    `shortened`: numbers a spreadsheet has cut (`8.19E+15`); their digits are lost. `unreadable`: pieces that look as
    if an order number was meant. `unusual`: those of them that would be read if they were known as orders, as digits.
    `rounded`: all of many numbers end in 0, which a spreadsheet does to 16 digits.
    """

    numbers: tuple[str, ...]
    repeated: int
    shortened: tuple[str, ...]
    unreadable: tuple[str, ...]
    unusual: tuple[str, ...]
    rounded: bool


def read_numbers(text: str, *, known: Set[str] = frozenset()) -> Pasted:
    """Find the order numbers in `text`: by lines, commas, tabs, grouped by four, in addresses or amid words.

    `known` are numbers of 8 to 20 digits that are certainly orders: they are read whatever their length. Read first
    without them, the text's `unusual` numbers are those to look up.
    """
    found: list[str] = []
    shortened: list[str] = []
    unreadable: list[str] = []
    unusual: list[str] = []
    for line in _INVISIBLE.sub("", text).splitlines():
        here, cut, unclear, odd = _read_line(line, known)
        found += here
        shortened += cut
        unreadable += unclear
        unusual += odd
    numbers = tuple(dict.fromkeys(found))
    return Pasted(
        numbers=numbers,
        repeated=len(found) - len(numbers),
        shortened=tuple(dict.fromkeys(shortened)),
        unreadable=tuple(dict.fromkeys(piece[:60] for piece in unreadable)),
        unusual=tuple(dict.fromkeys(unusual)),
        rounded=len(numbers) >= ROUNDED_FROM and all(len(n) == 16 and n.endswith("0") for n in numbers),
    )


def _read_line(line: str, known: Set[str]) -> tuple[list[str], list[str], list[str], list[str]]:
    found: list[str] = []
    shortened: list[str] = []
    unclear: list[str] = []
    unusual: list[str] = []

    def read_if_known(digits: str, piece: str) -> None:
        if digits in known:
            found.append(digits)
            return
        unclear.append(piece)
        if is_aliexpress_number(digits) and not is_usual_aliexpress_number(digits):
            unusual.append(digits)

    for match in _PIECES.finditer(line):
        piece = match.group()
        match match.lastgroup:
            case "address":
                for number in _ORDER_IN_ADDRESS.findall(piece):
                    if is_usual_aliexpress_number(number):
                        found.append(number)
                    else:
                        read_if_known(number, number)
            case "shortened":
                shortened.append(piece)
            case "whole":
                found.append(match["whole"])
            case "thousands" if is_usual_aliexpress_number(digits := _digits(piece)):
                found.append(digits)
            case "fours" if numbers := _split_fours(_digits(piece), match["tail"] or ""):
                found += numbers
            case "digits":
                read_if_known(piece, piece)
            case _:
                read_if_known(_digits(piece), piece)
    if not (found or shortened or unclear) and _ONLY_DIGITS.fullmatch(line.strip()):
        read_if_known(_digits(line), line.strip())
    orders = [number for number in found if not _PRODUCT.fullmatch(number)]
    return orders or found, shortened, unclear, unusual


def _digits(piece: str) -> str:
    return "".join(character for character in piece if character.isdigit())


def _split_fours(digits: str, tail: str) -> list[str]:
    """Numbers of 16 digits, the last one perhaps of 15; none where one digit more or less would change them.

    A single digit behind 16 may be the end of 17 or a quantity, and five groups may be a year and a number.
    """
    fours, rest = len(digits) - len(tail), len(tail)
    if rest == 3 and fours % 16 == 12:
        return [digits[start : start + 16] for start in range(0, len(digits), 16)]
    if fours % 16 == 0 and rest != 1:
        return [digits[start : start + 16] for start in range(0, fours, 16)]
    return []
