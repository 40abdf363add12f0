"""What happened to an order, newest first, for `orders/order/_timeline.html`: a page at a time.

Each source of events is read from the place where the last page ended, one row more than a page; the sources are
merged. So page 20 costs what page 1 costs, and no page holds more than a page of each source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.audit.words import TeamWords, changes
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.accounts.templatetags.audit import audit_verb

from .actions.notes import may_withdraw
from .changed_values import as_seen
from .extensions import OrderView, extensions
from .models import OrderComment, OrderFile, StoreOrder, SupplierOrder

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


def timeline_of(view: OrderView, before: Place | None = None) -> Timeline:
    """What happened to an order, as this member may read it."""
    found = Collector(before)
    order = view.order
    things: list[Model] = [order, *view.bought]
    if isinstance(order, StoreOrder):
        things.append(order.customer)
        found.add(order.placed_at, Rank.STORE, order.pk, _("Placed in the store"))
        found.add(order.paid_at, Rank.PAID, order.pk, _("Paid in the store"))
        found.add(order.cancelled_at, Rank.CANCELLED, order.pk, _("Cancelled in the store"), tone="red")
        _add_comments(found, order, view)
        _add_files(found, order, view)
    for bought in view.bought:
        found.add(bought.placed_at, Rank.BOUGHT, bought.pk, _("Ordered at AliExpress"), text=bought.number)
    shown: list[StoreOrder | SupplierOrder] = [order, *(each for each in view.bought if each is not order)]
    for each in shown:
        # What came with an import is told by the app that imports.
        if each.came_with_id is None:
            text = each.number if each is not order else ""
            found.add(each.created_at, Rank.CAME_IN, rank_key(each), _("First known here"), text=text)
    for extension in extensions():
        things += extension.things(view)
    _add_done(found, things, view)
    for extension in extensions():
        extension.add_events(found, view)
    return found.done()


def rank_key(order: StoreOrder | SupplierOrder) -> int:
    """Where store orders and AliExpress orders share one rank, an even key is the one, an odd key the other."""
    return order.pk * 2 + isinstance(order, SupplierOrder)


# --- What people changed ---

#: Told by an event of its own, with more words.
_OWN_VERBS = ("order_comment_added", "order_file_added")
#: Its label in the trail is the number of an AliExpress order.
_NUMBERED = "orders.supplierorder"


def _add_done(found: Collector, things: Sequence[Model], view: OrderView) -> None:
    """The lines of the audit trail about these things."""
    about = Q()
    grouped: dict[type[Model], list[int]] = defaultdict(list)
    for thing in things:
        grouped[type(thing)].append(thing.pk)
    for model, pks in grouped.items():
        about |= Q(thing=model._meta.label_lower, thing_id__in=pks)
    verbs, numbered = [*_OWN_VERBS], {_NUMBERED}
    events: QuerySet[AuditEvent] = AuditEvent.objects.filter(about, team=view.order.team)
    for extension in extensions():
        events = extension.without_own_events(events, things)
        verbs += extension.own_verbs
        numbered.update(extension.numbered)
    events = events.exclude(verb__in=verbs).select_related("actor")
    own = TeamWords(view.order.team)
    for event in found.page_of(events, Rank.DONE, "at"):
        # Another event with the masked values: a stored one is never changed.
        seen = AuditEvent(
            thing=event.thing,
            before=as_seen(event.before, view.sight),
            after=as_seen(event.after, view.sight),
        )
        words = changes(seen, own)
        if event.thing in numbered and event.label != str(view.order):
            words.insert(0, view.sight.words(event.label))
        found.add(
            event.at,
            Rank.DONE,
            event.pk,
            audit_verb(event),
            text=view.sight.words("\n".join(words)),
            who=str(event.actor) if event.actor else "",
        )


# --- What people wrote and kept ---


def _add_comments(found: Collector, order: StoreOrder, view: OrderView) -> None:
    by, sight = view.by, view.sight
    comments: QuerySet[OrderComment] = order.comments.select_related("by__user")
    for comment in found.page_of(comments, Rank.COMMENT, "created_at"):
        gone = comment.withdrawn_at is not None
        found.add(
            comment.created_at,
            Rank.COMMENT,
            comment.pk,
            _("Comment"),
            text=_("Withdrawn.") if gone else sight.words(comment.text),
            who=str(comment.by.user),
            tone="blue",
            said=not gone,
            withdrawal_url=""
            if gone or not may_withdraw(comment, by)
            else reverse("orders:order_comment_withdrawal", args=[order.team.slug, order.pk, comment.pk]),
        )


def _add_files(found: Collector, order: StoreOrder, view: OrderView) -> None:
    by, sight = view.by, view.sight
    for file in found.page_of(files_for(order, by), Rank.FILE, "created_at"):
        gone, name = file.withdrawn_at is not None, sight.words(file.name)
        found.add(
            file.created_at,
            Rank.FILE,
            file.pk,
            _("Added a file"),
            text="\n".join([name, _("Withdrawn.")]) if gone else name,
            who=str(file.by.user),
            tone="blue",
            url="" if gone else reverse("orders:order_file", args=[order.team.slug, order.pk, file.pk]),
        )


def files_for(order: StoreOrder, by: Membership) -> QuerySet[OrderFile]:
    """The files of an order that this member may see, withdrawn ones too."""
    files: QuerySet[OrderFile] = order.files.select_related("by__user")
    return files.filter(for_assistants=True) if by.is_assistant else files
