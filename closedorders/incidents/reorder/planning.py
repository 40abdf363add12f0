"""In which order closed orders are placed again, in which batches and on which days. No Django, no models.

Oldest promise first, then the most valuable: whoever waits longest is served first, and what is most at stake before
the rest. That order is never changed to fill a batch better, so that everybody can see why an order is where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

#: Countries whose customs charge the duty per product line (members of the European Union).
EU_COUNTRIES = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
EPACKET, FASTER = "epacket", "faster"
#: How it is shipped: all the same way, or faster where the promised day is near or past.
BY_PROMISE = "by_promise"
#: A promise is near when fewer days than these are left, which is about how long ePacket takes.
NEAR = timedelta(days=20)
#: A plan ends here: whoever may place one order a day does not plan a year.
MOST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A closed order to be placed again. `cost` is what it cost at AliExpress, `value` what the customer paid."""

    key: int
    promised_by: date | None = None
    value: Decimal = Decimal(0)
    cost: Decimal | None = None
    currency: str = ""
    country: str = ""
    items: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """An amount per product line of parcels to the EU, from a day on, up to a value of the goods (0: any)."""

    per_item: Decimal
    currency: str
    since: date
    up_to: Decimal = Decimal(0)

    def of(self, order: Order, on: date) -> Decimal | None:
        """What it adds to this order on this day; None where it does not apply.

        Goods above the value have customs charges of their own, which nobody here knows. A cost in another currency is
        not compared with it.
        """
        if order.country not in EU_COUNTRIES or on < self.since or not self.per_item:
            return None
        above = self.up_to and order.cost is not None and order.currency == self.currency
        if above and order.cost is not None and order.cost > self.up_to:
            return None
        return self.per_item * order.items


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What card and bank allow; None where nobody said. Amounts are in `currency` and count costs in it only."""

    currency: str = ""
    per_batch: Decimal | None = None
    orders_per_day: int | None = None
    per_day: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    order: Order
    shipping: str
    duty: Decimal | None


@dataclass(slots=True)
class Batch:
    """Orders that are paid together: one day, one currency. `over`: one order alone is above a limit."""

    number: int
    day: date
    currency: str
    lines: list[Line] = field(default_factory=list)
    amount: Decimal = Decimal(0)
    over: bool = False


def in_turn(orders: Iterable[Order]) -> list[Order]:
    """Oldest promise first, orders without a promise last; of one day the most valuable first."""
    return sorted(orders, key=lambda o: (o.promised_by or date.max, -o.value, o.key))


def plan_batches(
    orders: Iterable[Order],
    limits: Limits,
    *,
    starts_on: date,
    duty: Duty | None = None,
    shipping: str = EPACKET,
) -> list[Batch]:
    """Batches within the limits, none of which is exceeded but by an order that is alone above it."""
    batches: list[Batch] = []
    open_batches: dict[str, Batch] = {}
    day, of_day, spent = starts_on, 0, Decimal(0)
    for order in in_turn(orders):
        amount = _counted(order, duty, day, limits)
        while of_day and _day_is_full(limits, of_day, spent + amount):
            day, of_day, spent, open_batches = day + timedelta(days=1), 0, Decimal(0), {}
            amount = _counted(order, duty, day, limits)
        batch = open_batches.get(order.currency)
        if batch is None or _is_above(limits.per_batch, batch.amount + amount):
            batch = Batch(len(batches) + 1, day, order.currency)
            batches.append(batch)
            open_batches[order.currency] = batch
        batch.lines.append(
            Line(order, _shipping(order, shipping, day), duty.of(order, day) if duty else None)
        )
        batch.amount += amount
        batch.over = _is_above(limits.per_batch, batch.amount) or _is_above(limits.per_day, batch.amount)
        of_day, spent = of_day + 1, spent + amount
    return batches


def _counted(order: Order, duty: Duty | None, day: date, limits: Limits) -> Decimal:
    """What an order counts against the limits' amounts: its cost and duty, where they are in the limits' currency."""
    amount = order.cost if order.cost is not None and order.currency == limits.currency else Decimal(0)
    if duty and duty.currency == limits.currency:
        amount += duty.of(order, day) or 0
    return amount


def _day_is_full(limits: Limits, orders: int, amount: Decimal) -> bool:
    return (limits.orders_per_day is not None and orders >= limits.orders_per_day) or _is_above(
        limits.per_day, amount
    )


def _is_above(limit: Decimal | None, amount: Decimal) -> bool:
    return limit is not None and amount > limit


def _shipping(order: Order, choice: str, day: date) -> str:
    if choice != BY_PROMISE:
        return choice
    near = order.promised_by is not None and order.promised_by - day < NEAR
    return FASTER if near else EPACKET


def lasts_too_long(batches: Sequence[Batch]) -> bool:
    return bool(batches) and batches[-1].day - batches[0].day > timedelta(days=MOST_DAYS)
