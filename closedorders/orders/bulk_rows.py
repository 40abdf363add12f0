"""Many new rows at once, past the ORM: COPY on PostgreSQL, prepared INSERTs elsewhere.

Only for rows that are known to be new, in a transaction that keeps others from adding the same. Rows are tuples of
plain values in the order of `names` (columns); texts are never None. No signals, no defaults: name every column that
must not be blank.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

#: Sent at once: the 8,192 of psycopg2 by itself go back and forth between it and the text.
_COPY_CHARACTERS = 1 << 20


def next_keys(model: type[models.Model], number: int) -> Sequence[int]:
    """So many unused primary keys, ascending. Rows that others add meanwhile get other ones."""
    if not number:
        return ()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, number],
            )
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return range(first, first + number)


def wait_for_no_disk() -> None:
    """This transaction's end need not reach the disk before the next begins.

    After a crash of the machine the last ones may be missing, whole and in order; what says how far the work went must
    be among what they write, and the last transaction of the work be one that waits: it takes them all along.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")


def moment_to_insert(moment: datetime) -> str:
    """What stands for it in rows to insert, for a moment that all of them share: writing it takes a while."""
    return str(moment) if connection.vendor == "postgresql" else _moment(moment)


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(map(connection.ops.quote_name, names))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            text.seek(0)
            # A blank cell is NULL, and a blank text where the column holds texts.
            texts = ", ".join(map(connection.ops.quote_name, _texts(model, names)))
            forced = f", FORCE_NOT_NULL ({texts})" if texts else ""
            # psycopg2's own cursor: Django's has no COPY.
            cursor.cursor.copy_expert(
                f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv{forced})", text, size=_COPY_CHARACTERS
            )
        else:
            places = ", ".join(["%s"] * len(names))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({places})",  # noqa: S608  # names of our own
                _adapted(model, names, rows),
            )


def _texts(model: type[models.Model], names: Sequence[str]) -> list[str]:
    kinds = (models.CharField, models.TextField)
    return [name for name in names if isinstance(model._meta.get_field(name), kinds)]


def _adapted(
    model: type[models.Model], names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> list[list[Any]]:
    """The values as the ORM stores them in SQLite, which knows neither times nor decimals."""
    adapters: dict[int, Callable[[Any], str]] = {}
    for at, name in enumerate(names):
        field = model._meta.get_field(name)
        if isinstance(field, models.DateTimeField):
            adapters[at] = _moment
        elif isinstance(field, models.DecimalField | models.DateField):
            adapters[at] = str
    adapted = [list(row) for row in rows]
    for values in adapted:
        for at, adapt in adapters.items():
            if values[at] is not None and not isinstance(values[at], str):
                values[at] = adapt(values[at])
    return adapted


def _moment(value: datetime) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None))
