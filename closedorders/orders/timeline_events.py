"""The events of a timeline, collected from several sources and cut into pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

from .models import StoreOrder, SupplierOrder

PAGE = 50

Event = dict[str, Any]
M = TypeVar("M", bound=Model)


class Rank(IntEnum):
    """Where an event is from; of two of the same moment the one of the higher rank comes first.

    The numbers between are those of later apps (`OrderExtension.ranks`).
    """

    STORE = 10
    PAID = 20
    CANCELLED = 30
    BOUGHT = 40
    CAME_IN = 70
    DONE = 110
    FILE = 130
    COMMENT = 140


class Place(NamedTuple):
    """An event's place in the whole timeline. As text, for URLs: `<moment in ISO 8601>_<source>_<pk>`."""

    at: datetime
    source: int
    pk: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        """None for anything that is no place: the timeline then begins at its newest event."""
        moment, _sep, rest = text.partition("_")
        source, _sep, pk = rest.partition("_")
        if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (source, pk)):
            return None
        try:
            at = datetime.fromisoformat(moment)
            return cls(at.astimezone(UTC), int(source), int(pk)) if at.tzinfo else None
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat()}_{self.source}_{self.pk}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of events, and the place that the next older page begins after (blank where there is none)."""

    events: list[Event]
    older: str = ""


@dataclass(slots=True)
class Collector:
    """The events of one page of a timeline, of those that are older than `before`."""

    before: Place | None
    events: list[Event] = field(default_factory=list)

    def add(self, at: datetime | None, source: IntEnum, pk: int, title: str, **rest: Any) -> None:
        """`title` and what else `orders/order/_timeline.html` takes. Nothing is added of what a newer page showed."""
        if at is None:
            return
        place = Place(at, source, pk)
        if self.before is None or place < self.before:
            self.events.append({"at": at, "place": place, "title": title, **rest})

    def page_of(self, rows: QuerySet[M], source: IntEnum, by: str) -> list[M]:
        """The newest rows that may stand on this page, one more than it has room for."""
        if self.before is not None:
            at, last, pk = self.before
            within = Q(**{f"{by}__lt": at})
            if source < last:
                within |= Q(**{by: at})
            elif source == last:
                within |= Q(**{by: at, "pk__lt": pk})
            rows = rows.filter(within)
        return list(rows.order_by(f"-{by}", "-pk")[: PAGE + 1])

    def done(self) -> Timeline:
        self.events.sort(key=lambda event: event["place"], reverse=True)
        page = self.events[:PAGE]
        more = len(self.events) > PAGE
        return Timeline(page, str(page[-1]["place"]) if more else "")


def rank_key(order: StoreOrder | SupplierOrder) -> int:
    """Where store orders and AliExpress orders share one rank, an even key is the one, an odd key the other."""
    return order.pk * 2 + isinstance(order, SupplierOrder)
