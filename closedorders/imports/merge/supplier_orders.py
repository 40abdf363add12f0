"""AliExpress orders compared with what is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from closedorders.orderfiles.cells import parcels_within
from closedorders.orderfiles.records import ParsedSupplierOrder
from closedorders.orders.extensions import notify_bought_changed
from closedorders.orders.models import Supplier, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..changes import Trace
from .base import (
    LARGEST_COST,
    AllowedOverrides,
    Batch,
    Change,
    FileOverrides,
    Result,
    Target,
    join,
    known_supplier_orders,
    may_write,
    other_order,
    record_changes,
    save_links,
    save_trace,
    store_orders_by_spelling,
    without_key,
)
from .compare import is_less_exact

LONGEST_TRACKING: int = SupplierOrder._meta.get_field("tracking_number").max_length or 0
_SUPPLIER_ORDER_FIELDS = (
    "buyer_account", "supplier", "currency", "cost", "placed_at", "paid_at", "status", "status_code",
    "title", "tracking_number",
)  # fmt: skip

#: Fields whose change changes what an account spent on a day.
_SPENDING = {"cost", "currency", "placed_at", "buyer_account"}


class SupplierOrderBatch(Batch):
    def __init__(
        self,
        orders: Sequence[ParsedSupplierOrder],
        *,
        target: Target,
        fields: frozenset[str],
        lock: bool,
        overrides: FileOverrides,
    ) -> None:
        self._target = target
        self._fields = fields
        self._trace = Trace()
        self._store_orders = store_orders_by_spelling(target, {order.store_order_number for order in orders})
        self._known = known_supplier_orders(target.team, {order.number for order in orders}, lock)
        self._overrides = AllowedOverrides(overrides, target.team, self._known.values())
        names = {order.supplier_name[:200] for order in orders if order.supplier_name}
        self._suppliers = {
            supplier.name: supplier for supplier in Supplier.objects.filter(team=target.team, name__in=names)
        }
        self._new: list[SupplierOrder] = []
        self._changed: list[SupplierOrder] = []
        self._joined: list[SupplierOrder] = []
        # When orders were placed whose spending is new, gone from there or other.
        self._spending_moved: list[datetime | None] = []
        self.results = [self._compare(order) for order in orders]

    def _supplier(self, parsed: ParsedSupplierOrder) -> Supplier | None:
        name = (parsed.supplier_name or "")[:200]
        if not name:
            return None
        supplier = self._suppliers.get(name)
        if supplier is None:
            url = parsed.supplier_url or ""
            if not url.startswith("https://") or len(url) > 500:
                url = ""
            supplier = self._suppliers[name] = Supplier(team=self._target.team, name=name, url=url)
        return supplier

    def _compare(self, parsed: ParsedSupplierOrder) -> Result:
        bought_for = None
        if parsed.store_order_number:
            bought_for = self._store_orders.get(parsed.store_order_number)
            if bought_for is None:
                return Result(
                    parsed, "rejected", refusal=("unknown_store_order", parsed.store_order_number, {})
                )
            if (other := other_order(self._known, parsed.number, bought_for)) is not None:
                # Whichever of the two it is of, the row does not know it.
                params: dict[str, object] = {"order": other.number}
                return Result(parsed, "rejected", refusal=("joined_to_another", parsed.number, params))
        title = next((line.name for line in parsed.lines if line.name), "")[:500]
        cost = parsed.cost if parsed.cost is None or parsed.cost < LARGEST_COST else None
        tracking = parcels_within(parsed.tracking or "", LONGEST_TRACKING)
        supplier = self._supplier(parsed)
        known = self._known.get(parsed.number)
        if known is None:
            order = SupplierOrder(
                team=self._target.team,
                number=parsed.number,
                buyer_account=self._target.buyer_account,
                currency=parsed.currency,
                cost=cost,
                placed_at=parsed.placed_at,
                paid_at=parsed.paid_at,
                status=(parsed.status or "")[:100],
                status_code=parsed.status_code,
                title=title,
                tracking_number=tracking,
                came_with=self._target.source,
                came_on_line=parsed.source_lines[0],
            )
            order.supplier = supplier
            order.store_order = bought_for
            self._new.append(order)
            self._spending_moved.append(order.placed_at)
            return Result(parsed, "new")
        told: list[tuple[str, Any]] = [
            ("cost", cost),
            ("placed_at", self._moment(known.placed_at, parsed.placed_at)),
            ("paid_at", self._moment(known.paid_at, parsed.paid_at)),
            ("status", (parsed.status or "")[:100]),
            ("title", title),
            ("tracking_number", tracking),
        ]
        # What was taken for granted counts for a cost that is the order's first.
        if parsed.currency_told or not known.currency or (cost is not None and known.cost is None):
            told.append(("currency", parsed.currency))
        placed_before = known.placed_at
        changes: list[Change] = []
        kept_by_user: list[Change] = []
        line = parsed.source_lines[0]
        for name, new in told:
            old = getattr(known, name)
            if new is None or new == "" or old == new:
                continue
            change = Change(name, old, new)
            self._trace.note(known, line, name, "edited_fields")
            if name == "status":
                self._trace.note(known, line, "status_code")
            if not may_write(known, name, change, kept_by_user, self._overrides):
                continue
            setattr(known, name, new)
            changes.append(change)
            if name == "status":
                known.status_code = parsed.status_code
        if supplier is not None:
            change = Change("supplier", known.supplier.name if known.supplier else "", supplier.name)
            self._trace.note(known, line, "supplier_id", "edited_fields")
            if change.old != change.new and may_write(
                known, "supplier", change, kept_by_user, self._overrides
            ):
                known.supplier = supplier
                changes.append(change)
        account = self._target.buyer_account
        if account is not None and known.buyer_account_id is None:
            self._trace.note(known, line, "buyer_account_id")
            known.buyer_account = account
            changes.append(Change("buyer_account", "", account.label))
        if changes:
            self._changed.append(known)
        if not _SPENDING.isdisjoint(change.field for change in changes):
            self._spending_moved += [placed_before, known.placed_at]
        if bought_for is not None and join(
            self._known, parsed.number, bought_for, self._target, trace=self._trace, line=line
        ):
            self._joined.append(known)
            changes.append(Change("store_order", "", bought_for.number))
        return Result(parsed, "changed" if changes else "unchanged", changes, kept_by_user)

    def _moment(self, known: datetime | None, told: datetime | None) -> datetime | None:
        return known if is_less_exact(told, known, self._target) else told

    def save(self, *, meanwhile: Callable[[], None] | None = None) -> None:
        if unsaved := [supplier for supplier in self._suppliers.values() if supplier.pk is None]:
            Supplier.objects.bulk_create(
                unsaved, update_conflicts=True, unique_fields=["team", "name"], update_fields=["url"]
            )
        for order in (*self._new, *self._changed):
            if order.supplier is not None:
                order.supplier_id = order.supplier.pk
        if orders := [*self._new, *map(without_key, self._changed)]:
            SupplierOrder.objects.bulk_create(
                orders,
                update_conflicts=True,
                unique_fields=["team", "number"],
                update_fields=[*_SUPPLIER_ORDER_FIELDS, "edited_fields", "updated_at"],
            )
        save_links(self._joined)
        record_changes(self.results, self._known, self._target)
        save_trace(self._trace, self._target, new_suppliers=unsaved)
        refresh_status(order.store_order_id for order in (*self._new, *self._changed, *self._joined))
        notify_bought_changed(self._target.team, self._spending_moved)
