"""Many new rows at once, past the ORM: COPY on PostgreSQL, prepared INSERTs elsewhere.

Only for rows that are known to be new, in a transaction that keeps others from adding the same. They are given column
by column, as plain values; texts are never None. No signals, no defaults: name every column that must not be blank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import repeat
from typing import Any, TypeAlias

from django.db import connection, models, transaction

_ROWS_SENT_AT_ONCE = 200

#: The values of all rows, or one that all of them have, as it is stored: `repeat` without end.
Column: TypeAlias = "Sequence[Any] | repeat[Any]"
#: By name, of a table's columns; one of them at least is no `repeat`.
Columns: TypeAlias = Mapping[str, Column]


def next_keys(model: type[models.Model], number: int) -> Sequence[int]:
    """So many unused primary keys, ascending. Rows that others add meanwhile get other ones."""
    if not number:
        return ()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Found once: looking the sequence up takes five times as long as asking it for a key.
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            (sequence,) = cursor.fetchone()
            cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, number])
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


#: Bytes of a table that is read whole in less time than counting it takes.
_SMALL_TABLE = 4 << 20
_TIMES_LARGER = 8
_OUTGROWN = """
    SELECT relname FROM pg_class
    WHERE oid = ANY(%s::regclass[])
      AND pg_relation_size(oid) > greatest(%s, %s * relpages * current_setting('block_size')::bigint)
"""


@contextmanager
def many_found_by_key() -> Iterator[None]:
    """Within it, and until its transaction ends, thousands of rows are looked up at once, by keys close to each other.

    PostgreSQL reckons with disks that turn and reads a table of 100,000 rows whole rather than look 2,000 of them up,
    in four times the time. This is the usual value where they do not turn.
    """
    if connection.vendor != "postgresql":
        yield  # SQLite looks them up anyway, and a transaction would keep others from writing.
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL random_page_cost TO 1.1")
        yield


def count_what_has_grown(*models_filled: type[models.Model]) -> None:
    """Have PostgreSQL count the tables anew that are `_TIMES_LARGER` than when it counted them last.

    It plans by what it counted, and counts by itself once a minute at most: of a table that is filled faster it
    believes that it has few rows, and reads it whole for each batch. Once it has seen many, it goes by the size of the
    table's file. Of the columns only keys are looked at, by which an import finds rows: that takes a fifth of the time,
    and PostgreSQL does all of them by itself later. Must be called outside the transactions that write the rows.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        keys = {model._meta.db_table: _keys_of(model) for model in models_filled}
        cursor.execute(_OUTGROWN, [list(keys), _SMALL_TABLE, _TIMES_LARGER])
        for (table,) in cursor.fetchall():
            columns = ", ".join(map(connection.ops.quote_name, keys[table]))
            # Who counts or tidies it already does not keep the import waiting.
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {connection.ops.quote_name(table)} ({columns})")


def _keys_of(model: type[models.Model]) -> list[str]:
    """The columns that say which row it is, and to which others it belongs."""
    unique = {
        name
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        for name in constraint.fields
    }
    keys = [
        field
        for field in model._meta.concrete_fields
        if field.primary_key or field.is_relation or field.name in unique
    ]
    return [column for field in keys if (column := field.column)]


def check_keys(*, meanwhile: Callable[[], None]) -> None:
    """Have PostgreSQL check the foreign keys of what this transaction wrote: otherwise COMMIT waits for it.

    `meanwhile` is done while it does, must not ask the database for anything, and had better be short and not fail.
    Raises `IntegrityError` as COMMIT would. Other databases do nothing now, and so `meanwhile` is not done either.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        with connection.wrap_database_errors, ThreadPoolExecutor(1) as helper:
            # This thread waits for the server, nothing else: it does not keep the other from the interpreter.
            checked = helper.submit(cursor.cursor.execute, "SET CONSTRAINTS ALL IMMEDIATE")
            meanwhile()
            checked.result()
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def moment_to_insert(moment: datetime) -> str:
    """What stands for it in rows to insert, for a moment that all of them share: writing it takes a while."""
    return str(moment) if connection.vendor == "postgresql" else _moment(moment)


def insert_columns(
    model: type[models.Model], columns: Columns, *, meanwhile: Callable[[], None] | None = None
) -> None:
    """`meanwhile` is done once all rows are sent, while the database still writes them.

    Raises `ValueError` where the columns are not of the same rows.
    """
    if len({len(each) for each in columns.values() if not isinstance(each, repeat)}) != 1:
        raise ValueError(list(columns))
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            text = _Text(list(columns.values()), meanwhile)
            try:
                # psycopg2's own cursor: Django's has no COPY.
                cursor.cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", text)
            except Exception:
                if text.broken_off_by is not None:
                    raise text.broken_off_by from None
                raise
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608  # names of our own
                list(_adapted(model, columns)),
            )
            if meanwhile is not None:
                meanwhile()


class _Text:
    """Rows as COPY reads them, written piece by piece: the database reads one while the next is written."""

    def __init__(self, columns: Sequence[Column], at_end: Callable[[], None] | None) -> None:
        #: What all rows have is written once.
        self._columns = [
            repeat(_written([next(each)])[0]) if isinstance(each, repeat) else each for each in columns
        ]
        self._at = 0
        self._at_end = at_end
        #: What ended it; psycopg2 lets go of it and reports a query that was cancelled.
        self.broken_off_by: BaseException | None = None

    def read(self, size: int) -> str:
        """The next rows, however long; nothing once there are no more. psycopg2 takes what it is given."""
        at, self._at = self._at, self._at + _ROWS_SENT_AT_ONCE
        try:
            rows = zip(
                *[
                    each if isinstance(each, repeat) else _written(each[at : self._at])
                    for each in self._columns
                ],
                strict=False,
            )
            text = "".join([f"{row}\n" for row in map("\t".join, rows)])
            if not text and self._at_end is not None:
                self._at_end()
        except BaseException as reason:
            self.broken_off_by = reason
            raise
        return text


#: Signs that COPY's text format does not take as they are.
_ESCAPES = {ord("\\"): "\\\\", ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r"}


def _written(values: Sequence[Any]) -> Sequence[str]:
    """Values of one column as COPY's text format has them."""
    try:
        together = "".join(values)
    except TypeError:  # Not texts alone.
        return [
            "\\N" if each is None else each.translate(_ESCAPES) if isinstance(each, str) else str(each)
            for each in values
        ]
    if any(sign in together for sign in "\\\t\n\r"):
        return [each.translate(_ESCAPES) for each in values]
    return values


def _adapted(model: type[models.Model], columns: Columns) -> Iterator[tuple[Any, ...]]:
    """Rows of the values as the ORM stores them in SQLite, which knows neither times nor decimals."""
    adapted: list[Iterable[Any]] = []
    for name, values in columns.items():
        field = model._meta.get_field(name)
        if isinstance(values, repeat):
            adapted.append(values)
        elif isinstance(field, models.DateTimeField):
            adapted.append([each if each is None else _moment(each) for each in values])
        elif isinstance(field, models.DecimalField | models.DateField):
            adapted.append([each if each is None else str(each) for each in values])
        else:
            adapted.append(values)
    return zip(*adapted, strict=False)


def _moment(value: datetime) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None))
