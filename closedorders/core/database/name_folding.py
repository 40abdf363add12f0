"""How people's names are compared when they are searched for: without case, accents and joined letters.

`FOLD_NAME(text)` does the same in SQL. On SQLite it is `folded` itself, given to each connection; on PostgreSQL a
migration makes it of `POSTGRESQL_FUNCTION`, and an index of names is built on it: whoever changes what follows adds a
migration that makes both anew.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Transform

from closedorders.core.text.folding import ACCENTS, JOINED_LETTERS, LETTERS, folded


def _in_postgresql() -> str:
    bare = f"regexp_replace(lower(normalize($1, NFD)), '{ACCENTS}', '', 'g')"
    bare = f"translate({bare}, '{''.join(LETTERS)}', '{''.join(LETTERS.values())}')"
    for joined, letters in JOINED_LETTERS.items():
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
    """Define `FOLD_NAME` on a new SQLite connection. Receiver of `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("FOLD_NAME", 1, _folded_or_null, deterministic=True)


def _folded_or_null(text: str | None) -> str | None:
    return None if text is None else folded(text)
