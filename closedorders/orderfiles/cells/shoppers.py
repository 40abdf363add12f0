"""What a shop notes beside who bought: the language they read, and the discount code they used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from babel import Locale

from closedorders.core.text.folding import folded

from .base import clean_text

#: Languages whose names people write in a column, by their own name and in English and Spanish.
_NAMED = (
    "en",
    "es",
    "fr",
    "de",
    "it",
    "pt",
    "nl",
    "pl",
    "ca",
    "sv",
    "da",
    "fi",
    "cs",
    "ro",
    "el",
    "tr",
    "ja",
)
_CODE = re.compile(r"([a-z]{2})(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
#: How a code looks that was made for one customer: a name and a per cent, and an end that nobody can guess.
_PERSONAL = re.compile(r"[a-z]+(?:-[a-z]+)*\d{1,3}(?:-\d+)?-[a-z0-9]{5,10}")
MAX_CODE_CHARACTERS = 100


@cache
def _language_names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for reader in (*_NAMED, "en", "es"):
        for code in _NAMED:
            if reader in (code, "en", "es"):
                names.setdefault(folded(Locale.parse(reader).languages.get(code, code)), code)
    return names


def parse_language(text: str) -> str:
    """`es` for "es_MX", "ES", "Spanish" or "Español"; "" for what names no language: no order is refused for it."""
    words = clean_text(text)
    if (code := _CODE.fullmatch(words)) is not None:
        return code[1].lower()
    return _language_names().get(folded(words), "")


def parse_discount_code(text: str) -> str:
    """The code an order was bought with, in lower case; of several the one that was made for one customer.

    WebToffee's files have more beside it: `code:ana10-7k2xq|amount:5.00`.
    """
    words = clean_text(text).lower()
    codes = re.findall(r"\bcode:\s*([^|;,]+)", words) or re.split(r"[,;|]", words)
    named = [each.strip()[:MAX_CODE_CHARACTERS] for each in codes if each.strip()]
    return next((each for each in named if _PERSONAL.fullmatch(each)), named[0] if named else "")
