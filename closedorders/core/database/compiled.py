"""UPDATEs that a process runs thousands of times: compiled once, planned once a connection, run with other values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection, models
from django.db.models.sql import UpdateQuery

Kind = type[int] | type[str] | type[datetime]
Built = tuple[models.QuerySet[Any], dict[str, Any]]

#: PostgreSQL's codes of these errors.
NOT_PREPARED, PREPARED_ALREADY = "26000", "42P05"

_numbers = count(1)
#: Which statements a connection to PostgreSQL has prepared. They go with it.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class _Statement(NamedTuple):
    """`places`: which of `params` are stand-ins, and for what."""

    sql: str
    params: list[Any]
    places: dict[int, str]


class CompiledUpdate:
    """An UPDATE of the rows that a query set has, with the values that `build` returns beside it.

    `build` is called once for each kind of database, with a stand-in for each argument; wherever a stand-in came to
    stand among the parameters, a run puts the argument's own value. So `build` must pass each on as it is: it may not
    reckon with it. Django takes longer to write such a statement, and PostgreSQL to plan it, than to run it.
    """

    def __init__(self, build: Callable[..., Built], **kinds: Kind) -> None:
        self._build = build
        self._kinds = kinds
        self._compiled: dict[str, _Statement] = {}
        self._unprepared = False
        self.name = f"compiled_update_{next(_numbers)}"

    def __call__(self, **values: Any) -> int:
        """Run it; returns how many rows were updated."""
        if connection.vendor not in self._compiled:
            self._compiled[connection.vendor] = self._compile()
        statement = self._compiled[connection.vendor]
        filled = list(statement.params)
        for place, name in statement.places.items():
            filled[place] = _adapted(values[name])
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql" and not self._unprepared:
                try:
                    self._prepare(cursor, statement)
                    cursor.execute(f"EXECUTE {self.name} ({', '.join(['%s'] * len(filled))})", filled)
                except DatabaseError as error:
                    # A pooler between us gives each transaction another session: planned each time, it works as well.
                    if connection.in_atomic_block or _code(error) not in {NOT_PREPARED, PREPARED_ALREADY}:
                        raise
                    self._unprepared = True
                else:
                    return int(cursor.rowcount)
            cursor.execute(statement.sql, filled)
            return int(cursor.rowcount)

    def _prepare(self, cursor: Any, statement: _Statement) -> None:
        """Once a connection, with an open transaction's fate: where that is rolled back, the statement stays."""
        known = _prepared.setdefault(connection.connection, set())
        if self.name in known:
            return
        parts = statement.sql.split("%s")
        sql = "".join(f"{part}${place}" for place, part in enumerate(parts[:-1], 1)) + parts[-1]
        cursor.execute(f"PREPARE {self.name} AS {sql.replace('%%', '%')}")
        known.add(self.name)

    def _compile(self) -> _Statement:
        stand_ins = {name: _stand_in(kind, at) for at, (name, kind) in enumerate(self._kinds.items())}
        rows, changes = self._build(**stand_ins)
        query: UpdateQuery = rows.query.chain(UpdateQuery)  # type: ignore[assignment]  # of the class it is given
        query.add_update_values(changes)
        query.annotations = {}
        sql, params = query.get_compiler(connection.alias).as_sql()
        names = {_adapted(value): name for name, value in stand_ins.items()}
        places = {
            place: names[value]
            for place, value in enumerate(params)
            if type(value) in {int, str, datetime} and value in names
        }
        if set(places.values()) != set(stand_ins):
            raise ValueError(f"not among the parameters: {set(stand_ins) - set(places.values())}")
        return _Statement(sql, list(params), places)


def _code(error: DatabaseError) -> str:
    return str(getattr(error.__cause__, "pgcode", ""))


def _stand_in(kind: Kind, at: int) -> Any:
    """A value that no statement has of its own, small enough for every column of its kind."""
    if kind is str:
        return f"stand-in {at}"
    return 31_900 + at if kind is int else datetime(1971, 2, 3, 4, 5, 6, 789, UTC) + timedelta(seconds=at)


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
