"""Numbers of payment cards: the one table of issuers, and the check digit. No Django.

Sources: ISO/IEC 7812-1 (check digit, Annex B) and the issuers' published ranges. Prefixes that order numbers of
AliExpress share (50, 81) are left out: 5018 to 5038 were Maestro's, which issues no more, and 810 to 817 are few of
UnionPay's.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Issuer(NamedTuple):
    """How an issuer's numbers begin, as a regular expression, and how many digits they have; the usual count first."""

    name: str
    begins: str
    lengths: tuple[int, ...]


ISSUERS = (
    Issuer("Visa", r"4", (16, 13, 19)),
    Issuer("Mastercard", r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)", (16,)),
    Issuer("American Express", r"3[47]", (15,)),
    Issuer("Discover", r"6(?:011|4[4-9]|5)", (16, 19)),
    Issuer("UnionPay", r"62", (16, 17, 18, 19)),
    Issuer("Diners Club", r"3(?:0[0-5]|[68])", (14,)),
    Issuer("JCB", r"35(?:2[89]|[3-8])", (16,)),
)

_ISSUED = re.compile(
    "|".join(
        rf"(?=(?:{issuer.begins}))(?:{'|'.join(rf'[0-9]{{{length}}}' for length in issuer.lengths)})"
        for issuer in ISSUERS
    )
)


def begins_like_a(length: int) -> str:
    """A regular expression for how numbers begin that usually have so many digits."""
    return "|".join(issuer.begins for issuer in ISSUERS if issuer.lengths[0] == length)


def is_card_number(digits: str) -> bool:
    """Whether an issuer has numbers that begin so and are as long, and the last digit is the check digit."""
    return _ISSUED.fullmatch(digits) is not None and adds_up(digits)


def adds_up(number: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn)."""
    doubled = (2 * int(digit) for digit in number[-2::-2])
    return (sum(map(int, number[::-2])) + sum(each - 9 if each > 9 else each for each in doubled)) % 10 == 0
