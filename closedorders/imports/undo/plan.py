"""What taking an import back comes to, and what stands against it.

An import can be taken back while nothing is built on it: nobody worked on the orders it brought, and what it changed
still reads as it wrote it. What later apps built on it, their extensions of orders say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from closedorders.accounts.models import AuditEvent
from closedorders.orders.extensions import Condition, extensions
from closedorders.orders.models import Customer, OrderComment, OrderFile, StoreOrder, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..changes import THINGS, told
from ..merge.base import NOTHING_TYPED
from ..models import Import, ImportChange

BATCH = 500
SHOWN = 20

Row = StoreOrder | SupplierOrder | Customer
R = TypeVar("R", StoreOrder, SupplierOrder)
MODELS: dict[str, type[Row]] = {str(thing): model for model, thing in THINGS.items()}
#: Reasons of `wording.UNDO_REASONS`, each an annotation of the queries below, in the order they are shown; those of
#: later apps come before them.
_REASONS = (
    "replaced",
    "commented",
    "has_files",
    "joined",
    "reimported",
    "edited",
)


#: Verbs of what is set, and set back by undoing a bulk edit or by hand -> what their lines call it.
_SET_BACK = {
    "order_promised": "promised_by",
    "order_tags_changed": "tags",
    "supplier_order_account_set": "buyer_account",
}


@dataclass(frozen=True, slots=True)
class Blocker:
    """One row that something is built on. `reasons` are codes of `wording.UNDO_REASONS`."""

    thing: str
    pk: int
    label: str
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Plan:
    """What taking an import back comes to. `blockers` are the first of `blocked` in all.

    `begun` where a run took some of it back and gave up: what that one did counts no more.
    """

    orders: int = 0
    supplier_orders: int = 0
    changed: int = 0
    blocked: int = 0
    blockers: list[Blocker] = field(default_factory=list)
    begun: bool = False

    @property
    def steps(self) -> int:
        return self.orders + self.supplier_orders + self.changed

    def block(self, blockers: Sequence[Blocker], count: int) -> None:
        self.blocked += count
        self.blockers += blockers[: SHOWN - len(self.blockers)]


def plan(source: Import) -> Plan:
    """Look at everything the import wrote. Reads all of it: some seconds for a million orders."""
    orders = StoreOrder.objects.filter(came_with=source)
    bought = SupplierOrder.objects.filter(came_with=source)
    changes = changes_of(source, source.undo_from)
    found = Plan(orders.count(), bought.count(), changes.count(), begun=bool(source.undo_was))
    for built_on in (built_on_orders(orders, source), built_on_bought(bought, source)):
        first = [_blocker(row) for row in built_on.order_by("pk")[:SHOWN]]
        found.block(first, built_on.count() if len(first) == SHOWN else len(first))
    for blockers in _overwritten(source):
        found.block(blockers, len(blockers))
    return found


def changes_of(source: Import, last: int | None) -> QuerySet[ImportChange]:
    """Those below `last`, newest first."""
    changes = source.changes.exclude(thing=ImportChange.Thing.SUPPLIER).order_by("-pk")
    return changes if last is None else changes.filter(pk__lt=last)


def _blocker(row: StoreOrder | SupplierOrder) -> Blocker:
    annotated = vars(row)
    codes = [*(code for each in extensions() for code in each.undo_reasons), *_REASONS]
    reasons = tuple(code for code in codes if annotated.get(f"is_{code}"))
    return Blocker(THINGS[type(row)], row.pk, row.number, reasons)


def _any(rows: QuerySet[R], **reasons: Any) -> QuerySet[R]:
    """The rows for which one of the reasons holds, each annotated as `is_<reason>`."""
    names = [f"is_{reason}" for reason in reasons]
    holds = Q()
    for name in names:
        holds |= Q(**{name: True})
    return rows.annotate(**dict(zip(names, reasons.values(), strict=True))).filter(holds)


def _of_extensions(blockers: Iterable[Mapping[str, Condition]]) -> dict[str, Condition]:
    return {code: condition for each in blockers for code, condition in each.items()}


def built_on_orders(orders: QuerySet[StoreOrder], source: Import) -> QuerySet[StoreOrder]:
    mine = StoreOrder.objects.filter(pk=OuterRef("pk"))
    bought = SupplierOrder.objects.filter(store_order=OuterRef("pk"))
    linked_here = source.changes.filter(
        thing=ImportChange.Thing.SUPPLIER_ORDER, thing_id=OuterRef("pk"), after__has_key="store_order_id"
    )
    by_others = bought.exclude(came_with=source, came_with__isnull=False).exclude(Exists(linked_here))
    new_customers = Customer.objects.filter(pk=OuterRef("customer"), created_at__gte=source.created_at)
    return _any(
        orders,
        **_of_extensions(each.store_order_blockers() for each in extensions()),
        replaced=Exists(bought.filter(Q(replaces__isnull=False) | Q(replacements__isnull=False))),
        # What was withdrawn is gone: nobody relies on it.
        commented=Exists(OrderComment.objects.filter(order=OuterRef("pk"), withdrawn_at=None)),
        has_files=Exists(OrderFile.objects.filter(order=OuterRef("pk"), withdrawn_at=None)),
        joined=Exists(by_others),
        reimported=_reimported(source, ImportChange.Thing.STORE_ORDER),
        edited=_edited(source, StoreOrder)
        | Q(Exists(mine.exclude(edited_fields=[])))
        | Q(Exists(new_customers.exclude(edited_fields=[]))),
    )


def built_on_bought(bought: QuerySet[SupplierOrder], source: Import) -> QuerySet[SupplierOrder]:
    mine = SupplierOrder.objects.filter(pk=OuterRef("pk"))
    return _any(
        bought,
        **_of_extensions(each.supplier_order_blockers() for each in extensions()),
        replaced=Exists(mine.filter(Q(replaces__isnull=False) | Q(replacements__isnull=False))),
        reimported=_reimported(source, ImportChange.Thing.SUPPLIER_ORDER),
        edited=_edited(source, SupplierOrder) | Q(Exists(mine.exclude(edited_fields=[]))),
    )


def _reimported(source: Import, thing: ImportChange.Thing) -> Exists:
    later = ImportChange.objects.filter(thing=thing, thing_id=OuterRef("pk"))
    return Exists(later.exclude(source=source).exclude(source__state=Import.State.UNDONE))


def _edited(source: Import, model: type[StoreOrder | SupplierOrder]) -> Q:
    """Every write of a person leaves a line in the trail. What was set and set back is as if nobody had."""
    events = AuditEvent.objects.filter(
        team=source.team_id, thing=model._meta.label_lower, thing_id=OuterRef("pk")
    ).exclude(
        verb__in=NOTHING_TYPED
    )  # `reimported`, `commented` and `has_files` look at the rows themselves.
    still, blank = Q(Exists(events.exclude(verb__in=_SET_BACK))), Value("", models.TextField())
    for verb, name in _SET_BACK.items():
        lines = events.filter(verb=verb)
        first = lines.order_by("pk").values(told=KeyTextTransform(name, "before"))[:1]
        last = lines.order_by("-pk").values(told=KeyTextTransform(name, "after"))[:1]
        still |= ~Q(Exact(Coalesce(Subquery(first), blank), Coalesce(Subquery(last), blank)))
    # Of most orders there is no line: the rest is not looked at then.
    return Q(Exists(events)) & still


# --- Rows that were there before ---


def _overwritten(source: Import) -> Iterator[list[Blocker]]:
    """Batch by batch, the changed rows that no longer hold what the import wrote, or that others rely on."""
    # From where a run stopped that gave up: what it changed back is no longer this import's, whatever came of it.
    last = source.undo_from
    # Newest first: of a customer that one import changed at several orders, the last change must still hold.
    seen: set[tuple[int, str]] = set()
    while batch := list(changes_of(source, last)[:BATCH]):
        last = batch[-1].pk
        rows = rows_of(batch, lock=False)
        relied_on = _relied_on(batch, source)
        blockers = []
        for change in batch:
            row = rows.get((change.thing, change.thing_id))
            if row is None:
                continue
            names = set(change.after)
            if change.thing == ImportChange.Thing.CUSTOMER:
                names = {name for name in names if (row.pk, name) not in seen}
                seen |= {(row.pk, name) for name in names}
            if change.thing == ImportChange.Thing.SUPPLIER_ORDER and row.pk in relied_on:
                blockers.append(Blocker(change.thing, row.pk, str(row), ("closed",)))
            elif not all(still_holds(row, name, change.after[name]) for name in names):
                blockers.append(Blocker(change.thing, row.pk, str(row), ("overwritten",)))
        yield blockers


def rows_of(batch: Sequence[ImportChange], *, lock: bool) -> dict[tuple[str, int], Any]:
    """(thing, key) -> row."""
    found: dict[tuple[str, int], Any] = {}
    for thing, model in MODELS.items():
        keys = {change.thing_id for change in batch if change.thing == thing}
        if keys:
            rows: QuerySet[Any] = model._default_manager.filter(pk__in=keys)
            for row in rows.order_by("pk").select_for_update() if lock else rows:
                found[thing, row.pk] = row
    return found


def still_holds(row: Row, name: str, value: Any) -> bool:
    return bool(getattr(row, name) == told(type(row), name, value))


def _relied_on(batch: Sequence[ImportChange], source: Import) -> set[int]:
    """AliExpress orders joined to a sale here, of which somebody logged a closure or mailed since."""
    joined = [
        change.thing_id
        for change in batch
        if change.thing == ImportChange.Thing.SUPPLIER_ORDER and "store_order_id" in change.after
    ]
    if not joined:
        return set()
    since = Q(pk__in=[])
    for condition in _of_extensions(
        each.supplier_order_blockers(source.created_at) for each in extensions()
    ).values():
        since |= Q(condition)
    return set(SupplierOrder.objects.filter(since, pk__in=joined).values_list("pk", flat=True))
