"""The lookup `number__any_of=numbers`: as `__in`, and faster for thousands of texts or keys.

PostgreSQL gets them as one array, which it reads in a third of the time it takes for as many separate values. A set,
because Django looks at each value of a list.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigAutoField, CharField, Lookup
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler


class AnyOf(Lookup):
    lookup_name = "any_of"

    def get_prep_lookup(self) -> list[Any]:
        return [str(each) for each in self.rhs]

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        return In(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::varchar[])", [*params, _array(self.rhs)]


class AnyOfKeys(AnyOf):
    def get_prep_lookup(self) -> list[Any]:
        return [int(each) for each in self.rhs]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*params, f"{{{','.join(map(str, self.rhs))}}}"]


CharField.register_lookup(AnyOf)
BigAutoField.register_lookup(AnyOfKeys)


def _array(texts: list[str]) -> str:
    if not texts:
        return "{}"
    array = '","'.join(texts)
    if "\\" in array or array.count('"') > 2 * len(texts) - 2:
        array = '","'.join([text.replace("\\", "\\\\").replace('"', '\\"') for text in texts])
    return f'{{"{array}"}}'
