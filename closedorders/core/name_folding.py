"""How people's names are compared when they are searched for: without case, accents and joined letters.

`FOLD_NAME(text)` does the same in SQL. On SQLite it is `folded` itself, given to each connection; on PostgreSQL a
migration makes it of `POSTGRESQL_FUNCTION`, and an index of names is built on it: whoever changes what follows adds a
migration that makes both anew.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Transform

#: Accents, once taken off their letters ("ñ" is "n" and U+0303): Python's and PostgreSQL's expression alike.
_ACCENTS = r"[\u0300-\u036f]"
#: Letters that Unicode does not take apart -> what people type for them.
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ς": "σ"}
_JOINED_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}

_accents_in_python = re.compile(_ACCENTS)
_letters_in_python = str.maketrans(_LETTERS | _JOINED_LETTERS)


def folded(text: str) -> str:
    """`José MUÑOZ` as `jose munoz`; letters of other alphabets in lower case, without accents."""
    # SQLite asks this for each customer: most names are done after one step or two.
    if text.isascii():
        return text.lower()
    bare = _accents_in_python.sub("", unicodedata.normalize("NFD", text).lower())
    return bare if bare.isascii() else bare.translate(_letters_in_python)


def _in_postgresql() -> str:
    bare = f"regexp_replace(lower(normalize($1, NFD)), '{_ACCENTS}', '', 'g')"
    bare = f"translate({bare}, '{''.join(_LETTERS)}', '{''.join(_LETTERS.values())}')"
    for joined, letters in _JOINED_LETTERS.items():
        bare = f"replace({bare}, '{joined}', '{letters}')"
    # Names without accents, the most, are folded in a tenth of the time.
    return f"CASE WHEN octet_length($1) = length($1) THEN lower($1) ELSE {bare} END"


#: One expression that promises always the same answer: the planner reads it in the function's place.
POSTGRESQL_FUNCTION = (
    "CREATE OR REPLACE FUNCTION fold_name(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE "
    f"AS $$ SELECT {_in_postgresql()} $$"
)


@CharField.register_lookup
class Folded(Transform):
    """`name__folded__contains=words`: both sides are folded."""

    lookup_name = "folded"
    function = "FOLD_NAME"
    bilateral = True


def teach_sqlite(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("FOLD_NAME", 1, _folded_or_null, deterministic=True)


def _folded_or_null(text: str | None) -> str | None:
    return None if text is None else folded(text)
