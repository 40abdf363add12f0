"""Folds names for comparison: no case, accents or joined letters. No Django: `database/name_folding` does it in SQL."""

from __future__ import annotations

import re
import unicodedata

#: Accents, once taken off their letters ("ñ" is "n" and U+0303): Python's and PostgreSQL's expression alike.
ACCENTS = r"[\u0300-\u036f]"
#: Letters that Unicode does not take apart -> what people type for them.
LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ς": "σ"}
JOINED_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}

_accents_in_python = re.compile(ACCENTS)
_letters_in_python = str.maketrans(LETTERS | JOINED_LETTERS)


def folded(text: str) -> str:
    """Return `José MUÑOZ` as `jose munoz`; letters of other alphabets in lower case, without accents."""
    # SQLite asks this for each customer: most names are done after one step or two.
    if text.isascii():
        return text.lower()
    bare = _accents_in_python.sub("", unicodedata.normalize("NFD", text).lower())
    return bare if bare.isascii() else bare.translate(_letters_in_python)
