"""Where one order of a customer stands, in a word for the customer. Without Django.

The same rules as for the apology: nothing is solved while the account is blocked, no money is back before it is, and
what nobody knows is not said.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Standing(StrEnum):
    REFUNDED = "refunded"
    """All the money of the order has gone back."""
    BEING_REFUNDED = "being_refunded"
    """It is to go back; nobody has seen it leave."""
    CANCELLED = "cancelled"
    """The shop cancelled it; what became of the money is not known here."""
    SHIPPED = "shipped"
    REORDERED = "reordered"
    GOES_ON = "goes_on"
    """AliExpress took the closure back."""
    SOLVED = "solved"
    """What held it up is solved, and it is not ordered again yet."""
    WAITING = "waiting"
    """Not solved yet."""
    GIVEN_UP = "given_up"
    """It will not be sent; what the customer gets is not written down."""


#: Those in which a day of delivery means something.
STILL_TO_COME = frozenset({Standing.REORDERED, Standing.GOES_ON, Standing.SOLVED, Standing.WAITING})


def standing_of(
    *, outcomes: Collection[str], is_solved: bool, supplier_state: str, money_state: str, is_cancelled: bool
) -> Standing:
    """`outcomes` are those of the order's closures that stand, `is_solved` whether no account of them is blocked.

    `supplier_state` and `money_state` are the order's stored status, `is_cancelled` whether the shop gave it up.
    """
    if money_state == "refunded":
        return Standing.REFUNDED
    if is_cancelled:
        return Standing.CANCELLED
    if supplier_state in {"shipped", "completed"}:
        return Standing.SHIPPED
    if "open" in outcomes:
        return Standing.SOLVED if is_solved else Standing.WAITING
    if "replaced" in outcomes:
        return Standing.REORDERED
    if "refunded" in outcomes:
        return Standing.BEING_REFUNDED
    return Standing.GIVEN_UP if outcomes else Standing.GOES_ON
