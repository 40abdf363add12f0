"""Numbers of payment cards, which no list of orders needs: they are dropped before anything is read of a row."""

from __future__ import annotations

import re

from closedorders.core.text.cards import adds_up, begins_like_a

from ..columns import normalised_header
from .numbers import numbers_after_a_word

#: How titles of columns with a card's secrets begin.
CARD_TITLES = (
    "card number", "cardnumber", "card no", "credit card number", "creditcard number", "debit card number", "cc number",
    "card cvv", "card cvc", "card security code", "cvv", "cvc", "numero de tarjeta", "numero tarjeta", "n tarjeta",
    "n de tarjeta", "kartennummer", "kreditkartennummer", "numero de carte", "numero carta", "numero di carta",
    "numero do cartao", "numero de cartao", "kaartnummer", "creditcardnummer", "numer karty",
)  # fmt: skip
#: As cards have them: in one piece, or in the groups of their length.
_CARD = re.compile(
    r"(?<![\w+.-])(?:"
    rf"(?=(?:{begins_like_a(16)}))\d{{4}}(?P<a>[ -]?)\d{{4}}(?P=a)\d{{4}}(?P=a)\d{{4}}"
    rf"|(?=(?:{begins_like_a(15)}))\d{{4}}(?P<b>[ -]?)\d{{6}}(?P=b)\d{{5}}"
    rf"|(?=(?:{begins_like_a(14)}))\d{{4}}(?P<c>[ -]?)\d{{6}}(?P=c)\d{{4}}"
    r")(?![\w-]|\.\d)",
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
        return match[0] if number in orders or not adds_up(number) else "[card]"

    return _CARD.sub(shown, text)
