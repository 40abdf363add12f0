"""What orders of every kind share on their way into the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import QuerySet

from closedorders.accounts.audit import record_each
from closedorders.accounts.models import AuditEvent, Team, User
from closedorders.orderfiles.records import ParsedLink, ParsedOrder
from closedorders.orders.models import BuyerAccount, Customer, Store, StoreOrder, Supplier, SupplierOrder
from closedorders.orders.numbers import store_order_numbers

from ..changes import Trace
from ..models import Import

Kind = Literal["new", "changed", "unchanged", "rejected"]
M = TypeVar("M", bound=models.Model)

CHANGED_BY_IMPORT = "order_changed_by_import"
#: Verbs of the trail after which the fields of an order or customer are what they were, or what an import made them.
NOTHING_TYPED = (
    CHANGED_BY_IMPORT,
    "order_comment_added",
    "order_comment_withdrawn",
    "order_file_added",
    "order_file_withdrawn",
)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
LARGEST_COST = Decimal(10) ** 11


@dataclass(frozen=True, slots=True)
class Target:
    """Where an import's orders go, who answers for it, and the import itself, for taking it back.

    `read_in` is the zone of the file's days, which is not always the team's.
    """

    team: Team
    store: Store
    buyer_account: BuyerAccount | None = None
    by: User | None = None
    source: Import | None = None
    read_in: ZoneInfo | None = None

    @property
    def zone(self) -> ZoneInfo:
        return self.team.zone


@dataclass(frozen=True, slots=True)
class Change:
    """One field that would get another value. `field` is a key of `orders.field_names.FIELD_NAMES`."""

    field: str
    old: object
    new: object


@dataclass(slots=True)
class Result:
    """What an order comes to. `refusal` of a rejected one is (code of `wording.issues`, value, params)."""

    order: ParsedOrder
    kind: Kind
    changes: list[Change] = field(default_factory=list)
    #: What a person typed and the file says otherwise: typed -> the file's.
    kept_by_user: list[Change] = field(default_factory=list)
    refusal: tuple[str, str, dict[str, object]] | None = None
    #: AliExpress numbers that stay with the other order they were joined to first: (number, that order's number).
    linked_to_another_order: Sequence[tuple[str, str]] = ()
    #: Whether the stored order of this number seems to be another shop's.
    is_another_shops: bool = False


class Batch:
    """Some orders of one file, compared."""

    results: list[Result]

    def save(self, *, meanwhile: Callable[[], None] | None = None) -> None:
        """Write what is new or changed. Must run in the transaction in which the batch was compared with `lock`.

        `meanwhile` may be done while the database writes, for each of its tables, as `bulk_insert.insert_columns` says.
        """
        raise NotImplementedError


def store_orders_by_spelling(target: Target, numbers: Iterable[str]) -> dict[str, StoreOrder]:
    """The orders of the store that these numbers, as people write them, are of: by the number as it was written."""
    spellings = {number: store_order_numbers(number) for number in numbers if number}
    wanted = {each for ways in spellings.values() for each in ways}
    if not wanted:
        return {}
    orders = StoreOrder.objects.filter(store=target.store, number__in=wanted).defer("lines", "note")
    found = {order.number: order for order in orders}
    return {
        number: found[way]
        for number, ways in spellings.items()
        if (way := next((each for each in ways if each in found), None)) is not None
    }


_Edited = Customer | StoreOrder | SupplierOrder


@dataclass(frozen=True, slots=True)
class FileOverrides:
    """The fields (as `Change.field` names them) for which a person chose the file's value.

    They saw both values as they were at `seen_at`: of a row that a person changed since, the typed ones stay.
    """

    fields: frozenset[str] = frozenset()
    seen_at: datetime | None = None


class AllowedOverrides:
    """A `FileOverrides`, checked against the rows that a batch may change."""

    def __init__(self, overrides: FileOverrides, team: Team, rows: Iterable[_Edited]) -> None:
        self._fields = overrides.fields
        self._changed_since: set[tuple[str, int | None]] = set()
        if not overrides.fields or overrides.seen_at is None:
            return
        typed: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            if row.edited_fields:
                typed[row._meta.label_lower].append(row.pk)
        # Every write of a person leaves a line in the trail.
        for thing, keys in typed.items():
            events = AuditEvent.objects.filter(
                team=team, thing=thing, thing_id__in=keys, at__gte=overrides.seen_at
            ).exclude(verb__in=NOTHING_TYPED)
            self._changed_since |= set(events.values_list("thing", "thing_id"))

    def may_override(self, row: _Edited, field: str) -> bool:
        return field in self._fields and (row._meta.label_lower, row.pk) not in self._changed_since


def may_write(
    row: _Edited, name: str, change: Change, kept_by_user: list[Change], overrides: AllowedOverrides
) -> bool:
    """Whether the file's value goes in; noted in `kept_by_user` where what a person typed stays instead."""
    if name not in row.edited_fields:
        return True
    if change.new in (None, ""):  # A blank cell contradicts nobody.
        return False
    if overrides.may_override(row, change.field):
        row.edited_fields = [each for each in row.edited_fields if each != name]
        return True
    kept_by_user.append(change)
    return False


def locked(rows: QuerySet[M], lock: bool) -> QuerySet[M]:
    # In one order: two who lock the same rows, an import and the sending of mails, then never wait for each other.
    return rows.order_by("pk").select_for_update() if lock else rows


def known_supplier_orders(team: Team, numbers: Iterable[str], lock: bool) -> dict[str, SupplierOrder]:
    found: dict[str, SupplierOrder] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), 500):
        rows = (
            SupplierOrder.objects.for_team(team)
            .filter(number__in=wanted[start : start + 500])
            .order_by("number")
        )
        rows = rows.select_related("store_order", "supplier").defer("store_order__lines")
        found |= {order.number: order for order in (rows.select_for_update(of=("self",)) if lock else rows)}
    return found


def other_order(known: dict[str, SupplierOrder], number: str, order: StoreOrder) -> StoreOrder | None:
    """The order that an AliExpress number belongs to already, where that is another one."""
    supplier_order = known.get(number)
    joined = supplier_order.store_order if supplier_order is not None else None
    return joined if joined != order else None


def join(
    known: dict[str, SupplierOrder],
    number: str,
    order: StoreOrder,
    target: Target,
    *,
    trace: Trace,
    line: int,
) -> bool:
    """Join an AliExpress number to a store order unless it belongs to one. Whether that changes anything."""
    supplier_order = known.get(number)
    if supplier_order is None:
        known[number] = supplier_order = SupplierOrder(
            team=target.team,
            number=number,
            buyer_account=target.buyer_account,
            came_with=target.source,
            came_on_line=line,
        )
    elif supplier_order.store_order is not None or "store_order" in supplier_order.edited_fields:
        return False
    trace.note(supplier_order, line, "store_order_id")
    supplier_order.store_order = order
    return True


def save_trace(trace: Trace, target: Target, *, new_suppliers: Iterable[Supplier] = ()) -> None:
    if target.source is not None:
        trace.save(target.source, new_suppliers=new_suppliers)


def save_links(orders: Sequence[SupplierOrder]) -> None:
    if not orders:
        return
    for order in orders:
        if order.store_order is not None:
            order.store_order_id = order.store_order.pk
    SupplierOrder.objects.bulk_create(
        [order if order.pk is None else without_key(order) for order in orders],
        update_conflicts=True,
        unique_fields=["team", "number"],
        update_fields=["store_order", "updated_at"],
    )


def without_key(row: M) -> M:
    """A copy to insert over the row itself: one upsert writes new and changed rows alike."""
    copy = type(row)()
    for each in row._meta.concrete_fields:
        if not each.primary_key:
            setattr(copy, each.attname, getattr(row, each.attname))
    return copy


#: Changes that the trail does not repeat: assistants read it, and long texts belong to the order alone.
_UNTRAILED = frozenset({"customer_email", "note"})


def record_changes(results: Sequence[Result], known: dict[str, Any], target: Target) -> None:
    record_each(
        by=target.by,
        verb=CHANGED_BY_IMPORT,
        team=target.team,
        changes=[
            (
                known[result.order.number],
                {change.field: change.old for change in result.changes if change.field not in _UNTRAILED},
                {change.field: change.new for change in result.changes if change.field not in _UNTRAILED},
            )
            for result in results
            if result.kind == "changed" and not isinstance(result.order, ParsedLink)
        ],
    )
