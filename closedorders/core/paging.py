"""Key-set pages: a list is read from where the last page ended, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows of one page, and the query strings that lead on (empty where there is nothing)."""

    rows: list[M]
    next_query: str
    previous_query: str

    def __iter__(self) -> Iterator[M]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: the row with this key, and its moment where the list is ordered by one."""

    pk: int
    at: datetime | None = None


def page_of(request: HttpRequest, queryset: QuerySet[M], *, size: int = PAGE_SIZE, by: str = "") -> Page[M]:
    """A page of `queryset`, newest first: by primary key, or by the moment in the field or annotation `by`, never null.

    The URL says where it starts: `?before=<place>` goes to older rows, `?after=<place>` back to newer ones; anything
    that is no place is the first page.
    """
    before, after = _place(request, "before", by), _place(request, "after", by)
    if after is not None:
        rows = list(
            queryset.filter(_beyond(after, by, "gt")).order_by(*([by] if by else []), "pk")[: size + 1]
        )
        more_newer = len(rows) > size
        rows = rows[:size][::-1]
        more_older = bool(rows)
    else:
        older = queryset.filter(_beyond(before, by, "lt")) if before is not None else queryset
        rows = list(older.order_by(*([f"-{by}"] if by else []), "-pk")[: size + 1])
        more_older = len(rows) > size
        rows = rows[:size]
        more_newer = before is not None and bool(rows)
    return Page(
        rows,
        _query(request, "before", rows[-1], by) if rows and more_older else "",
        _query(request, "after", rows[0], by) if rows and more_newer else "",
    )


def _beyond(place: _Place, by: str, side: str) -> Q:
    if not by:
        return Q(**{f"pk__{side}": place.pk})
    # The first condition alone bounds the index scan; the second only breaks ties.
    return Q(**{f"{by}__{side}e": place.at}) & (
        Q(**{f"{by}__{side}": place.at}) | Q(**{f"pk__{side}": place.pk})
    )


def _place(request: HttpRequest, name: str, by: str) -> _Place | None:
    """`<pk>`, or `<pk>.<moment in ISO 8601>` for a list ordered by moments; None for anything else."""
    key, _dot, moment = request.GET.get(name, "").partition(".")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    if not by:
        return _Place(int(key))
    try:
        at = datetime.fromisoformat(moment)
        # A database speaks UTC: a moment at the edge of time has no such form.
        return _Place(int(key), at.astimezone(UTC)) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _query(request: HttpRequest, name: str, row: Model, by: str) -> str:
    query = request.GET.copy()
    for other in ("before", "after"):
        query.pop(other, None)
    query[name] = f"{row.pk}.{getattr(row, by).isoformat()}" if by else str(row.pk)
    return "?" + query.urlencode()


CAP = 10_000


def capped_count(queryset: QuerySet[M], cap: int = CAP) -> int:
    """How many rows there are, never counting past `cap` + 1."""
    return queryset.order_by()[: cap + 1].count()


def capped_counts(*querysets: QuerySet[Any], cap: int = CAP) -> list[int]:
    """`capped_count` of each, all in one query."""
    if not querysets:
        return []
    columns: list[str] = []
    values: list[Any] = []
    for queryset in querysets:
        try:
            sql, params = queryset.order_by().values("pk")[: cap + 1].query.sql_with_params()
        except EmptyResultSet:
            columns.append("0")
            continue
        columns.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted)")  # noqa: S608 - the ORM's own words
        values += params
    with connections[querysets[0].db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", values)
        return list(cursor.fetchone())
