"""Store orders compared with what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from closedorders.orderfiles.records import ParsedStoreOrder
from closedorders.orders.extensions import notify_changed
from closedorders.orders.models import Customer, StoreOrder, SupplierOrder
from closedorders.orders.order_lines import OrderLine
from closedorders.orders.status import DECIDING_FIELDS
from closedorders.orders.status import refresh_status as refresh_status

from ..changes import Trace
from .base import (
    LONG_AGO,
    AllowedOverrides,
    Batch,
    Change,
    FileOverrides,
    Result,
    Target,
    join,
    known_supplier_orders,
    locked,
    may_write,
    other_order,
    record_changes,
    save_links,
    save_trace,
    without_key,
)
from .bulk_insert import Column, insert_columns, moment_to_insert
from .compare import (
    AMOUNTS,
    CUSTOMER_TEXTS,
    MOMENTS,
    STORE_ORDER_FIELDS,
    TEXTS,
    VALUES,
    SameOrders,
    customer_key,
    describe_lines,
    is_another_shops,
    is_less_exact,
    lines_are_same,
    spelt_as_stored,
    stored_orders,
    with_stored_details,
    words_differ,
)
from .new_rows import NewCustomer, NewOrder, columns_of_customers, columns_of_orders, give_keys

#: In the order of the fields of `NewCustomer`.
_customer_words = attrgetter(*(source for source, _, _ in CUSTOMER_TEXTS))
_CUSTOMER_LENGTHS = tuple(length for _, _, length in CUSTOMER_TEXTS)


class StoreOrderBatch(Batch):
    def __init__(
        self,
        orders: Sequence[ParsedStoreOrder],
        *,
        target: Target,
        fields: frozenset[str],
        erasable: frozenset[str],
        lock: bool,
        overrides: FileOverrides,
    ) -> None:
        self._target = target
        self._fields = fields
        self._erasable = erasable
        self._trace = Trace()
        stored = stored_orders(target.store, orders)
        orders = spelt_as_stored(orders, stored)
        same = SameOrders(stored, target, orders, fields, erasable)
        # Most of a file that comes again brings nothing new: only the rest is compared in detail.
        self._parsed: Sequence[ParsedStoreOrder] = [order for order in orders if not same.includes(order)]
        changing = [stored[order.number][0] for order in self._parsed if order.number in stored]
        known = StoreOrder.objects.filter(pk__in=changing)
        self._known = {order.number: order for order in locked(known, lock)} if changing else {}
        self._keys: list[str] = [customer_key(order) for order in self._parsed]
        self._find_customers(lock)
        self._overrides = AllowedOverrides(
            overrides, target.team, (*self._known.values(), *self._by_pk.values())
        )
        self._kept_by_user: list[list[Change]] = [[] for _ in self._parsed]
        numbers = {number for order in self._parsed for number in order.aliexpress_numbers}
        self._suppliers = known_supplier_orders(target.team, numbers, lock)
        self._new_orders: list[NewOrder] = []
        self._changed_orders: list[StoreOrder] = []
        self._links: list[SupplierOrder] = []
        self._new_customers: list[NewCustomer] = []
        self._dirty_customers: dict[int, Customer] = {}
        self._moved: list[tuple[StoreOrder, Customer | NewCustomer]] = []
        # Before anything of the customers is written over.
        self._of_another_shop = {
            order.number
            for order in self._parsed
            if (known_order := self._known.get(order.number)) is not None
            and is_another_shops(order, known_order, self._by_pk[known_order.customer_id])
        }
        customer_changes = self._assign_customers()
        looked_at = iter([self._compare(at, customer_changes[at]) for at in range(len(self._parsed))])
        self.results = [
            Result(order, "unchanged") if same.includes(order) else next(looked_at) for order in orders
        ]

    # Customers

    def _find_customers(self, lock: bool) -> None:
        found = Customer.objects.filter(store=self._target.store)
        wanted = Q(key__any_of=set(self._keys))
        if self._known:
            wanted |= Q(pk__in=[each.customer_id for each in self._known.values()])
        found = found.filter(wanted)
        self._by_key: dict[str, Customer | NewCustomer] = {}
        self._by_pk: dict[int, Customer] = {}
        for customer in locked(found, lock) if self._keys else ():
            self._by_key[customer.key] = self._by_pk[customer.pk] = customer

    def _find_newest(self, ages: Mapping[int, tuple[datetime, int]]) -> dict[int, tuple[datetime, int]]:
        """The age of the newest order of each customer about whom an order says something else than is known.

        As it will be once the orders at these places, whose ages they are, are saved: one may become another's.
        """
        asked = {
            customer.pk
            for at in ages
            if isinstance(customer := self._owners[at], Customer) and words_differ(customer, self._parsed[at])
        }
        if not asked:
            return {}
        told = [known.pk for known in self._known.values() if known.customer_id in asked]
        newest = (
            StoreOrder.objects.filter(customer=OuterRef("pk"))
            .exclude(pk__in=told)
            .order_by(F("placed_at").desc(nulls_last=True), "-pk")
        )
        found = (
            Customer.objects.filter(pk__in=asked)
            .annotate(
                newest_pk=Subquery(newest.values("pk")[:1]),
                newest_at=Subquery(newest.values("placed_at")[:1]),
            )
            .values_list("pk", "newest_at", "newest_pk")
        )
        ends = {pk: (at or LONG_AGO, newest_pk or 0) for pk, at, newest_pk in found}
        for at, age in ages.items():
            if (pk := self._owners[at].pk) in ends:
                ends[pk] = max(ends[pk], age)
        return ends

    def _assign_customers(self) -> list[list[Change]]:
        changes: list[list[Change]] = [[] for _ in self._parsed]
        times = Counter(self._keys)
        self._owners: list[Customer | NewCustomer] = []
        others: list[int] = []
        for at, (order, key) in enumerate(zip(self._parsed, self._keys, strict=True)):
            if times[key] == 1 and key not in self._by_key and order.number not in self._known:
                # Somebody's only order: nobody else has a word about them.
                owner = NewCustomer(
                    key,
                    *[
                        (told or "")[:length]
                        for told, length in zip(_customer_words(order), _CUSTOMER_LENGTHS, strict=True)
                    ],
                )
                self._new_customers.append(owner)
                self._owners.append(owner)
            else:
                self._owners.append(self._owner(at))
                others.append(at)
        # Oldest first, so that the newest order has the last word; new orders get the highest keys, in this order.
        latest = 1 << 62
        ages = {}
        for at in others:
            order = self._parsed[at]
            known = self._known.get(order.number)
            placed_at = order.placed_at or (known.placed_at if known else None)
            ages[at] = (placed_at or LONG_AGO, known.pk if known else latest + at)
        known_newest = self._find_newest(ages)
        for at in sorted(others, key=ages.__getitem__):
            customer = self._owners[at]
            newest = known_newest.get(customer.pk) if customer.pk else None
            changes[at] = self._update_customer(customer, at, newest is None or ages[at] >= newest)
        return changes

    def _owner(self, at: int) -> Customer | NewCustomer:
        order, key = self._parsed[at], self._keys[at]
        known = self._known.get(order.number)
        if known is not None:
            mine = self._by_pk[known.customer_id]
            typed = "email" in mine.edited_fields and not self._overrides.may_override(mine, "customer_email")
            if not order.email or mine.key == key or typed:
                return mine
        customer = self._by_key.get(key)
        if customer is None:
            customer = self._by_key[key] = NewCustomer(key)
            self._new_customers.append(customer)
        return customer

    def _update_customer(self, customer: Customer | NewCustomer, at: int, newest: bool) -> list[Change]:
        changes: list[Change] = []
        if isinstance(customer, NewCustomer):
            for source, name, length in CUSTOMER_TEXTS:
                if told := getattr(self._parsed[at], source):
                    setattr(customer, name, told[:length])
            return changes
        for source, name, length in CUSTOMER_TEXTS:
            told = getattr(self._parsed[at], source)
            if not told:
                continue
            told = told[:length]
            old = getattr(customer, name)
            if old == told or (old and not newest):
                continue
            line = self._parsed[at].source_lines[0]
            self._trace.note(customer, line, name, "edited_fields")
            if not may_write(
                customer, name, Change(f"customer_{name}", old, told), self._kept_by_user[at], self._overrides
            ):
                continue
            setattr(customer, name, told)
            self._dirty_customers[customer.pk] = customer
            changes.append(Change(f"customer_{name}", old, told))
        return changes

    # Orders

    def _compare(self, at: int, customer_changes: list[Change]) -> Result:
        parsed, owner, kept_by_user = self._parsed[at], self._owners[at], self._kept_by_user[at]
        known = self._known.get(parsed.number)
        if known is None:
            new = NewOrder(parsed, owner)
            self._new_orders.append(new)
            if parsed.aliexpress_numbers:
                new.linked = StoreOrder(number=parsed.number, store_id=self._target.store.pk)
                _, linked_to_another_order = self._link(parsed, new.linked)
                return Result(
                    parsed, "new", kept_by_user=kept_by_user, linked_to_another_order=linked_to_another_order
                )
            return Result(parsed, "new", kept_by_user=kept_by_user)
        changes = [*self._differences(known, parsed, kept_by_user), *customer_changes]
        own_changes = len(changes) - len(customer_changes)
        if owner.pk != known.customer_id or owner.pk is None:
            mine = self._by_pk[known.customer_id]
            changes.append(Change("customer_email", mine.email, owner.email))
            self._trace.note(known, parsed.source_lines[0], "customer_id")
            self._moved.append((known, owner))
            own_changes += 1
        if parsed.lines and (line_change := self._line_change(known, parsed)):
            changes.append(line_change)
            self._trace.note(known, parsed.source_lines[0], "lines")
            known.lines = with_stored_details(known.lines, parsed.lines, "lines" in self._erasable)
            own_changes += 1
        if own_changes:
            self._changed_orders.append(known)
        links, linked_to_another_order = self._link(parsed, known)
        changes += links
        return Result(
            parsed,
            "changed" if changes else "unchanged",
            changes,
            kept_by_user,
            linked_to_another_order=linked_to_another_order,
            is_another_shops=parsed.number in self._of_another_shop,
        )

    def _differences(
        self, known: StoreOrder, parsed: ParsedStoreOrder, kept_by_user: list[Change]
    ) -> Iterator[Change]:
        fields, overrides = self._fields, self._overrides
        trace, line = self._trace, parsed.source_lines[0]
        had_amounts = any(getattr(known, name) is not None for name in AMOUNTS)
        for name in VALUES:
            if name in fields:
                old, new = getattr(known, name), getattr(parsed, name)
                if old == new or (new is None and name not in self._erasable):
                    continue
                if name in MOMENTS and is_less_exact(new, old, self._target):
                    continue
                trace.note(known, line, name, "edited_fields")
                if may_write(known, name, change := Change(name, old, new), kept_by_user, overrides):
                    setattr(known, name, new)
                    yield change
        for source, name, length in TEXTS:
            if source in fields:
                old, new = getattr(known, name), (getattr(parsed, source) or "")[:length]
                if old == new or (not new and source not in self._erasable):
                    continue
                trace.note(known, line, name, "edited_fields")
                if may_write(known, name, change := Change(name, old, new), kept_by_user, overrides):
                    setattr(known, name, new)
                    yield change
        # What was taken for granted counts for amounts that are the order's first.
        is_told = parsed.currency_told or (
            not had_amounts and any(getattr(parsed, name) is not None for name in AMOUNTS)
        )
        if is_told and known.currency != parsed.currency:
            change = Change("currency", known.currency, parsed.currency)
            trace.note(known, line, "currency", "edited_fields")
            if may_write(known, "currency", change, kept_by_user, overrides):
                known.currency = parsed.currency
                yield change

    def _line_change(self, known: StoreOrder, parsed: ParsedStoreOrder) -> Change | None:
        stored: Sequence[OrderLine] = known.lines
        if lines_are_same(stored, parsed.lines, "lines" in self._erasable):
            return None
        if stored and "line_product" in self._fields:
            # A file with codes in place of names: where one of them is not known, it would put a code over a name.
            known_codes = {line.sku for line in stored if line.sku}
            if any(line.sku not in known_codes for line in parsed.lines):
                return None
        return Change("lines", describe_lines(stored), describe_lines(parsed.lines))

    def _link(
        self, parsed: ParsedStoreOrder, order: StoreOrder
    ) -> tuple[list[Change], list[tuple[str, str]]]:
        """What joining its AliExpress numbers changes, and which of them belong to another order."""
        changes, linked_to_another_order = [], []
        for number in parsed.aliexpress_numbers:
            line = parsed.source_lines[0]
            if (other := other_order(self._suppliers, number, order)) is not None:
                linked_to_another_order.append((number, other.number))
            elif join(self._suppliers, number, order, self._target, trace=self._trace, line=line):
                self._links.append(self._suppliers[number])
                changes.append(Change("aliexpress_number", "", number))
        return changes, linked_to_another_order

    def save(self, *, meanwhile: Callable[[], None] | None = None) -> None:
        now = moment_to_insert(timezone.now())
        give_keys(self._new_customers, self._new_orders)
        order_columns: dict[str, Column] = {}

        def while_customers_are_written() -> None:
            order_columns.update(columns_of_orders(self._new_orders, self._target, now))
            if meanwhile is not None:
                meanwhile()

        if self._dirty_customers:
            Customer.objects.bulk_create(
                map(without_key, self._dirty_customers.values()),
                update_conflicts=True,
                unique_fields=["store", "key"],
                update_fields=["name", "email", "phone", "country", "edited_fields"],
            )
        new_customers = columns_of_customers(self._new_customers, self._target, now)
        insert_columns(Customer, new_customers, meanwhile=while_customers_are_written)
        for order, owner in self._moved:
            order.customer_id = owner.pk
        if self._changed_orders:
            StoreOrder.objects.bulk_create(
                map(without_key, self._changed_orders),
                update_conflicts=True,
                unique_fields=["store", "number"],
                update_fields=["customer", *STORE_ORDER_FIELDS, "lines", "edited_fields", "updated_at"],
            )
        insert_columns(StoreOrder, order_columns, meanwhile=meanwhile)
        save_links(self._links)
        record_changes(self.results, self._known, self._target)
        decided_anew = [
            self._known[result.order.number].pk
            for result in self.results
            if isinstance(result.order, ParsedStoreOrder)
            and any(
                # Another address may be one that a mail went to already.
                change.field in DECIDING_FIELDS or change.field == "customer_email"
                for change in result.changes
            )
        ]
        save_trace(self._trace, self._target)
        refresh_status([*decided_anew, *(order.store_order_id for order in self._links)])
        notify_changed([*(new.pk for new in self._new_orders), *(order.pk for order in self._changed_orders)])
