"""Numbers of orders, a store's and AliExpress's, and of parcels: text, whatever a spreadsheet makes of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from closedorders.core.text.masks import AT_SIGNS, contains_address

from .base import INVISIBLE_CATEGORIES, SCIENTIFIC, BadValue, clean_text, without_rounded

MAX_ORDER_NUMBER_CHARACTERS = 64

#: What stands between the tracking numbers of an AliExpress order that travels in several parcels.
SEVERAL_PARCELS = ", "

_PLAIN_NUMBER = re.compile(r"#?(?:[A-Za-z]{1,12}-?)?\d{1,20}", re.ASCII)


def _as_text_cell(text: str) -> str:
    """Without what people put before a number so that a spreadsheet leaves it alone: tab, apostrophe, `="…"`."""
    text = text.strip().strip("\ufeff\u200b\u00a0").strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.lstrip("'’`").strip()


def parse_order_number(text: str) -> str:
    """A store's order number as it is worded there: `#1001`, `#AP-516073`, `0042`. Leading zeros stay."""
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    number = _as_text_cell(text)
    if not number:
        raise BadValue("missing_value")
    if any(sign in number for sign in AT_SIGNS) or contains_address(number):
        # Numbers are shown whole to everyone, and addresses are not.
        raise BadValue("invalid_order_number")
    if number.isascii():
        if not number.isprintable() or len(number) > MAX_ORDER_NUMBER_CHARACTERS:
            raise BadValue("invalid_order_number")
        if number[0] in "0123456789+-" and SCIENTIFIC.fullmatch(number):
            raise BadValue("scientific_notation")
        return number
    number = clean_text(number)
    if len(number) > MAX_ORDER_NUMBER_CHARACTERS or any(
        unicodedata.category(each) in INVISIBLE_CATEGORIES for each in number
    ):
        raise BadValue("invalid_order_number")
    return number


def parse_order_numbers(texts: Sequence[str]) -> Sequence[str]:
    """`parse_order_number` of each; where one is bad the error does not say which."""
    if all(map(_PLAIN_NUMBER.fullmatch, texts)):
        return texts
    return list(map(parse_order_number, texts))


def parse_external_id(text: str) -> str:
    """The key an order has in its shop's database; "" for one that a spreadsheet rounded, which is no order's."""
    return without_rounded([clean_text(text)])[0]


def parse_external_ids(texts: Sequence[str]) -> list[str]:
    """`parse_external_id` of each."""
    return without_rounded([text if text.isascii() else clean_text(text) for text in map(str.strip, texts)])


#: Pattern of what can be an AliExpress order number.
ALIEXPRESS_NUMBER = "[0-9]{8,20}"
#: Pattern of the numbers that AliExpress gives today. Fewer or more digits are as often a telephone, tracking or part
#: number, so in free text they count only where something else shows that they are an order's.
USUAL_ALIEXPRESS_NUMBER = "[0-9]{15,17}"
_NUMBER = re.compile(ALIEXPRESS_NUMBER)
_USUAL_NUMBER = re.compile(USUAL_ALIEXPRESS_NUMBER)


def is_aliexpress_number(text: str) -> bool:
    """Whether `text` can be an AliExpress order number: 8 to 20 ASCII digits and nothing else."""
    return _NUMBER.fullmatch(text) is not None


def is_usual_aliexpress_number(text: str) -> bool:
    """Whether `text` is as long as the order numbers that AliExpress gives today: 15 to 17 ASCII digits."""
    return _USUAL_NUMBER.fullmatch(text) is not None


_GROUPED = re.compile(
    r"(?<!\d)(\d{4})[ \u00a0\u202f](\d{4})[ \u00a0\u202f](\d{4})[ \u00a0\u202f](\d{4})(?!\d)"
)


def _ungrouped(text: str) -> str:
    """Sixteen digits in groups of four, as our own pages show them, are one number: none has as few as four."""
    return _GROUPED.sub(r"\1\2\3\4", text)


def parse_aliexpress_number(text: str) -> str:
    """An AliExpress order number: 8 to 20 ASCII digits, kept as text (16 digits do not survive a spreadsheet)."""
    number = _as_text_cell(text)
    if not number.isdigit():
        number = _ungrouped(number)
    if is_aliexpress_number(number):
        return number
    if not number:
        raise BadValue("missing_value")
    if SCIENTIFIC.fullmatch(number):
        raise BadValue("scientific_notation")
    raise BadValue("invalid_aliexpress_number")


def parse_aliexpress_numbers(text: str) -> tuple[str, ...]:
    """All numbers of one cell, separated by comma, semicolon, slash, bar, space or line end; each once, in order."""
    parts = re.split(r"[\s,;/|]+", _ungrouped(_as_text_cell(text)))
    return tuple(dict.fromkeys(parse_aliexpress_number(part) for part in parts if part))


_ROUNDED = re.compile(r"\d[.,]\d+[eE]\+\d+", re.ASCII)


def parse_tracking_number(text: str) -> str:
    """A parcel's number as it is worded, unless a spreadsheet rounded it (`1.23E+15`)."""
    number = clean_text(text)
    if _ROUNDED.fullmatch(number):
        raise BadValue("scientific_notation")
    return number


def joined_parcels(*cells: str) -> str:
    """The numbers of all the parcels that these cells name, each once; a cell may name several."""
    parts = (part.strip() for cell in cells for part in re.split(r"[,;|]", cell))
    return SEVERAL_PARCELS.join(dict.fromkeys(filter(None, parts)))


def parcels_within(parcels: str, most: int) -> str:
    """As many of the numbers as have room in `most` characters: a part of one would be the number of no parcel."""
    while len(parcels) > most and SEVERAL_PARCELS in parcels:
        parcels = parcels.rpartition(SEVERAL_PARCELS)[0]
    return parcels[:most]


_AFTER_A_WORD = re.compile(
    r"(?<![a-z])(?:ali\s?-?express|ali|ae)(?![a-z])((?:[^\d\n]{0,24}(?<![a-z+]))?)"
    rf"({ALIEXPRESS_NUMBER}(?![\w])(?:[\s,;/&+]{{1,3}}(?:and|y|e)?\s?{ALIEXPRESS_NUMBER}(?![\w]))*)",
    re.ASCII | re.IGNORECASE,
)
#: Between such a word and a number: that it is an order's, or that it is none. Ali is a name, and AE a country.
_OF_AN_ORDER = re.compile(
    r"^\s?[:=]|order|pedido|commande|bestell|\b(?:no|nr|num|id|n)\b|[#№º]", re.IGNORECASE
)
#: `20260312`, and telephones as they are dialled at home.
_A_DAY_OR_LOCAL = re.compile(r"20\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])|0\d+")
_OF_SOMETHING_ELSE = re.compile(
    r"track|phone|mobile|\btel|call|whatsapp|seguimiento|llam|m[oó]vil", re.IGNORECASE
)
_BY_ITSELF = re.compile(rf"(?<![\w.#+-])({USUAL_ALIEXPRESS_NUMBER})(?![\w-]|\.\d)", re.ASCII)
_EIGHT_DIGITS = re.compile(r"\d{8}", re.ASCII)
_SUPPLIER_WORD = re.compile(r"(?<![a-z])(?:ali\s?-?express|ali|ae|supplier|dsers)(?![a-z])", re.IGNORECASE)


def may_hold_numbers(*texts: str) -> bool:
    """False for most notes and tags: those in which `find_aliexpress_numbers` finds nothing for want of digits."""
    return any(map(_EIGHT_DIGITS.search, texts))


def find_aliexpress_numbers(*, note: str = "", attributes: str = "", tags: str = "") -> tuple[str, ...]:
    """AliExpress order numbers that people and apps leave in an order's notes, note attributes and tags.

    A number counts standing by itself in a note or tag with the 15 to 17 digits AliExpress uses, or after a word like
    "AliExpress" or "AE"; with 8 to 20 digits where it is said to be an order's ("AE order 12345678"). Note attributes
    are full of other apps' ids, so there the line itself must speak of the supplier.
    """
    if not may_hold_numbers(note, attributes, tags):
        return ()  # The patterns below take ten times as long to say so.
    found: dict[str, None] = {}
    for text in (note, tags):
        if text:
            found.update(dict.fromkeys(_after_a_word(text)))
            found.update(dict.fromkeys(_BY_ITSELF.findall(text)))
    for line in attributes.split("\n") if attributes else ():
        key, _, value = line.partition(":")
        if _SUPPLIER_WORD.search(key):
            found.update(dict.fromkeys(_BY_ITSELF.findall(value)))
        found.update(dict.fromkeys(_after_a_word(line)))
    return tuple(found)


def numbers_after_a_word(text: str) -> Iterator[str]:
    """AliExpress numbers that a word in front of them says are such."""
    return _after_a_word(text)


def _after_a_word(text: str) -> Iterator[str]:
    for between, numbers in _AFTER_A_WORD.findall(text):
        if _OF_SOMETHING_ELSE.search(between):
            continue
        is_orders = _OF_AN_ORDER.search(between) is not None
        for number in _NUMBER.findall(numbers):
            if is_usual_aliexpress_number(number) or (is_orders and not _A_DAY_OR_LOCAL.fullmatch(number)):
                yield number
