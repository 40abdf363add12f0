"""Key-set pages: a list is read from where the last page ended, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)
#: A row: an instance of the model, or a named tuple with its `pk`.
R = TypeVar("R")
T = TypeVar("T")

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows of one page, and the query strings that lead on (empty where there is nothing)."""

    rows: list[R]
    next_query: str
    previous_query: str

    def __iter__(self) -> Iterator[R]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: the row with this key, and the value that the list is ordered by, if any."""

    pk: int
    at: Any = None


def read_moment(text: str) -> datetime:
    """For `page_of`."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    # A database speaks UTC: a moment at the edge of time has no such form.
    return at.astimezone(UTC)


def read_amount(text: str) -> Decimal:
    """For `page_of`: plain digits, no more than a database takes."""
    amount = Decimal(text)
    if not amount.is_finite() or len(text) > 40 or abs(amount.adjusted()) > 40:
        raise ValueError(text)
    return amount


def page_of(
    request: HttpRequest,
    queryset: QuerySet[M, R],
    *,
    size: int = PAGE_SIZE,
    by: str = "",
    ascending: bool = False,
    read: Callable[[str], Any] = read_moment,
) -> Page[R]:
    """A page of `queryset`, newest first: by primary key, or by the field or annotation `by`, never null.

    `ascending` turns the order round. `read` makes a value of `by` of its text: `by` holds moments, or what another
    function reads. The URL says where a page starts: `?before=<place>` goes on, `?after=<place>` goes back; anything
    that is no place is the first page, and so is a place that nothing is left beyond.
    """
    before, after = _place(request, "before", by, read), _place(request, "after", by, read)
    onward, back = ("gt", "lt") if ascending else ("lt", "gt")
    keys = [*([by] if by else []), "pk"]
    forward = keys if ascending else [f"-{key}" for key in keys]
    backward = [f"-{key}" for key in keys] if ascending else keys
    rows: list[R] = []
    more_newer = more_older = False
    if after is not None:
        rows = list(queryset.filter(_beyond(after, by, back)).order_by(*backward)[: size + 1])
        more_newer, more_older = len(rows) > size, True
        rows = rows[:size][::-1]
    elif before is not None:
        rows = list(queryset.filter(_beyond(before, by, onward)).order_by(*forward)[: size + 1])
        more_newer, more_older = True, len(rows) > size
        rows = rows[:size]
    if not rows:  # Also where all that stood on a page has left the list since its address was made.
        rows = list(queryset.order_by(*forward)[: size + 1])
        more_newer, more_older = False, len(rows) > size
        rows = rows[:size]
    return Page(
        rows,
        _query(request, "before", rows[-1], by) if more_older else "",
        _query(request, "after", rows[0], by) if more_newer else "",
    )


def _beyond(place: _Place, by: str, side: str) -> Q:
    if not by:
        return Q(**{f"pk__{side}": place.pk})
    # The first condition alone bounds the index scan; the second only breaks ties.
    return Q(**{f"{by}__{side}e": place.at}) & (
        Q(**{f"{by}__{side}": place.at}) | Q(**{f"pk__{side}": place.pk})
    )


def _place(request: HttpRequest, name: str, by: str, read: Callable[[str], Any]) -> _Place | None:
    """`<pk>`, or `<pk>.<value, days and moments in ISO 8601>` for a list ordered by one; None for anything else."""
    key, _dot, value = request.GET.get(name, "").partition(".")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    if not by:
        return _Place(int(key))
    try:
        return _Place(int(key), read(value))
    except (ValueError, OverflowError, InvalidOperation):
        return None


def _query(request: HttpRequest, name: str, row: Any, by: str) -> str:
    query = request.GET.copy()
    for other in ("before", "after"):
        query.pop(other, None)
    query[name] = f"{row.pk}.{_written(getattr(row, by))}" if by else str(row.pk)
    return "?" + query.urlencode()


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def page_of_list(request: HttpRequest, found: Sequence[T], *, size: int = PAGE_SIZE) -> Page[T]:
    """A page of a list that is in memory: `?before=<how many come before it>`, and the first one for anything else."""
    text = request.GET.get("before", "")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if start >= len(found):
        start = 0
    following = start + size if start + size < len(found) else None

    def query(place: int | None) -> str:
        if place is None:
            return ""
        asked = request.GET.copy()
        asked.pop("after", None)
        asked["before"] = str(place)
        return "?" + asked.urlencode()

    previous = max(0, start - size) if start else None
    return Page(list(found[start : start + size]), query(following), query(previous))


CAP = 10_000


def capped_count(queryset: QuerySet[M], cap: int = CAP) -> int:
    """How many rows there are, never counting past `cap` + 1."""
    return queryset.order_by()[: cap + 1].count()


def capped_counts(querysets: Mapping[str, QuerySet[Any]], cap: int = CAP) -> dict[str, int]:
    """`capped_count` of several at once, in one query."""
    parts: list[str] = []
    values: list[Any] = []
    counted: list[str] = []
    found = dict.fromkeys(querysets, 0)
    using = "default"
    for name, queryset in querysets.items():
        using = queryset.db
        try:
            sql, params = queryset.order_by().values("pk")[: cap + 1].query.get_compiler(using).as_sql()
        except EmptyResultSet:
            continue
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted)")  # noqa: S608 - Django's SQL, its values apart
        values += params
        counted.append(name)
    if counted:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(parts), values)
            found |= dict(zip(counted, cursor.fetchone(), strict=True))
    return found
