"""The run that takes an import back, batch by batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.accounts.turns import lock_team
from closedorders.core.database.jobs import ClaimLost
from closedorders.orders.extensions import extensions, notify_bought_changed, notify_changed
from closedorders.orders.models import Customer, StoreOrder, Supplier, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..changes import told
from ..models import Import, ImportChange
from ..runs.claims import ImportClaim, run_claimed
from ..states import Action
from .plan import (
    BATCH,
    MODELS,
    R,
    built_on_bought,
    built_on_orders,
    changes_of,
    rows_of,
    still_holds,
)


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
    batch = list(changes_of(source, source.undo_from)[:BATCH])
    if not batch:
        return 0
    source.undo_from = batch[-1].pk
    rows = rows_of(batch, lock=True)
    written: dict[tuple[str, frozenset[str]], dict[int, Any]] = defaultdict(dict)
    fields: dict[tuple[str, int], set[str]] = defaultdict(set)
    touched: set[int | None] = set()
    placed: set[datetime | None] = set()
    for change in batch:
        key = change.thing, change.thing_id
        row = rows.get(key)
        if row is None:
            continue
        if change.thing == ImportChange.Thing.STORE_ORDER:
            touched.add(row.pk)
        elif change.thing == ImportChange.Thing.SUPPLIER_ORDER:
            touched.add(row.store_order_id)
            placed.add(row.placed_at)
        for name, after in change.after.items():
            if not still_holds(row, name, after):
                # Somebody was quicker than this run: what they wrote stays.
                source.undo_left += 1
                continue
            setattr(row, name, told(type(row), name, change.before[name]))
            fields[key].add(name)
        if change.thing == ImportChange.Thing.SUPPLIER_ORDER:
            touched.add(row.store_order_id)
            placed.add(row.placed_at)
    for (thing, pk), names in fields.items():
        written[thing, frozenset(names)][pk] = rows[thing, pk]
    for (thing, together), changed in written.items():
        model = MODELS[thing]
        columns = {model._meta.get_field(name).name for name in together}
        model._default_manager.bulk_update(changed.values(), sorted(columns), batch_size=100)
    _remove_customers({row.customer_id for row in rows.values() if isinstance(row, StoreOrder)}, source)
    _remove_customers(_left_customers(batch), source)
    refresh_status(touched)
    notify_bought_changed(source.team, placed)
    source.undo_changed += len(batch)
    return len(batch)


def _left_customers(batch: Sequence[ImportChange]) -> set[int]:
    return {change.after["customer_id"] for change in batch if "customer_id" in change.after}


def _remove_bought(source: Import) -> int:
    rows = SupplierOrder.objects.filter(came_with=source)
    batch, free = _free(source, rows, built_on_bought(rows, source))
    if free:
        mine = SupplierOrder.objects.filter(pk__in=free)
        elsewhere = list(mine.exclude(store_order__came_with=source).values_list("store_order", flat=True))
        placed = list(mine.values_list("placed_at", flat=True))
        mine.delete()
        refresh_status(elsewhere)
        notify_bought_changed(source.team, placed)
    return batch


def _remove_orders(source: Import) -> int:
    rows = StoreOrder.objects.filter(came_with=source)
    batch, free = _free(source, rows, built_on_orders(rows, source))
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
