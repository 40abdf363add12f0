"""`number__any_of=numbers`, `order__any_of=keys`: what `__in` means, for thousands of texts or keys of other rows.

PostgreSQL gets them as one array, which it reads in a third of the time it takes for as many separate values.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, ForeignKey, Lookup
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler


@CharField.register_lookup
@ForeignKey.register_lookup
class AnyOf(Lookup):
    lookup_name = "any_of"

    def get_prep_lookup(self) -> list[str]:
        return [str(each) for each in self.rhs]

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        return In(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        kind = "bigint" if isinstance(self.lhs.output_field, ForeignKey) else "varchar"
        return f"{column} = ANY(%s::{kind}[])", [*params, _array(self.rhs)]


def _array(texts: list[str]) -> str:
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return '{"' + '","'.join(quoted) + '"}' if texts else "{}"
