"""Store orders held against the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import repeat
from operator import attrgetter
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from closedorders.orderfiles.records import ParsedLine, ParsedStoreOrder

from ..bulk_rows import Column, insert_columns, moment_to_insert, next_keys
from ..import_trace import Trace
from ..models import Customer, StoreOrder, SupplierOrder
from ..order_lines import LONGEST_NAME, OrderLine, lines_to_insert, stored_line
from ..standing import DECIDING_FIELDS, money_state, refresh_standing, supplier_state
from .base import (
    LONG_AGO,
    Batch,
    Change,
    Result,
    Take,
    Taking,
    Target,
    join,
    keep_trace,
    known_supplier_orders,
    locked,
    may_write,
    other_order,
    record_changes,
    save_links,
    without_key,
)
from .stored import (
    AMOUNTS,
    CUSTOMER_TEXTS,
    MOMENTS,
    STORE_ORDER_FIELDS,
    TEXTS,
    VALUES,
    SameOrders,
    customer_key,
    is_less_exact,
    is_same_unnamed,
    lines_are_same,
    stored_orders,
    tells,
    words_differ,
)


@dataclass(slots=True, eq=False)
class _NewCustomer:
    """A customer to be: a model's instance costs ten times as much, and a first import makes nothing else."""

    key: str
    name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    #: Once it is saved.
    pk: Any = None


@dataclass(slots=True, eq=False)
class _NewOrder:
    """A store order to be. `linked` stands for it where AliExpress orders are joined to it."""

    parsed: ParsedStoreOrder
    owner: Customer | _NewCustomer
    pk: Any = None
    linked: StoreOrder | None = None


#: In the order of the fields of `_NewCustomer`.
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
        take: Take,
    ) -> None:
        self._target = target
        self._fields = fields
        self._erasable = erasable
        self._trace = Trace()
        stored = stored_orders(target.store, orders)
        same = SameOrders(stored, target, orders, fields, erasable)
        # Most of a file that comes again says nothing new: only the rest is looked at closely.
        self._parsed: Sequence[ParsedStoreOrder] = [order for order in orders if not same.says(order)]
        changing = [stored[order.number][0] for order in self._parsed if order.number in stored]
        known = StoreOrder.objects.filter(pk__in=changing)
        self._known = {order.number: order for order in locked(known, lock)} if changing else {}
        self._keys: list[str] = [customer_key(order) for order in self._parsed]
        self._find_customers(lock)
        self._take = Taking(take, target.team, (*self._known.values(), *self._by_pk.values()))
        self._kept: list[list[Change]] = [[] for _ in self._parsed]
        numbers = {number for order in self._parsed for number in order.aliexpress_numbers}
        self._suppliers = known_supplier_orders(target.team, numbers, lock)
        self._new_orders: list[_NewOrder] = []
        self._changed_orders: list[StoreOrder] = []
        self._links: list[SupplierOrder] = []
        self._new_customers: list[_NewCustomer] = []
        self._dirty_customers: dict[int, Customer] = {}
        self._moved: list[tuple[StoreOrder, Customer | _NewCustomer]] = []
        customer_changes = self._settle_customers()
        looked_at = iter([self._compare(at, customer_changes[at]) for at in range(len(self._parsed))])
        self.results = [
            Result(order, "unchanged") if same.says(order) else next(looked_at) for order in orders
        ]

    # Customers

    def _find_customers(self, lock: bool) -> None:
        found = Customer.objects.filter(store=self._target.store)
        wanted = Q(key__any_of=set(self._keys))
        if self._known:
            wanted |= Q(pk__in=[each.customer_id for each in self._known.values()])
        found = found.filter(wanted)
        self._by_key: dict[str, Customer | _NewCustomer] = {}
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

    def _settle_customers(self) -> list[list[Change]]:
        changes: list[list[Change]] = [[] for _ in self._parsed]
        times = Counter(self._keys)
        self._owners: list[Customer | _NewCustomer] = []
        others: list[int] = []
        for at, (order, key) in enumerate(zip(self._parsed, self._keys, strict=True)):
            if times[key] == 1 and key not in self._by_key and order.number not in self._known:
                # Somebody's only order: nobody else has a word about them.
                owner = _NewCustomer(
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
            changes[at] = self._tell(customer, at, newest is None or ages[at] >= newest)
        return changes

    def _owner(self, at: int) -> Customer | _NewCustomer:
        order, key = self._parsed[at], self._keys[at]
        known = self._known.get(order.number)
        if known is not None:
            mine = self._by_pk[known.customer_id]
            typed = "email" in mine.edited_fields and not self._take.allows(mine, "customer_email")
            if not order.email or mine.key == key or typed:
                return mine
        customer = self._by_key.get(key)
        if customer is None:
            customer = self._by_key[key] = _NewCustomer(key)
            self._new_customers.append(customer)
        return customer

    def _tell(self, customer: Customer | _NewCustomer, at: int, newest: bool) -> list[Change]:
        changes: list[Change] = []
        if isinstance(customer, _NewCustomer):
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
                customer, name, Change(f"customer_{name}", old, told), self._kept[at], self._take
            ):
                continue
            setattr(customer, name, told)
            self._dirty_customers[customer.pk] = customer
            changes.append(Change(f"customer_{name}", old, told))
        return changes

    # Orders

    def _promise(self, parsed: ParsedStoreOrder) -> date | None:
        """The day a new order is promised by, where its store promises one."""
        days = self._target.store.delivery_days
        if days is None or parsed.placed_at is None:
            return None
        return parsed.placed_at.astimezone(self._target.zone).date() + timedelta(days=days)

    def _compare(self, at: int, customer_changes: list[Change]) -> Result:
        parsed, owner, kept = self._parsed[at], self._owners[at], self._kept[at]
        known = self._known.get(parsed.number)
        if known is None:
            new = _NewOrder(parsed, owner)
            self._new_orders.append(new)
            if parsed.aliexpress_numbers:
                new.linked = StoreOrder(number=parsed.number, store_id=self._target.store.pk)
                _, elsewhere = self._link(parsed, new.linked)
                return Result(parsed, "new", kept=kept, elsewhere=elsewhere)
            return Result(parsed, "new", kept=kept)
        changes = [*self._differences(known, parsed, kept), *customer_changes]
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
            known.lines = _kept_details(known.lines, parsed.lines, "lines" in self._erasable)
            own_changes += 1
        if own_changes:
            self._changed_orders.append(known)
        links, elsewhere = self._link(parsed, known)
        changes += links
        return Result(parsed, "changed" if changes else "unchanged", changes, kept, elsewhere=elsewhere)

    def _differences(
        self, known: StoreOrder, parsed: ParsedStoreOrder, kept: list[Change]
    ) -> Iterator[Change]:
        fields, take = self._fields, self._take
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
                if may_write(known, name, change := Change(name, old, new), kept, take):
                    setattr(known, name, new)
                    yield change
        for source, name, length in TEXTS:
            if source in fields:
                old, new = getattr(known, name), (getattr(parsed, source) or "")[:length]
                if old == new or (not new and source not in self._erasable):
                    continue
                trace.note(known, line, name, "edited_fields")
                if may_write(known, name, change := Change(name, old, new), kept, take):
                    setattr(known, name, new)
                    yield change
        # What was taken for granted counts for amounts that are the order's first.
        is_told = parsed.currency_told or (
            not had_amounts and any(getattr(parsed, name) is not None for name in AMOUNTS)
        )
        if is_told and known.currency != parsed.currency:
            change = Change("currency", known.currency, parsed.currency)
            trace.note(known, line, "currency", "edited_fields")
            if may_write(known, "currency", change, kept, take):
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
        return Change("lines", _worded(stored), _worded(parsed.lines))

    def _link(
        self, parsed: ParsedStoreOrder, order: StoreOrder
    ) -> tuple[list[Change], list[tuple[str, str]]]:
        """What joining its AliExpress numbers changes, and which of them belong to another order."""
        changes, elsewhere = [], []
        for number in parsed.aliexpress_numbers:
            line = parsed.source_lines[0]
            if (other := other_order(self._suppliers, number, order)) is not None:
                elsewhere.append((number, other.number))
            elif join(self._suppliers, number, order, self._target, trace=self._trace, line=line):
                self._links.append(self._suppliers[number])
                changes.append(Change("aliexpress_number", "", number))
        return changes, elsewhere

    def save(self, *, meanwhile: Callable[[], None] | None = None) -> None:
        now = moment_to_insert(timezone.now())
        self._give_keys()
        columns_of_orders: dict[str, Column] = {}

        def while_customers_are_written() -> None:
            columns_of_orders.update(self._columns_of_orders(now))
            if meanwhile is not None:
                meanwhile()

        self._save_customers(now, meanwhile=while_customers_are_written)
        for order, owner in self._moved:
            order.customer_id = owner.pk
        if self._changed_orders:
            StoreOrder.objects.bulk_create(
                map(without_key, self._changed_orders),
                update_conflicts=True,
                unique_fields=["store", "number"],
                update_fields=["customer", *STORE_ORDER_FIELDS, "lines", "edited_fields", "updated_at"],
            )
        insert_columns(StoreOrder, columns_of_orders, meanwhile=meanwhile)
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
        keep_trace(self._trace, self._target)
        refresh_standing([*decided_anew, *(order.store_order_id for order in self._links)])

    def _give_keys(self) -> None:
        keys = next_keys(Customer, len(self._new_customers))
        for customer, pk in zip(self._new_customers, keys, strict=True):
            customer.pk = pk
        keys = next_keys(StoreOrder, len(self._new_orders))
        for new, pk in zip(self._new_orders, keys, strict=True):
            new.pk = pk
            if new.linked is not None:
                new.linked.pk = pk

    def _save_customers(self, now: str, *, meanwhile: Callable[[], None]) -> None:
        if self._dirty_customers:
            Customer.objects.bulk_create(
                map(without_key, self._dirty_customers.values()),
                update_conflicts=True,
                unique_fields=["store", "key"],
                update_fields=["name", "email", "phone", "country", "edited_fields"],
            )
        new = self._new_customers
        insert_columns(
            Customer,
            {
                "id": [each.pk for each in new],
                "store_id": repeat(self._target.store.pk),
                "key": [each.key for each in new],
                **{name: [getattr(each, name) for each in new] for _, name, _ in CUSTOMER_TEXTS},
                "language": repeat(""),
                "edited_fields": repeat("[]"),
                "created_at": repeat(now),
            },
            meanwhile=meanwhile,
        )

    def _columns_of_orders(self, now: str) -> dict[str, Column]:
        target, parsed = self._target, [new.parsed for new in self._new_orders]
        # Column by column: asked for one by one, the fields of an order take three times as long.
        of_all = zip(*parsed, strict=True) if parsed else repeat(())
        told: dict[str, Sequence[Any]] = dict(zip(ParsedStoreOrder._fields, of_all, strict=False))
        paid, sent = told["financial_status"], told["fulfillment_status"]
        # As `standing` has them for orders of which nothing else is known; linked ones are computed anew afterwards.
        money = {status: money_state(status or "", (), ()) for status in set(paid)}
        supplier = {status: supplier_state((), (), status or "") for status in set(sent)}
        return {
            "id": [new.pk for new in self._new_orders],
            "store_id": repeat(target.store.pk),
            "team_id": repeat(target.team.pk),
            "came_with_id": repeat(target.source.pk if target.source else None),
            "came_on_line": [lines[0] for lines in told["source_lines"]],
            "number": told["number"],
            "customer_id": [new.owner.pk for new in self._new_orders],
            "currency": told["currency"],
            **{name: told[name] for name in VALUES},
            **{name: [(text or "")[:length] for text in told[source]] for source, name, length in TEXTS},
            "promised_by": list(map(self._promise, parsed)),
            "lines": list(map(lines_to_insert, told["lines"])),
            "money_state": [money[status] for status in paid],
            "supplier_state": [supplier[status] for status in sent],
            "told_state": repeat(""),
            "lacks_reason": repeat(False),
            "verifying_payment": repeat(False),
            "edited_fields": repeat("[]"),
            "created_at": repeat(now),
            "updated_at": repeat(now),
        }


def _kept_details(
    stored: Sequence[OrderLine], told: Sequence[ParsedLine], blank_counts: bool
) -> list[OrderLine]:
    """The lines that are told, with what the file does not tell taken from the line of the same name."""
    by_name = {line.name: line for line in stored}
    by_sku = {line.sku: line for line in stored if line.sku}
    kept = []
    for line in told:
        new, old = stored_line(line), by_name.get(line.name[:LONGEST_NAME])
        if old is None and (unnamed := by_sku.get(line.sku or "")) and is_same_unnamed(unnamed.sku, line):
            old, new = unnamed, new._replace(name=unnamed.name)
        if old is not None:
            new = OrderLine(
                new.name,
                new.sku if tells(line.sku, blank_counts) else old.sku,
                new.vendor if tells(line.vendor, blank_counts) else old.vendor,
                new.quantity,
                old.price if line.price is None else new.price,
            )
        kept.append(new)
    return kept


def _worded(lines: Iterable[OrderLine | ParsedLine]) -> str:
    return ", ".join(f"{line.quantity} × {line.name}" for line in lines)
