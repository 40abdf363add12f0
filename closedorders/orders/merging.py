"""Parsed orders held against the database: what is new, what changed, and how to save it.

    batch = hold_against_database(orders, target=target, fields=reading.fields)
    batch.results   # one `Result` per order, in their order: for the preview
    batch.save()    # writes exactly what the results say: for the commit, inside a transaction

The preview and the commit take the same way, so what is saved is what was shown. A batch costs a handful of queries
however many orders it has. The rules:

* What the file has no column for is left alone, and so is every field named in `edited_fields`: a person typed it.
  Where the file says otherwise, `Result.kept` tells both; `take` names the fields (as `Change.field` does) for which
  a person chose the file's value, which then is no longer a typed one.
* A customer carries the words of their newest order; older orders only fill blanks. Otherwise a customer who wrote
  her name in two ways would change back and forth at each import.
* An order moves to another customer only when the file gives another e-mail and nobody typed the one it has.
* An AliExpress order stays with the store order it was joined to first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from closedorders.accounts.audit import record_each
from closedorders.accounts.models import Team, User

from .bulk_rows import insert_rows, next_keys
from .formats import ParsedLine, ParsedLink, ParsedOrder, ParsedStoreOrder, ParsedSupplierOrder
from .import_trace import LINE_FIELDS, Trace
from .models import BuyerAccount, Customer, Import, OrderLine, Store, StoreOrder, Supplier, SupplierOrder
from .standing import money_state, refresh_standing

Kind = Literal["new", "changed", "unchanged", "rejected"]
M = TypeVar("M", bound=models.Model)

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_LARGEST_COST = Decimal(10) ** 11


@dataclass(frozen=True, slots=True)
class Target:
    """Where an import's orders go, who answers for it, and the import itself, for taking it back."""

    team: Team
    store: Store
    buyer_account: BuyerAccount | None = None
    by: User | None = None
    source: Import | None = None

    @property
    def zone(self) -> ZoneInfo:
        return self.team.zone


@dataclass(frozen=True, slots=True)
class Change:
    """One field that would get another value. `field` is a key of `issue_texts.FIELD_NAMES`."""

    field: str
    old: object
    new: object


@dataclass(slots=True)
class Result:
    """What an order comes to. `refusal` of a rejected one is (code of `issue_texts`, value, params)."""

    order: ParsedOrder
    kind: Kind
    changes: list[Change] = field(default_factory=list)
    #: What a person typed and the file says otherwise: typed -> the file's.
    kept: list[Change] = field(default_factory=list)
    refusal: tuple[str, str, dict[str, object]] | None = None


class Batch:
    """Some orders of one file, compared."""

    results: list[Result]

    def save(self) -> None:
        """Write what is new or changed. Must run in the transaction in which the batch was compared with `lock`."""
        raise NotImplementedError


def hold_against_database(
    orders: Sequence[ParsedOrder],
    *,
    target: Target,
    fields: frozenset[str],
    lock: bool = False,
    take: frozenset[str] = frozenset(),
) -> Batch:
    """Compare orders of one kind. `lock` keeps the rows that may be changed until the transaction ends."""
    if store_orders := [each for each in orders if isinstance(each, ParsedStoreOrder)]:
        return StoreOrderBatch(store_orders, target=target, fields=fields, lock=lock, take=take)
    if supplier_orders := [each for each in orders if isinstance(each, ParsedSupplierOrder)]:
        return SupplierOrderBatch(supplier_orders, target=target, fields=fields, lock=lock, take=take)
    return LinkBatch([each for each in orders if isinstance(each, ParsedLink)], target=target, lock=lock)


def customer_key(order: ParsedStoreOrder) -> str:
    """What tells the customers of a store apart; see `Customer`."""
    if order.email:
        return f"email:{order.email}"
    # Shorter ones are placeholders such as 000: they would make one customer of many.
    digits = re.sub(r"\D", "", order.phone or "")
    if len(digits) >= 7 and len(set(digits)) > 1:
        return f"phone:{digits[:40]}"
    return f"order:{order.number}"


def store_order_numbers(number: str) -> tuple[str, ...]:
    """The ways a person may write a store's order number, as it is first: stores word it `#1001`, people 1001."""
    bare = number.removeprefix("#")
    return (number, f"#{bare}", bare) if bare else (number,)


# --- Store orders ---

#: The reader's field -> the model's, and the length of a text.
_TEXTS = (
    ("external_id", "external_id", 40),
    ("financial_status", "financial_status", 30),
    ("fulfillment_status", "fulfillment_status", 30),
    ("payment_method", "payment_method", 100),
    ("country", "ship_country", 2),
    ("note", "note", 100_000),
    ("tags", "tags", 100_000),
)
_VALUES = ("subtotal", "shipping", "total", "refunded", "placed_at", "paid_at", "cancelled_at")
_STORE_ORDER_FIELDS = ("currency", *_VALUES, *(name for _, name, _ in _TEXTS))
_CUSTOMER_TEXTS = (
    ("customer_name", "name", 200),
    ("email", "email", 254),
    ("phone", "phone", 40),
    ("country", "country", 2),
)


#: As `_save_new_orders` writes them.
_NEW_ORDER_COLUMNS = (
    "id", "store_id", "team_id", "came_with_id", "came_on_line", "number", "customer_id", "currency",
    *_VALUES,
    *(name for _, name, _ in _TEXTS),
    "promised_by", "money_state", "supplier_state", "told_state", "lacks_reason", "edited_fields",
    "created_at", "updated_at",
)  # fmt: skip


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

    @property
    def status(self) -> str:
        return (self.parsed.financial_status or "")[:30]


_Line = tuple[str, str, str, int, Decimal | None]
_STORED = (
    "number", "pk", "customer_id", "customer__key", "edited_fields", "customer__edited_fields",
    *(f"customer__{name}" for _, name, _ in _CUSTOMER_TEXTS), "currency", *_VALUES, *(name for _, name, _ in _TEXTS),
)  # fmt: skip


def _stored_orders(store: Store, orders: Sequence[ParsedStoreOrder]) -> dict[str, tuple[Any, ...]]:
    """By number, what `_STORED` names after it, of the orders that are there already."""
    rows = StoreOrder.objects.filter(store=store, number__in=[order.number for order in orders])
    return {number: values for number, *values in rows.values_list(*_STORED)}


def _stored_lines(keys: Collection[int]) -> dict[int, list[_Line]]:
    lines: dict[int, list[_Line]] = {}
    if keys:
        rows = OrderLine.objects.filter(order_id__in=keys).order_by("order_id", "position")
        for order_id, *line in rows.values_list("order_id", *LINE_FIELDS):
            lines.setdefault(order_id, []).append((line[0], line[1], line[2], line[3], line[4]))
    return lines


def _words_differ(customer: Customer, order: ParsedStoreOrder) -> bool:
    return any(
        (told := getattr(order, source)) and told[:length] != getattr(customer, name)
        for source, name, length in _CUSTOMER_TEXTS
    )


class _Same:
    """Which orders say nothing that is not stored already, word for word, and of which nobody typed anything."""

    def __init__(
        self,
        stored: dict[str, tuple[Any, ...]],
        team: Team,
        orders: Sequence[ParsedStoreOrder],
        fields: frozenset[str],
    ) -> None:
        first = 5 + len(_CUSTOMER_TEXTS)
        self._told: list[tuple[int, str, int]] = [
            (first + 1 + at, name, 0) for at, name in enumerate(_VALUES) if name in fields
        ]
        self._told += [
            (first + 1 + len(_VALUES) + at, source, length)
            for at, (source, _, length) in enumerate(_TEXTS)
            if source in fields
        ]
        self._currency = first if "currency" in fields else 0
        candidates = [
            order
            for order in orders
            if (row := stored.get(order.number)) is not None and self._order_is_same(order, row)
        ]
        lines = _stored_lines([stored[order.number][0] for order in candidates if order.lines])
        joined = _joined_numbers(team, {number for each in candidates for number in each.aliexpress_numbers})
        self._numbers = {
            order.number
            for order in candidates
            if (not order.lines or lines_are_same(lines.get(stored[order.number][0], []), order.lines))
            and joined.issuperset(order.aliexpress_numbers)
        }

    def says(self, order: ParsedStoreOrder) -> bool:
        return order.number in self._numbers

    def _order_is_same(self, order: ParsedStoreOrder, row: Sequence[Any]) -> bool:
        if row[3] or row[4] or (order.email and row[2] != customer_key(order)):
            return False
        for at, (source, _, length) in enumerate(_CUSTOMER_TEXTS, start=5):
            if (told := getattr(order, source)) and told[:length] != row[at]:
                return False
        if self._currency and row[self._currency] != order.currency:
            return False
        for at, name, length in self._told:
            value = getattr(order, name)
            if (row[at] != (value or "")[:length]) if length else (row[at] != value):
                return False
        return True


def _joined_numbers(team: Team, numbers: set[str]) -> set[str]:
    """Those of AliExpress orders that have a store order, or that a person keeps without one."""
    if not numbers:
        return set()
    rows = SupplierOrder.objects.for_team(team).filter(number__in=numbers)
    return {
        number
        for number, order, edited in rows.values_list("number", "store_order_id", "edited_fields")
        if "store_order" in edited or order
    }


def lines_are_same(stored: Sequence[_Line], told: Sequence[ParsedLine]) -> bool:
    """Whether a file's lines are the stored ones; what it has no column for does not count."""
    return len(stored) == len(told) and all(
        (old[0] == new.name[:500] or _is_same_unnamed(old[1], new))
        and (new.sku is None or old[1] == new.sku[:200])
        and (new.vendor is None or old[2] == new.vendor[:200])
        and old[3] == new.quantity
        and (new.price is None or old[4] == new.price)
        for old, new in zip(stored, told, strict=True)
    )


#: In the order of the fields of `_NewCustomer`.
_customer_words = attrgetter(*(source for source, _, _ in _CUSTOMER_TEXTS))
_CUSTOMER_LENGTHS = tuple(length for _, _, length in _CUSTOMER_TEXTS)


class StoreOrderBatch(Batch):
    def __init__(
        self,
        orders: Sequence[ParsedStoreOrder],
        *,
        target: Target,
        fields: frozenset[str],
        lock: bool,
        take: frozenset[str] = frozenset(),
    ) -> None:
        self._target = target
        self._fields = fields
        self._take = take
        self._trace = Trace()
        stored = _stored_orders(target.store, orders)
        same = _Same(stored, target.team, orders, fields)
        # Most of a file that comes again says nothing new: only the rest is looked at closely.
        self._parsed: Sequence[ParsedStoreOrder] = [order for order in orders if not same.says(order)]
        changing = [stored[order.number][0] for order in self._parsed if order.number in stored]
        known = StoreOrder.objects.filter(pk__in=changing)
        self._known = {order.number: order for order in _locked(known, lock)} if changing else {}
        self._keys: list[str] = [customer_key(order) for order in self._parsed]
        self._find_customers(lock)
        new = set() if lock else self._settle_new(stored)
        self._kept: list[list[Change]] = [[] for _ in self._parsed]
        self._stored_lines = _stored_lines(changing)
        numbers = {number for order in self._parsed for number in order.aliexpress_numbers}
        self._suppliers = _supplier_orders(target.team, numbers, lock)
        self._new_orders: list[_NewOrder] = []
        self._changed_orders: list[StoreOrder] = []
        self._lines: list[tuple[StoreOrder, Sequence[ParsedLine]]] = []
        self._links: list[SupplierOrder] = []
        self._new_customers: list[_NewCustomer] = []
        self._dirty_customers: dict[int, Customer] = {}
        self._moved: list[tuple[StoreOrder, Customer | _NewCustomer]] = []
        customer_changes = self._settle_customers()
        looked_at = iter([self._compare(at, customer_changes[at]) for at in range(len(self._parsed))])
        self.results = [
            Result(order, "unchanged")
            if same.says(order)
            else Result(order, "new")
            if order.number in new
            else next(looked_at)
            for order in orders
        ]

    def _settle_new(self, stored: Container[str]) -> set[str]:
        """The numbers of orders that are new in all respects: nothing else of the batch hangs on them.

        For a preview only, which need not know what they will be saved as.
        """
        new = {
            order.number
            for order, key in zip(self._parsed, self._keys, strict=True)
            if order.number not in stored and key not in self._by_key and not order.aliexpress_numbers
        }
        self._parsed = [order for order in self._parsed if order.number not in new]
        self._keys = [customer_key(order) for order in self._parsed]
        return new

    # Customers

    def _find_customers(self, lock: bool) -> None:
        found = Customer.objects.filter(store=self._target.store)
        found = found.filter(
            Q(key__in=set(self._keys)) | Q(pk__in=[each.customer_id for each in self._known.values()])
            if self._known
            else Q(key__in=set(self._keys))
        )
        self._by_key: dict[str, Customer | _NewCustomer] = {}
        self._by_pk: dict[int, Customer] = {}
        for customer in _locked(found, lock) if self._keys else ():
            self._by_key[customer.key] = self._by_pk[customer.pk] = customer

    def _find_newest(self, places: Iterable[int]) -> dict[int, tuple[datetime, int]]:
        """The age of the newest order of each customer about whom an order says something else than is known."""
        asked = {
            customer.pk
            for at in places
            if isinstance(customer := self._owners[at], Customer)
            and _words_differ(customer, self._parsed[at])
        }
        if not asked:
            return {}
        newest = StoreOrder.objects.filter(customer=OuterRef("pk")).order_by(
            F("placed_at").desc(nulls_last=True), "-pk"
        )
        found = (
            Customer.objects.filter(pk__in=asked)
            .annotate(
                newest_pk=Subquery(newest.values("pk")[:1]),
                newest_at=Subquery(newest.values("placed_at")[:1]),
            )
            .values_list("pk", "newest_at", "newest_pk")
        )
        return {pk: (at or _LONG_AGO, newest_pk or 0) for pk, at, newest_pk in found}

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
        known_newest = self._find_newest(others)
        # Oldest first, so that the newest order has the last word; new orders get the highest keys, in this order.
        latest = 1 << 62
        ages = {}
        for at in others:
            order = self._parsed[at]
            known = self._known.get(order.number)
            ages[at] = (order.placed_at or _LONG_AGO, known.pk if known else latest + at)
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
            typed = "email" in mine.edited_fields and "customer_email" not in self._take
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
            for source, name, length in _CUSTOMER_TEXTS:
                if told := getattr(self._parsed[at], source):
                    setattr(customer, name, told[:length])
            return changes
        for source, name, length in _CUSTOMER_TEXTS:
            told = getattr(self._parsed[at], source)
            if not told:
                continue
            told = told[:length]
            old = getattr(customer, name)
            if old == told or (old and not newest):
                continue
            line = self._parsed[at].source_lines[0]
            self._trace.note(customer, line, name, "edited_fields")
            if not _may_write(
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
                self._link(parsed, new.linked)
            return Result(parsed, "new", kept=kept)
        changes = [*self._differences(known, parsed, kept), *customer_changes]
        own_changes = len(changes) - len(customer_changes)
        if owner.pk != known.customer_id or owner.pk is None:
            mine = self._by_pk[known.customer_id]
            changes.append(Change("customer_email", mine.email, owner.email))
            self._trace.note(known, parsed.source_lines[0], "customer_id")
            self._moved.append((known, owner))
            own_changes += 1
        if own_changes:
            self._changed_orders.append(known)
        if parsed.lines and (line_changes := self._line_changes(known, parsed)):
            changes += line_changes
            lines = self._kept_details(known, parsed)
            self._lines.append((known, lines))
            self._trace.note_lines(
                known,
                parsed.source_lines[0],
                before=self._stored_lines.get(known.pk, []),
                after=[_stored_line(line) for line in lines],
            )
        changes += self._link(parsed, known)
        return Result(parsed, "changed" if changes else "unchanged", changes, kept)

    def _differences(
        self, known: StoreOrder, parsed: ParsedStoreOrder, kept: list[Change]
    ) -> Iterator[Change]:
        fields, take = self._fields, self._take
        trace, line = self._trace, parsed.source_lines[0]
        for name in _VALUES:
            if name in fields:
                old, new = getattr(known, name), getattr(parsed, name)
                if old == new:
                    continue
                trace.note(known, line, name, "edited_fields")
                if _may_write(known, name, change := Change(name, old, new), kept, take):
                    setattr(known, name, new)
                    yield change
        for source, name, length in _TEXTS:
            if source in fields:
                old, new = getattr(known, name), (getattr(parsed, source) or "")[:length]
                if old == new:
                    continue
                trace.note(known, line, name, "edited_fields")
                if _may_write(known, name, change := Change(name, old, new), kept, take):
                    setattr(known, name, new)
                    yield change
        if "currency" in fields and known.currency != parsed.currency:
            change = Change("currency", known.currency, parsed.currency)
            trace.note(known, line, "currency", "edited_fields")
            if _may_write(known, "currency", change, kept, take):
                known.currency = parsed.currency
                yield change

    def _line_changes(self, known: StoreOrder, parsed: ParsedStoreOrder) -> list[Change]:
        stored = self._stored_lines.get(known.pk, [])
        if lines_are_same(stored, parsed.lines):
            return []
        if stored and "line_product" in self._fields:
            # A file with codes in place of names: where one of them is not known, it would put a code over a name.
            known_codes = {sku for _, sku, *_ in stored if sku}
            if any(line.sku not in known_codes for line in parsed.lines):
                return []
        worded = ", ".join(f"{line.quantity} × {line.name}" for line in parsed.lines)
        return [Change("lines", ", ".join(f"{line[3]} × {line[0]}" for line in stored), worded)]

    def _kept_details(self, known: StoreOrder, parsed: ParsedStoreOrder) -> list[ParsedLine]:
        """The new lines, with what the file has no column for taken from the line of the same name."""
        stored = {line[0]: line for line in self._stored_lines.get(known.pk, [])}
        by_sku = {line[1]: line for line in self._stored_lines.get(known.pk, []) if line[1]}
        kept = []
        for line in parsed.lines:
            old = stored.get(line.name[:500])
            name = line.name
            if old is None and (unnamed := by_sku.get(line.sku or "")) and _is_same_unnamed(unnamed[1], line):
                old, name = unnamed, unnamed[0]
            sku = line.sku if line.sku is not None else old[1] if old else ""
            vendor = line.vendor if line.vendor is not None else old[2] if old else ""
            price = line.price if line.price is not None else old[4] if old else None
            kept.append(ParsedLine(name, sku, vendor, line.quantity, price))
        return kept

    def _link(self, parsed: ParsedStoreOrder, order: StoreOrder) -> list[Change]:
        changes = []
        for number in parsed.aliexpress_numbers:
            line = parsed.source_lines[0]
            if _join(self._suppliers, number, order, self._target, trace=self._trace, line=line):
                self._links.append(self._suppliers[number])
                changes.append(Change("aliexpress_number", "", number))
        return changes

    def save(self) -> None:
        now = timezone.now()
        self._save_customers(now)
        for order, owner in self._moved:
            order.customer_id = owner.pk
        if self._changed_orders:
            StoreOrder.objects.bulk_create(
                map(_without_key, self._changed_orders),
                update_conflicts=True,
                unique_fields=["store", "number"],
                update_fields=["customer", *_STORE_ORDER_FIELDS, "edited_fields", "updated_at"],
            )
        self._save_new_orders(now)
        if self._lines:
            OrderLine.objects.filter(order__in=[order for order, _ in self._lines]).delete()
        insert_rows(
            OrderLine,
            ("order_id", "position", *LINE_FIELDS),
            [
                (pk, position, *_stored_line(line))
                for pk, lines in chain(
                    ((order.pk, lines) for order, lines in self._lines),
                    ((new.pk, new.parsed.lines) for new in self._new_orders),
                )
                for position, line in enumerate(lines, start=1)
            ],
        )
        _save_links(self._links)
        _record_changes(self.results, self._known, self._target)
        paid_otherwise = [
            self._known[result.order.number].pk
            for result in self.results
            if isinstance(result.order, ParsedStoreOrder)
            and any(change.field == "financial_status" for change in result.changes)
        ]
        _keep(self._trace, self._target)
        refresh_standing([*paid_otherwise, *(order.store_order_id for order in self._links)])

    def _save_customers(self, now: datetime) -> None:
        if self._dirty_customers:
            Customer.objects.bulk_create(
                map(_without_key, self._dirty_customers.values()),
                update_conflicts=True,
                unique_fields=["store", "key"],
                update_fields=["name", "email", "phone", "country", "edited_fields"],
            )
        keys = next_keys(Customer, len(self._new_customers))
        for customer, pk in zip(self._new_customers, keys, strict=True):
            customer.pk = pk
        store = self._target.store.pk
        insert_rows(
            Customer,
            (
                "id",
                "store_id",
                "key",
                "name",
                "email",
                "phone",
                "country",
                "language",
                "edited_fields",
                "created_at",
            ),
            [
                (each.pk, store, each.key, each.name, each.email, each.phone, each.country, "", "[]", now)
                for each in self._new_customers
            ],
        )

    def _save_new_orders(self, now: datetime) -> None:
        for new, pk in zip(self._new_orders, next_keys(StoreOrder, len(self._new_orders)), strict=True):
            new.pk = pk
            if new.linked is not None:
                new.linked.pk = new.pk
        target = self._target
        whose = target.store.pk, target.team.pk, target.source.pk if target.source else None
        money = {status: money_state(status, (), ()) for status in {each.status for each in self._new_orders}}
        values = attrgetter(*_VALUES)
        texts = attrgetter(*(source for source, _, _ in _TEXTS))
        lengths = [length for _, _, length in _TEXTS]
        insert_rows(
            StoreOrder,
            _NEW_ORDER_COLUMNS,
            [
                (
                    new.pk, *whose, new.parsed.source_lines[0], new.parsed.number, new.owner.pk, new.parsed.currency,
                    *values(new.parsed),
                    *[(text or "")[:length] for text, length in zip(texts(new.parsed), lengths, strict=True)],
                    self._promise(new.parsed), money[new.status], "not_ordered", "", False, "[]", now, now,
                )
                for new in self._new_orders
            ],
        )  # fmt: skip


def _stored_line(line: ParsedLine) -> tuple[str, str, str, int, Decimal | None]:
    return line.name[:500], (line.sku or "")[:200], (line.vendor or "")[:200], line.quantity, line.price


def _is_same_unnamed(sku: str, line: ParsedLine) -> bool:
    """Whether a line has its SKU in place of a name, as DSers's files do, and is the known one of that SKU."""
    return bool(sku) and line.name == line.sku and line.sku[:200] == sku


# --- AliExpress orders ---

_SUPPLIER_ORDER_FIELDS = (
    "buyer_account", "supplier", "currency", "cost", "placed_at", "status", "status_code", "title",
    "tracking_number",
)  # fmt: skip


class SupplierOrderBatch(Batch):
    def __init__(
        self,
        orders: Sequence[ParsedSupplierOrder],
        *,
        target: Target,
        fields: frozenset[str],
        lock: bool,
        take: frozenset[str] = frozenset(),
    ) -> None:
        self._target = target
        self._fields = fields
        self._take = take
        self._trace = Trace()
        self._known = _supplier_orders(target.team, {order.number for order in orders}, lock)
        names = {order.supplier_name[:200] for order in orders if order.supplier_name}
        self._suppliers = {
            supplier.name: supplier for supplier in Supplier.objects.filter(team=target.team, name__in=names)
        }
        self._new: list[SupplierOrder] = []
        self._changed: list[SupplierOrder] = []
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
        title = next((line.name for line in parsed.lines if line.name), "")[:500]
        cost = parsed.cost if parsed.cost is None or parsed.cost < _LARGEST_COST else None
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
                status=(parsed.status or "")[:100],
                status_code=parsed.status_code,
                title=title,
                tracking_number=(parsed.tracking or "")[:60],
                came_with=self._target.source,
                came_on_line=parsed.source_lines[0],
            )
            order.supplier = supplier
            self._new.append(order)
            return Result(parsed, "new")
        told: list[tuple[str, Any]] = [
            ("cost", cost),
            ("placed_at", self._placed_at(known, parsed)),
            ("status", (parsed.status or "")[:100]),
            ("title", title),
            ("tracking_number", (parsed.tracking or "")[:60]),
        ]
        if "currency" in self._fields or not known.currency or (cost is not None and cost != known.cost):
            told.append(("currency", parsed.currency))
        changes: list[Change] = []
        kept: list[Change] = []
        line = parsed.source_lines[0]
        for name, new in told:
            old = getattr(known, name)
            if new is None or new == "" or old == new:
                continue
            change = Change(name, old, new)
            self._trace.note(known, line, name, "edited_fields")
            if name == "status":
                self._trace.note(known, line, "status_code")
            if not _may_write(known, name, change, kept, self._take):
                continue
            setattr(known, name, new)
            changes.append(change)
            if name == "status":
                known.status_code = parsed.status_code
        if supplier is not None:
            change = Change("supplier", known.supplier.name if known.supplier else "", supplier.name)
            self._trace.note(known, line, "supplier_id", "edited_fields")
            if change.old != change.new and _may_write(known, "supplier", change, kept, self._take):
                known.supplier = supplier
                changes.append(change)
        account = self._target.buyer_account
        if account is not None and known.buyer_account_id is None:
            self._trace.note(known, line, "buyer_account_id")
            known.buyer_account = account
            changes.append(Change("buyer_account", "", account.label))
        if changes:
            self._changed.append(known)
        return Result(parsed, "changed" if changes else "unchanged", changes, kept)

    def _placed_at(self, known: SupplierOrder, parsed: ParsedSupplierOrder) -> datetime | None:
        if parsed.placed_at and parsed.date_only and known.placed_at:
            zone = self._target.zone
            if known.placed_at.astimezone(zone).date() == parsed.placed_at.astimezone(zone).date():
                return known.placed_at  # The file knows the day only; we know the minute.
        return parsed.placed_at

    def save(self) -> None:
        if unsaved := [supplier for supplier in self._suppliers.values() if supplier.pk is None]:
            Supplier.objects.bulk_create(
                unsaved, update_conflicts=True, unique_fields=["team", "name"], update_fields=["url"]
            )
        for order in (*self._new, *self._changed):
            if order.supplier is not None:
                order.supplier_id = order.supplier.pk
        if orders := [*self._new, *map(_without_key, self._changed)]:
            SupplierOrder.objects.bulk_create(
                orders,
                update_conflicts=True,
                unique_fields=["team", "number"],
                update_fields=[*_SUPPLIER_ORDER_FIELDS, "edited_fields", "updated_at"],
            )
        _record_changes(self.results, self._known, self._target)
        _keep(self._trace, self._target, new_suppliers=unsaved)
        refresh_standing(order.store_order_id for order in self._changed)


# --- Links between the two ---


class LinkBatch(Batch):
    def __init__(self, links: Sequence[ParsedLink], *, target: Target, lock: bool) -> None:
        self._target = target
        self._trace = Trace()
        spellings = {number for link in links for number in store_order_numbers(link.store_order_number)}
        orders = StoreOrder.objects.filter(store=target.store, number__in=spellings)
        self._orders = {order.number: order for order in orders}
        numbers = {number for link in links for number in link.aliexpress_numbers}
        self._suppliers = _supplier_orders(target.team, numbers, lock)
        self._links: list[SupplierOrder] = []
        self.results = [self._compare(link) for link in links]

    def _compare(self, link: ParsedLink) -> Result:
        spellings = store_order_numbers(link.store_order_number)
        order = next((self._orders[each] for each in spellings if each in self._orders), None)
        if order is None:
            return Result(link, "rejected", refusal=("unknown_store_order", link.store_order_number, {}))
        for number in link.aliexpress_numbers:
            known = self._suppliers.get(number)
            if known is not None and known.store_order is not None and known.store_order != order:
                params: dict[str, object] = {"order": known.store_order.number}
                return Result(link, "rejected", refusal=("joined_to_another", number, params))
        changes, stubs = [], 0
        for number in link.aliexpress_numbers:
            stubs += number not in self._suppliers
            line = link.source_lines[0]
            if _join(self._suppliers, number, order, self._target, trace=self._trace, line=line):
                self._links.append(self._suppliers[number])
                changes.append(Change("aliexpress_number", "", number))
        if not changes:
            return Result(link, "unchanged")
        return Result(link, "new" if stubs == len(link.aliexpress_numbers) else "changed", changes)

    def save(self) -> None:
        _save_links(self._links)
        _keep(self._trace, self._target)
        refresh_standing(order.store_order_id for order in self._links)


# --- What they share ---

_Edited = Customer | StoreOrder | SupplierOrder


def _may_write(row: _Edited, name: str, change: Change, kept: list[Change], take: frozenset[str]) -> bool:
    """Whether the file's value goes in; noted in `kept` where what a person typed stays instead."""
    if name not in row.edited_fields:
        return True
    if change.new in (None, ""):  # A blank cell contradicts nobody.
        return False
    if change.field in take:
        row.edited_fields = [each for each in row.edited_fields if each != name]
        return True
    kept.append(change)
    return False


def _locked(rows: QuerySet[M], lock: bool) -> QuerySet[M]:
    # In one order: two who lock the same rows, an import and the mails that settle, then never wait for each other.
    return rows.order_by("pk").select_for_update() if lock else rows


def _supplier_orders(team: Team, numbers: Iterable[str], lock: bool) -> dict[str, SupplierOrder]:
    found: dict[str, SupplierOrder] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), 500):
        rows = (
            SupplierOrder.objects.for_team(team)
            .filter(number__in=wanted[start : start + 500])
            .order_by("number")
        )
        rows = rows.select_related("store_order", "supplier")
        found |= {order.number: order for order in (rows.select_for_update(of=("self",)) if lock else rows)}
    return found


def _join(
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


def _keep(trace: Trace, target: Target, *, new_suppliers: Iterable[Supplier] = ()) -> None:
    if target.source is not None:
        trace.keep(target.source, new_suppliers=new_suppliers)


def _save_links(orders: Sequence[SupplierOrder]) -> None:
    if not orders:
        return
    for order in orders:
        if order.store_order is not None:
            order.store_order_id = order.store_order.pk
    SupplierOrder.objects.bulk_create(
        [order if order.pk is None else _without_key(order) for order in orders],
        update_conflicts=True,
        unique_fields=["team", "number"],
        update_fields=["store_order", "updated_at"],
    )


def _without_key(row: M) -> M:
    """A copy to insert over the row itself: one upsert writes new and changed rows alike."""
    copy = type(row)()
    for each in row._meta.concrete_fields:
        if not each.primary_key:
            setattr(copy, each.attname, getattr(row, each.attname))
    return copy


#: Changes that the trail does not repeat: assistants read it, and long texts belong to the order alone.
_UNTRAILED = frozenset({"customer_email", "note"})


def _record_changes(results: Sequence[Result], known: dict[str, Any], target: Target) -> None:
    record_each(
        by=target.by,
        verb="order_changed_by_import",
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
