"""What later apps add to orders, without orders knowing any of them.

An app registers one `OrderExtension` in its `ready()`. Every attribute and method has an answer for apps that have
nothing to add, so an app overrides only what it means. Extensions are asked in the order of `INSTALLED_APPS`, lower
apps first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db.models import Model, Q
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

from closedorders.accounts.models import Membership, Team

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from closedorders.accounts.models import AuditEvent

    from .masking import Sight
    from .models import StoreOrder, SupplierOrder
    from .timeline_events import Collector

R = TypeVar("R")


@dataclass(slots=True)
class StatusFacts:
    """What decides the status of one store order, besides what its own row and its AliExpress orders' rows say.

    The words that `orders.status` knows: outcomes of `OUTCOME_STATES`, refunds "proposed", "approved" and "issued",
    messages "failed", "uncertain", "on_its_way" and "told".
    """

    #: AliExpress orders that are closed -> the outcome.
    closed: dict[int, str] = field(default_factory=dict)
    lacks_reason: bool = False
    #: Keys of what happened to the order, of any app, that its customer has to be written about and has not been.
    untold: set[int] = field(default_factory=set)
    #: Whether the customer is still to be told, and no mail can go to the address.
    unreachable: bool = False
    messages: set[str] = field(default_factory=set)
    refunds: set[str] = field(default_factory=set)
    #: How much of the order's total was paid back by refunds that are "issued", 0 where that is not known.
    percent_back: int = 0


@dataclass(frozen=True, slots=True)
class OrderView:
    """The order whose page is shown, with its AliExpress orders (itself, where it is one), and who looks at it."""

    order: StoreOrder | SupplierOrder
    bought: Sequence[SupplierOrder]
    by: Membership
    sight: Sight
    _read: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, read: Callable[[], R]) -> R:
        """What `read` returns, read once for all that a page shows of it. An app's names are its own."""
        if name not in self._read:
            self._read[name] = read()
        found: R = self._read[name]
        return found

    @property
    def store_order(self) -> StoreOrder | None:
        """The store order, on its own page only."""
        from .models import StoreOrder

        return self.order if isinstance(self.order, StoreOrder) else None


class Link(NamedTuple):
    """A row of another app that belongs to an order: a line of the panel beside it."""

    label: str
    text: str
    url: str = ""
    detail: str = ""
    at: datetime | None = None
    is_code: bool = False


class BoughtPart(NamedTuple):
    """What an app shows of each AliExpress order, in a column or a panel. Its template gets `order` and `team`."""

    title: Promise
    template: str


class Act(NamedTuple):
    """The next thing to do with an order: the page's button, and its key `c`."""

    label: str
    url: str


Condition = Q | Combinable


class OrderExtension:
    """What one app adds. `bought` are the AliExpress orders of a store order, with `prefetch` fetched."""

    #: Relations of `SupplierOrder` that the methods below read.
    prefetch: Sequence[str] = ()
    #: Relations of both kinds of orders, through a field that orders have, that the methods below read.
    related: Sequence[str] = ()
    #: What the app shows of an AliExpress order.
    bought_part: BoughtPart | None = None
    #: Ranks of its events in timelines: of two of the same moment the one of the higher rank comes first. They are
    #: part of the addresses of older pages, and no two apps may have the same one.
    ranks: type[IntEnum] | None = None
    #: Verbs of the audit trail that the timeline leaves out, for the app has events of its own for them.
    own_verbs: Collection[str] = ()
    #: Models, as `app.model`, whose label in the audit trail is the number of an AliExpress order.
    numbered: Collection[str] = ()
    #: Codes of what keeps an import from being taken back -> how a person reads them.
    undo_reasons: Mapping[str, Promise] = {}

    def add_status_facts(self, facts: Mapping[int, StatusFacts]) -> None:
        """Add to the facts of these store orders (key -> facts), all of them at once."""

    def things(self, view: OrderView) -> Iterable[Model]:
        """Rows whose lines in the audit trail belong to the order's timeline."""
        return ()

    def without_own_events(
        self, events: QuerySet[AuditEvent], things: Collection[Model]
    ) -> QuerySet[AuditEvent]:
        """The audit trail's lines about these things without those that the app tells itself."""
        return events

    def add_events(self, found: Collector, view: OrderView) -> None:
        """Add the app's events to the timeline."""

    def links(self, view: OrderView) -> Iterable[Link]:
        """Rows of the app that belong to a store order, newest first."""
        return ()

    def facts(self, view: OrderView) -> Iterable[dict[str, Any]]:
        """More details of the order: `label` and `value`."""
        return ()

    def next_act(self, view: OrderView) -> Act | None:
        """The next thing to do, the first one any app has."""
        return None

    def last_updates(self, team: Team) -> Mapping[str, datetime]:
        """When the team's orders were last brought up to date: of the "shop", of "aliexpress"."""
        return {}

    def store_order_blockers(self) -> Mapping[str, Condition]:
        """Why a store order cannot be taken back with its import: a code of `undo_reasons` -> a condition on it."""
        return {}

    def supplier_order_blockers(self, since: datetime | None = None) -> Mapping[str, Condition]:
        """As `store_order_blockers`, of an AliExpress order; with `since`, of what was built on it from then on."""
        return {}

    def closed_supplier_orders(self) -> Condition | None:
        """A condition on AliExpress orders that are closed, whatever their status says."""
        return None

    def closed_blockers(self) -> Mapping[str, Condition]:
        """Why an AliExpress order stays closed although it was noted by mistake: as `supplier_order_blockers`."""
        return {}

    def keeps_customers(self) -> Condition | None:
        """A condition on customers that stay although they have no order any more."""
        return None

    def on_changed(self, order_ids: Collection[int]) -> None:
        """Store orders are new, changed or gone: called inside the transaction that did it."""

    def on_bought_changed(self, team: Team, placed: Collection[datetime]) -> None:
        """AliExpress orders placed at these moments are new, gone, or were moved to or from them, or have another cost
        or buyer account: called inside the transaction that did it."""


_EXTENSIONS: dict[str, OrderExtension] = {}


def register(name: str, extension: OrderExtension) -> None:
    """Register an app's extension under the app's name. Raises `ValueError` where another app has one of its ranks."""
    taken = {rank: other for other, each in _EXTENSIONS.items() for rank in each.ranks or () if other != name}
    for rank in extension.ranks or ():
        if rank in taken:
            raise ValueError(f"{name} and {taken[rank]} both have the rank {rank:d} in timelines")
    _EXTENSIONS[name] = extension


def unregister(name: str) -> None:
    _EXTENSIONS.pop(name, None)


def extensions() -> Sequence[OrderExtension]:
    return tuple(_EXTENSIONS.values())


def notify_changed(order_ids: Iterable[int | None]) -> None:
    """Let every app know that these store orders are new, changed or gone. None stands for no store order."""
    keys = {pk for pk in order_ids if pk is not None}
    if keys:
        for each in extensions():
            each.on_changed(keys)


def notify_bought_changed(team: Team, placed: Iterable[datetime | None]) -> None:
    """Let every app know that AliExpress orders placed at these moments changed. None stands for an unknown moment."""
    moments = {moment for moment in placed if moment is not None}
    if moments:
        for each in extensions():
            each.on_bought_changed(team, moments)
