"""How a mail greets a customer, and how it lists words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from .placeholders import single_line, without_accents


def join_words(items: Sequence[str], language: str) -> str:
    """`["#1001", "#1002", "#1003"]` → "#1001, #1002 and #1003", in Spanish "#1001, #1002 y #1003".

    Spanish "y" becomes "e" before the sound i: "María e Inés", "padre e hijo", but "agua y hielo".
    """
    words = [item for item in items if item]
    if len(words) < 2:
        return "".join(words)
    conjunction = "and"
    if language.startswith("es"):
        sounds_like_i = re.match(r"(?:i|hi(?![aeo]))", without_accents(words[-1]).lower())
        conjunction = "e" if sounds_like_i else "y"
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


# fmt: off
_TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "dra", "prof", "profa", "sir", "madam", "mme", "mlle", "herr", "frau",
    "sr", "sra", "srta", "srto", "don", "dona", "d", "da", "ing", "lic",
})
_SUFFIXES = frozenset({
    "jr", "sr", "phd", "md", "esq", "ii", "iii", "iv", "sl", "slu", "sa", "slne", "ltd", "llc", "inc", "gmbh", "bv",
})
# fmt: on
_WHOLE_NAME_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


def first_name(full_name: str | None) -> str:
    """How to greet someone, or "" when the name does not say: then the template's fallback greets.

    Knows "García, María", titles in front, company endings, lone initials, e-mail addresses and order-desk names in
    digits. Capitals stay as the customer typed them. Names in Chinese, Japanese or Korean script are used whole.
    """
    name = single_line(full_name or "").strip(" ,;.")
    if not name or "@" in name:
        return ""
    if any(unicodedata.name(character, "").startswith(_WHOLE_NAME_SCRIPTS) for character in name):
        return name
    before, comma, after = name.partition(",")
    is_inverted = comma and after.strip() and _bare(after) not in _SUFFIXES
    words = (after if is_inverted else before).split()
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        words = words[1:]
    first = words[0].strip(",;") if words else ""
    is_initial = re.fullmatch(r"(?:[^\W\d_]\.)+", first) is not None
    return first if any(character.isalpha() for character in first) and not is_initial else ""


def _bare(word: str) -> str:
    return without_accents(word).lower().replace(".", "").replace("ª", "a").strip(" ,")
