"""What an apology costs, before there is an incident. Pure: no Django, no words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ApologyCost:
    """Amounts in one currency. `of_margin` is the whole cost in per cent of what the orders leave; None if nothing."""

    codes: Decimal
    refunds: Decimal
    gifts: Decimal
    shipping: Decimal
    margin: Decimal
    customers: int

    @property
    def whole(self) -> Decimal:
        return self.codes + self.refunds + self.gifts + self.shipping

    @property
    def each(self) -> Decimal:
        return self.whole / self.customers

    @property
    def of_margin(self) -> int | None:
        return int(100 * self.whole / self.margin) if self.margin else None


def apology_cost(
    *,
    customers: int,
    order_value: Decimal,
    margin: int,
    code: int,
    redeemed: int,
    refund: int,
    gift: Decimal,
    shipping: Decimal,
) -> ApologyCost:
    """For `customers` with one order of `order_value` each; per cents are whole numbers.

    A code costs its share of a further order of the same value, and only where it is used.
    """
    orders = customers * order_value
    return ApologyCost(
        codes=orders * code * redeemed / 10_000,
        refunds=orders * refund / 100,
        gifts=customers * gift,
        shipping=customers * shipping,
        margin=orders * margin / 100,
        customers=customers,
    )
