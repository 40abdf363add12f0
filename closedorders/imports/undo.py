"""Taking an import back: what stands against it, and the run that does it.

An import can be taken back while nothing is built on it: nobody worked on the orders it brought, and what it changed
still reads as it wrote it. What later apps built on it, their extensions of orders say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.accounts.models import AuditEvent
from closedorders.accounts.turns import lock_team
from closedorders.core.database.jobs import ClaimLost
from closedorders.orders.extensions import Condition, extensions, notify_changed
from closedorders.orders.models import Customer, OrderComment, OrderFile, StoreOrder, Supplier, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from .changes import THINGS, told
from .merge.base import NOTHING_TYPED
from .models import Import, ImportChange
from .runs.claims import ImportClaim, run_claimed
from .states import Action

BATCH = 500
SHOWN = 20

Row = StoreOrder | SupplierOrder | Customer
R = TypeVar("R", StoreOrder, SupplierOrder)
_MODELS: dict[str, type[Row]] = {str(thing): model for model, thing in THINGS.items()}
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
    changes = _changes(source, source.undo_from)
    found = Plan(orders.count(), bought.count(), changes.count(), begun=bool(source.undo_was))
    for built_on in (_built_on_orders(orders, source), _built_on_bought(bought, source)):
        first = [_blocker(row) for row in built_on.order_by("pk")[:SHOWN]]
        found.block(first, built_on.count() if len(first) == SHOWN else len(first))
    for blockers in _overwritten(source):
        found.block(blockers, len(blockers))
    return found


def _changes(source: Import, last: int | None) -> QuerySet[ImportChange]:
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


def _built_on_orders(orders: QuerySet[StoreOrder], source: Import) -> QuerySet[StoreOrder]:
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


def _built_on_bought(bought: QuerySet[SupplierOrder], source: Import) -> QuerySet[SupplierOrder]:
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
    while batch := list(_changes(source, last)[:BATCH]):
        last = batch[-1].pk
        rows = _rows_of(batch, lock=False)
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
            elif not all(_holds(row, name, change.after[name]) for name in names):
                blockers.append(Blocker(change.thing, row.pk, str(row), ("overwritten",)))
        yield blockers


def _rows_of(batch: Sequence[ImportChange], *, lock: bool) -> dict[tuple[str, int], Any]:
    """(thing, key) -> row."""
    found: dict[tuple[str, int], Any] = {}
    for thing, model in _MODELS.items():
        keys = {change.thing_id for change in batch if change.thing == thing}
        if keys:
            rows: QuerySet[Any] = model._default_manager.filter(pk__in=keys)
            for row in rows.order_by("pk").select_for_update() if lock else rows:
                found[thing, row.pk] = row
    return found


def _holds(row: Row, name: str, value: Any) -> bool:
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


# --- The run ---


def undo_file(import_id: int) -> None:
    """Take an import back, batch by batch; goes on where a killed worker stopped."""
    run_claimed(import_id, Action.START_UNDOING, work=_undo, give_up=_give_up)


def _give_up(claim: ImportClaim) -> None:
    """What is left of the import stays, and a person may try again."""
    with suppress(ClaimLost):
        claim.finish(Action.GIVE_UP_UNDOING, state=claim.source.undo_was)


def _undo(claim: ImportClaim) -> None:
    source = claim.source
    for step in (_change_back, _remove_bought, _remove_orders):
        while _one_batch(claim, step):
            pass
    with transaction.atomic():
        new_suppliers = source.changes.filter(thing=ImportChange.Thing.SUPPLIER).values("thing_id")
        Supplier.objects.filter(pk__in=new_suppliers, orders=None).delete()
        claim.finish(Action.FINISH_UNDOING, undone_at=timezone.now())
        record(
            by=None,
            verb="import_undone",
            thing=source,
            after={
                "removed": source.undo_orders,
                "changed_back": source.undo_changed,
                "left": source.undo_left,
            },
        )


#: How far a run has come, as columns of the import: whichever run is the next goes on from there.
_PROGRESS = ("undo_from", "undo_orders", "undo_changed", "undo_left")


def _one_batch(claim: ImportClaim, step: Callable[[Import], int]) -> int:
    """In one transaction the rows, and how far it went: a batch is either taken back and counted, or neither."""
    source = claim.source
    with transaction.atomic():
        # As while saving: of two imports of one team, one at a time writes.
        lock_team(source.team_id)
        done = step(source)
        if done:
            progress = {name: getattr(source, name) for name in _PROGRESS}
            claim.write(progress_done=models.F("progress_done") + done, **progress)
    return done


def _change_back(source: Import) -> int:
    batch = list(_changes(source, source.undo_from)[:BATCH])
    if not batch:
        return 0
    source.undo_from = batch[-1].pk
    rows = _rows_of(batch, lock=True)
    written: dict[tuple[str, frozenset[str]], dict[int, Any]] = defaultdict(dict)
    fields: dict[tuple[str, int], set[str]] = defaultdict(set)
    touched: set[int | None] = set()
    for change in batch:
        key = change.thing, change.thing_id
        row = rows.get(key)
        if row is None:
            continue
        if change.thing == ImportChange.Thing.STORE_ORDER:
            touched.add(row.pk)
        elif change.thing == ImportChange.Thing.SUPPLIER_ORDER:
            touched.add(row.store_order_id)
        for name, after in change.after.items():
            if not _holds(row, name, after):
                # Somebody was quicker than this run: what they wrote stays.
                source.undo_left += 1
                continue
            setattr(row, name, told(type(row), name, change.before[name]))
            fields[key].add(name)
        if change.thing == ImportChange.Thing.SUPPLIER_ORDER:
            touched.add(row.store_order_id)
    for (thing, pk), names in fields.items():
        written[thing, frozenset(names)][pk] = rows[thing, pk]
    for (thing, together), changed in written.items():
        model = _MODELS[thing]
        columns = {model._meta.get_field(name).name for name in together}
        model._default_manager.bulk_update(changed.values(), sorted(columns), batch_size=100)
    _remove_customers({row.customer_id for row in rows.values() if isinstance(row, StoreOrder)}, source)
    _remove_customers(_left_customers(batch), source)
    refresh_status(touched)
    source.undo_changed += len(batch)
    return len(batch)


def _left_customers(batch: Sequence[ImportChange]) -> set[int]:
    return {change.after["customer_id"] for change in batch if "customer_id" in change.after}


def _remove_bought(source: Import) -> int:
    rows = SupplierOrder.objects.filter(came_with=source)
    batch, free = _free(source, rows, _built_on_bought(rows, source))
    if free:
        mine = SupplierOrder.objects.filter(pk__in=free)
        elsewhere = list(mine.exclude(store_order__came_with=source).values_list("store_order", flat=True))
        mine.delete()
        refresh_status(elsewhere)
    return batch


def _remove_orders(source: Import) -> int:
    rows = StoreOrder.objects.filter(came_with=source)
    batch, free = _free(source, rows, _built_on_orders(rows, source))
    if free:
        mine = StoreOrder.objects.filter(pk__in=free)
        customers = set(mine.values_list("customer", flat=True))
        mine.delete()
        notify_changed(free)
        _remove_customers(customers, source)
        source.undo_orders += len(free)
    return batch


def _free(source: Import, rows: QuerySet[R], built_on: QuerySet[R]) -> tuple[int, list[int]]:
    """Lock the next rows: how many, and those of them that nobody built on since the run began.

    The others no longer count as this import's: they stay.
    """
    batch = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True)[:BATCH])
    if not batch:
        return 0, []
    kept = set(built_on.filter(pk__in=batch).values_list("pk", flat=True))
    if kept:
        rows.filter(pk__in=kept).update(came_with=None)
        source.undo_left += len(kept)
    return len(batch), [pk for pk in batch if pk not in kept]


def _remove_customers(keys: set[int], source: Import) -> None:
    """Those who came with the import, or with one that is undone already, and have no order any more."""
    undone = Import.objects.filter(
        store=OuterRef("store"),
        state=Import.State.UNDONE,
        created_at__lte=OuterRef("created_at"),
        finished_at__gte=OuterRef("created_at"),
    )
    alone = Customer.objects.filter(pk__in=keys, orders=None, edited_fields=[], store=source.store_id).filter(
        Q(created_at__gte=source.created_at) | Exists(undone)
    )
    for each in extensions():
        if (stays := each.keeps_customers()) is not None:
            alone = alone.exclude(stays)
    alone.delete()
