"""Store orders as they are stored, and which of a file say nothing new."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter, itemgetter
from typing import Any

from django.db.models import Q

from closedorders.accounts.models import Team
from closedorders.core.text.folding import folded
from closedorders.orderfiles.records import ParsedLine, ParsedStoreOrder
from closedorders.orders.models import Customer, Store, StoreOrder, SupplierOrder
from closedorders.orders.order_lines import LONGEST_NAME, LONGEST_SKU, LONGEST_VENDOR, OrderLine, stored_line

from .base import Target


def customer_key(order: ParsedStoreOrder) -> str:
    """What tells the customers of a store apart; see `Customer`."""
    if order.email:
        return f"email:{order.email}"
    # Shorter ones are placeholders such as 000: they would make one customer of many.
    digits = re.sub(r"\D", "", order.phone or "")
    if len(digits) >= 7 and len(set(digits)) > 1:
        return f"phone:{digits[:40]}"
    return f"order:{order.number}"


#: The reader's field -> the model's, and the length of a text.
TEXTS = (
    ("external_id", "external_id", 40),
    ("customer_name", "buyer_name", 200),
    ("financial_status", "financial_status", 30),
    ("fulfillment_status", "fulfillment_status", 30),
    ("payment_method", "payment_method", 100),
    ("country", "ship_country", 2),
    ("note", "note", 100_000),
    ("tags", "tags", 100_000),
    ("discount_code", "discount_code", 100),
)
AMOUNTS = ("subtotal", "shipping", "total", "refunded")
MOMENTS = ("placed_at", "paid_at", "cancelled_at")
VALUES = (*AMOUNTS, *MOMENTS)
STORE_ORDER_FIELDS = ("currency", *VALUES, *(name for _, name, _ in TEXTS))
CUSTOMER_TEXTS = (
    ("customer_name", "name", 200),
    ("email", "email", 254),
    ("phone", "phone", 40),
    ("country", "country", 2),
    ("language", "language", 5),
)


_STORED = (
    "pk", "number", "customer__key", "typed", "lines",
    *(f"customer__{name}" for _, name, _ in CUSTOMER_TEXTS), "currency", *VALUES, *(name for _, name, _ in TEXTS),
)  # fmt: skip
#: Where the words of the customer begin in it, and where the order's own values.
_WORDS_AT = 5
_OWN_AT = _WORDS_AT + len(CUSTOMER_TEXTS)
_ID_AT = _STORED.index("external_id")
_TYPED = ~Q(edited_fields=[]) | ~Q(customer__edited_fields=[])


def stored_orders(store: Store, orders: Sequence[ParsedStoreOrder]) -> dict[str, tuple[Any, ...]]:
    """By number, what `_STORED` names, of the orders that are there already."""
    known = StoreOrder.objects.filter(store=store).annotate(typed=_TYPED)

    def found(numbers: set[str]) -> dict[str, tuple[Any, ...]]:
        return {row[1]: row for row in known.filter(number__any_of=numbers).values_list(*_STORED)}

    stored = found({order.number for order in orders})
    missing = {
        _other_spelling(order.number) for order in orders if order.external_id and order.number not in stored
    }
    if not missing or not (stored or known.exists()):
        return stored  # Nothing needs looking up twice in a store's first import.
    return stored | found(missing)


def spelt_as_stored(
    orders: Sequence[ParsedStoreOrder], stored: dict[str, tuple[Any, ...]]
) -> Sequence[ParsedStoreOrder]:
    """The orders, with the stored spelling of their number: with and without `#` and one Id of the shop it is one."""
    if stored.keys() <= {order.number for order in orders}:
        return orders
    return [
        order._replace(number=other)
        if order.external_id
        and order.number not in stored
        and (row := stored.get(other := _other_spelling(order.number))) is not None
        and row[_ID_AT] == order.external_id
        else order
        for order in orders
    ]


def _other_spelling(number: str) -> str:
    return number[1:] if number[:1] == "#" else f"#{number}"


def is_another_shops(order: ParsedStoreOrder, known: StoreOrder, customer: Customer) -> bool:
    """Whether a stored order of this number seems to be another one: all that both say differs, two things at least.

    The same shop's order may have another address or date by now, and not another Id, customer and date.
    """
    differ = []
    # Some shops' Ids are the numbers, which prove nothing.
    if order.external_id and known.external_id and order.external_id != order.number.removeprefix("#"):
        differ.append(order.external_id != known.external_id)
    if order.email and customer.email:
        differ.append(order.email != customer.email)
    elif order.customer_name and customer.name:
        differ.append(folded(order.customer_name) != folded(customer.name))
    if order.placed_at and known.placed_at:
        differ.append(abs(order.placed_at - known.placed_at) > timedelta(days=1))
    return len(differ) > 1 and all(differ)


def words_differ(customer: Customer, order: ParsedStoreOrder) -> bool:
    return any(
        (told := getattr(order, source)) and told[:length] != getattr(customer, name)
        for source, name, length in CUSTOMER_TEXTS
    )


class SameOrders:
    """Which orders say nothing that is not stored already, word for word, and of which nobody typed anything."""

    def __init__(
        self,
        stored: dict[str, tuple[Any, ...]],
        target: Target,
        orders: Sequence[ParsedStoreOrder],
        fields: frozenset[str],
        erasable: frozenset[str],
    ) -> None:
        self._target = target
        self._erasable = erasable
        #: (place in a stored order, the reader's field, the length of a text or 0) of what the file has.
        self._words = [
            (at, source, length) for at, (source, _, length) in enumerate(CUSTOMER_TEXTS, start=_WORDS_AT)
        ]
        own = [
            ("currency", 0),
            *((name, 0) for name in VALUES),
            *((source, length) for source, _, length in TEXTS),
        ]
        self._own = [
            (at, source, length)
            for at, (source, length) in enumerate(own, start=_OWN_AT)
            if source in fields or source == "currency"
        ]
        compared = [(1, "number", 0), *self._words, *self._own]
        self._all_stored = itemgetter(*[at for at, _, _ in compared])
        self._all_told = attrgetter(*[source for _, source, _ in compared])
        candidates = [
            order
            for order in orders
            if (row := stored.get(order.number)) is not None and self._order_is_same(order, row)
        ]
        joined = _joined_numbers(
            target.team, {number for each in candidates for number in each.aliexpress_numbers}
        )
        self._numbers = {
            order.number
            for order in candidates
            if not order.aliexpress_numbers
            or all(joined.get(each) in (0, stored[order.number][0]) for each in order.aliexpress_numbers)
        }

    def includes(self, order: ParsedStoreOrder) -> bool:
        return order.number in self._numbers

    def _order_is_same(self, order: ParsedStoreOrder, row: Sequence[Any]) -> bool:
        _, _, key, typed, lines = row[:_WORDS_AT]
        if typed or (order.email and key != customer_key(order)):
            return False
        if order.lines and not lines_are_same(lines, order.lines, "lines" in self._erasable):
            return False
        if self._all_told(order) == self._all_stored(row):
            return True
        # Still the same where only the beginning of a text is stored, or the file has nothing of the customer.
        for at, source, length in self._words:
            if (told := getattr(order, source)) and told[:length] != row[at]:
                return False
        for at, source, length in self._own:
            value = getattr(order, source)
            if not length and row[at] == value:
                continue
            if source == "currency":
                if order.currency_told:
                    return False
            elif value in (None, "") and source not in self._erasable:
                continue
            elif length:
                if row[at] != (value or "")[:length]:
                    return False
            elif source not in MOMENTS or not is_less_exact(value, row[at], self._target):
                return False
        return True


def is_less_exact(told: datetime | None, known: datetime | None, target: Target) -> bool:
    """Whether a file tells of a known moment no more than its day or its minute, as spreadsheets keep them."""
    if told is None or known is None:
        return False
    if told.second == 0 and told == known.replace(second=0, microsecond=0):
        return True
    zone = target.read_in or target.zone
    # Not the time of day: where clocks are put forward at midnight, that day has none.
    return told == datetime.combine(known.astimezone(zone).date(), time.min, zone).astimezone(UTC)


def _joined_numbers(team: Team, numbers: set[str]) -> dict[str, int]:
    """AliExpress number -> the store order it has, or 0 where a person keeps it without one."""
    if not numbers:
        return {}
    rows = SupplierOrder.objects.for_team(team).filter(number__in=numbers)
    return {
        number: order or 0
        for number, order, edited in rows.values_list("number", "store_order_id", "edited_fields")
        if "store_order" in edited or order
    }


def lines_are_same(stored: Sequence[OrderLine], told: Sequence[ParsedLine], blank_counts: bool) -> bool:
    """Whether a file's lines are the stored ones; what it has no column for does not count, nor may what is blank."""
    as_told: list[object] = list(told)
    if stored == as_told:
        return True
    return len(stored) == len(told) and all(
        (old.name == new.name[:LONGEST_NAME] or is_same_unnamed(old.sku, new))
        and (not tells(new.sku, blank_counts) or old.sku == (new.sku or "")[:LONGEST_SKU])
        and (not tells(new.vendor, blank_counts) or old.vendor == (new.vendor or "")[:LONGEST_VENDOR])
        and old.quantity == new.quantity
        and (new.price is None or old.price == new.price)
        for old, new in zip(stored, told, strict=True)
    )


def tells(text: str | None, blank_counts: bool) -> bool:
    return bool(text) or (blank_counts and text is not None)


def is_same_unnamed(sku: str, line: ParsedLine) -> bool:
    """Whether a line has its SKU in place of a name, as DSers's files do, and is the known one of that SKU."""
    return bool(sku) and line.name == line.sku and line.sku[:LONGEST_SKU] == sku


def with_stored_details(
    stored: Sequence[OrderLine], told: Sequence[ParsedLine], blank_counts: bool
) -> list[OrderLine]:
    """The lines that are told, with what the file does not tell taken from the line of the same name."""
    by_name = {line.name: line for line in stored}
    by_sku = {line.sku: line for line in stored if line.sku}
    lines = []
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
        lines.append(new)
    return lines


def describe_lines(lines: Iterable[OrderLine | ParsedLine]) -> str:
    return ", ".join(f"{line.quantity} × {line.name}" for line in lines)
