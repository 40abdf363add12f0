"""Numbers of payment cards, which no list of orders needs: they are dropped before anything is read of a row."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..columns import normalised_header
from .numbers import numbers_after_a_word

#: How titles of columns with a card's secrets begin.
CARD_TITLES = (
    "card number", "cardnumber", "card no", "credit card number", "creditcard number", "debit card number", "cc number",
    "card cvv", "card cvc", "card security code", "cvv", "cvc", "numero de tarjeta", "numero tarjeta", "n tarjeta",
    "n de tarjeta", "kartennummer", "kreditkartennummer", "numero de carte", "numero carta", "numero di carta",
    "numero do cartao", "numero de cartao", "kaartnummer", "creditcardnummer", "numer karty",
)  # fmt: skip
#: By the issuers' first digits and lengths: Visa, Mastercard, American Express, Discover, UnionPay, Diners Club.
_CARD = re.compile(
    r"(?<![\w+.-])(?:"
    r"4\d{3}(?P<a>[ -]?)\d{4}(?P=a)\d{4}(?P=a)\d{4}"
    r"|(?:5[1-5]\d\d|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)|6(?:011|4[4-9]\d|5\d\d|2\d\d))"
    r"(?P<b>[ -]?)\d{4}(?P=b)\d{4}(?P=b)\d{4}"
    r"|3[47]\d\d(?P<c>[ -]?)\d{6}(?P=c)\d{5}"
    r"|3(?:0[0-5]|[68]\d)\d(?P<d>[ -]?)\d{6}(?P=d)\d{4}"
    r")(?![\w-]|\.\d)",
    re.ASCII,
)
_SIGN = r"[ \u00a0\u202f.-]?"
#: As people type them into a note: groups apart in any way, right after a word or before one.
_CARD_IN_WORDS = re.compile(
    rf"(?<!\d)(?:4\d{{3}}(?:{_SIGN}\d{{4}}){{3}}"
    r"|(?:5[1-5]\d\d|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)|6(?:011|4[4-9]\d|5\d\d|2\d\d))"
    rf"(?:{_SIGN}\d{{4}}){{3}}"
    rf"|3[47]\d\d{_SIGN}\d{{6}}{_SIGN}\d{{5}}"
    rf"|3(?:0[0-5]|[68]\d)\d{_SIGN}\d{{6}}{_SIGN}\d{{4}})(?!\d)",
    re.ASCII,
)
#: Titles of columns whose numbers are those of orders, parcels and things.
_OF_NO_CARD = re.compile(
    r"order|pedido|aliexpress|\bali\b|\bae\b|track|seguimiento|\bid\b|\bsku\b|barcode|\bean\b|gtin|\bimei\b"
)
_DIGITS = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 if byte in b" -" else 0x78 for byte in range(256))
#: Digits as a card has them: in one piece, or in groups.
_RUNS = (b"0" * 14, b"0000 0000 0000 0000", b"0000 000000 0000")
#: As long as any of them: so much of what came before is looked at again with the next piece of a file.
LONGEST_RUN = 24


def may_have_cards(text: bytes) -> bool:
    """Whether so many digits stand together anywhere in the text; looked for at the speed of C."""
    digits = text.translate(_DIGITS)
    return any(run in digits for run in _RUNS)


def is_card_title(title: str) -> bool:
    return normalised_header(title).startswith(CARD_TITLES)


def may_be_cards_column(title: str) -> bool:
    return _OF_NO_CARD.search(normalised_header(title)) is None


def without_cards(text: str) -> str:
    """The text with `[card]` in place of each card's number; the numbers of AliExpress orders stay."""
    if len(text) < 14 or _CARD.search(text) is None:
        return text
    orders = frozenset(numbers_after_a_word(text))

    def shown(match: re.Match[str]) -> str:
        number = re.sub(r"[ -]", "", match[0])
        return match[0] if number in orders or not _adds_up(number) else "[card]"

    return _CARD.sub(shown, text)


def numbers_like_cards(text: str) -> list[str]:
    """Numbers in the text that can be a card's, digits only. The number of an AliExpress order may look like one."""
    found = (re.sub(r"\D", "", match[0]) for match in _CARD_IN_WORDS.finditer(text))
    return [number for number in found if _adds_up(number)]


def with_masked_cards(text: str, *, orders: Collection[str] = ()) -> str:
    """The text with `•••• 4242` in place of each card's number. `orders` are numbers of AliExpress orders: they stay.

    So do those that a word in front of them says are such.
    """
    if not numbers_like_cards(text):
        return text
    known = {*orders, *numbers_after_a_word(text)}

    def masked(match: re.Match[str]) -> str:
        number = re.sub(r"\D", "", match[0])
        return match[0] if number in known or not _adds_up(number) else f"•••• {number[-4:]}"

    return _CARD_IN_WORDS.sub(masked, text)


def _adds_up(number: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn)."""
    doubled = (2 * int(digit) for digit in number[-2::-2])
    return (sum(map(int, number[::-2])) + sum(each - 9 if each > 9 else each for each in doubled)) % 10 == 0
