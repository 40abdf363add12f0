"""Key-set pages: a list is read from where the last page ended, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

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

    def __iter__(self) -> object:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of(request: HttpRequest, queryset: QuerySet[M], *, size: int = PAGE_SIZE) -> Page[M]:
    """A page of `queryset`, newest row (highest primary key) first.

    The URL says where it starts: `?before=<pk>` goes to older rows, `?after=<pk>` back to newer ones; anything that
    is not a number is the first page.
    """
    before, after = _number(request, "before"), _number(request, "after")
    if after is not None:
        rows = list(queryset.filter(Q(pk__gt=after)).order_by("pk")[: size + 1])
        more_newer = len(rows) > size
        rows = rows[:size][::-1]
        more_older = bool(rows)
    else:
        older = queryset.filter(Q(pk__lt=before)) if before is not None else queryset
        rows = list(older.order_by("-pk")[: size + 1])
        more_older = len(rows) > size
        rows = rows[:size]
        more_newer = before is not None and bool(rows)
    return Page(
        rows,
        _query(request, "before", rows[-1].pk) if rows and more_older else "",
        _query(request, "after", rows[0].pk) if rows and more_newer else "",
    )


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def _query(request: HttpRequest, name: str, value: int) -> str:
    query = request.GET.copy()
    for other in ("before", "after"):
        query.pop(other, None)
    query[name] = str(value)
    return "?" + query.urlencode()


CAP = 10_000


def capped_count(queryset: QuerySet[M], cap: int = CAP) -> int:
    """How many rows there are, never counting past `cap` + 1."""
    return queryset.order_by()[: cap + 1].count()
