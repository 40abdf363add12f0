"""How much Pocket credit to have, what is left of each deposit, and what will be lost. Pure: no Django, no words.

The article's P1: about a day's average spend, so that orders go on while a card is being checked; it is never closed
with the account, cannot be withdrawn, and expires. Three years and the amounts on sale are as sellers report them
(aliexba.com, read in 2026); AliExpress may change both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

YEARS = 3
"""After which credit is lost, counted from its deposit."""
ON_SALE = (150, 100, 50, 20, 10)
"""The amounts in which credit is sold, in the account's currency; any sum of them can be bought."""
#: Credit that will be lost within so many days is said.
WARNED_DAYS = 180
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Lot:
    """One deposit: its amount is good for orders from `deposited_on` to the end of `expires_on`."""

    pk: int
    deposited_on: date
    expires_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Use:
    """What was paid with credit on a day."""

    used_on: date
    amount: Decimal


class Advice(StrEnum):
    NO_SPENDING = "no_spending"
    BUY = "buy"
    ENOUGH = "enough"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to hold of one currency. All amounts are in it; `lasts` is how many average days the credit is enough for.

    `parts` are the amounts to buy, as they are on sale; they add up to `missing` or a little more.
    """

    average: Decimal
    peak: Decimal
    held: Decimal
    wanted: Decimal
    missing: Decimal
    parts: tuple[int, ...]
    lasts: int | None
    advice: Advice


def expiry_of(deposited_on: date) -> date:
    """The last day on which a deposit can be used: three years later, 28 February for a leap day."""
    try:
        return deposited_on.replace(year=deposited_on.year + YEARS)
    except ValueError:
        return deposited_on.replace(year=deposited_on.year + YEARS, day=28)


def left_of(lots: Sequence[Lot], uses: Sequence[Use]) -> tuple[dict[int, Decimal], Decimal]:
    """What is left of each lot, by its key, and how much of the uses no lot pays for.

    Used first in, first out: each use draws on the oldest deposit that was there and not expired on its day.
    """
    left = {lot.pk: lot.amount for lot in lots}
    in_order = sorted(lots, key=lambda lot: (lot.deposited_on, lot.pk))
    unpaid = NOTHING
    for use in sorted(uses, key=lambda use: use.used_on):
        due = use.amount
        for lot in in_order:
            if lot.deposited_on <= use.used_on <= lot.expires_on:
                part = min(due, left[lot.pk])
                left[lot.pk] -= part
                due -= part
        unpaid += due
    return left, unpaid


def held_on(lots: Sequence[Lot], left: dict[int, Decimal], day: date) -> Decimal:
    """The credit that can be used on that day: of deposits made by then and not expired."""
    return sum((left[lot.pk] for lot in lots if lot.deposited_on <= day <= lot.expires_on), NOTHING)


def lost_at_this_pace(
    lots: Sequence[Lot], left: dict[int, Decimal], *, average: Decimal, today: date
) -> dict[int, Decimal]:
    """What of each lot will still be there when it expires, if an average day is paid with credit every day."""
    lost = {}
    spent = NOTHING
    for lot in sorted(lots, key=lambda lot: (lot.deposited_on, lot.pk)):
        if not left[lot.pk] or lot.expires_on < today:
            continue
        days = (lot.expires_on - today).days + 1
        can_use = max(NOTHING, average * days - spent)
        used = min(left[lot.pk], can_use)
        spent += used
        if left[lot.pk] > used:
            lost[lot.pk] = left[lot.pk] - used
    return lost


def expires_soon(lot: Lot, today: date) -> bool:
    return today <= lot.expires_on <= today + timedelta(days=WARNED_DAYS)


def plan(*, average: Decimal, peak: Decimal, held: Decimal) -> Plan:
    """What to buy so that an average day can be paid with credit.

    More than the busiest day is too much: it only waits, and cannot be withdrawn.
    """
    smallest = ON_SALE[-1]
    wanted = (average / smallest).to_integral_value(rounding=ROUND_CEILING) * smallest
    missing = max(NOTHING, wanted - held)
    lasts = int(held / average) if average > 0 else None
    if average <= 0:
        advice = Advice.NO_SPENDING
    elif held > max(peak, wanted):
        advice = Advice.TOO_MUCH
    else:
        advice = Advice.BUY if missing else Advice.ENOUGH
    return Plan(
        average=average,
        peak=peak,
        held=held,
        wanted=wanted,
        missing=missing,
        parts=parts_of(missing),
        lasts=lasts,
        advice=advice,
    )


#: So many amounts are listed one by one; nobody buys more of them on one day.
MOST_PARTS = 400


def parts_of(amount: Decimal) -> tuple[int, ...]:
    """The fewest amounts on sale that add up to it, or to the next ten above; largest first."""
    smallest = ON_SALE[-1]
    due = int((amount / smallest).to_integral_value(rounding=ROUND_CEILING)) * smallest
    parts: list[int] = []
    for size in ON_SALE:
        # 60 is 50 + 10, 120 is 100 + 20, 140 is 100 + 20 + 20: taking the largest first is never worse here.
        parts += [size] * min(due // size, MOST_PARTS)
        due %= size
    return tuple(parts)
