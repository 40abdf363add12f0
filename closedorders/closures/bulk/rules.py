"""Which closures may get an outcome together with others, and why the rest are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from closedorders.orders.models import SupplierOrder

from ..actions.outcomes import MONEY_OUTCOMES
from ..models import Closure

if TYPE_CHECKING:
    from ..querysets import ClosureQuerySet

#: Outcomes that many closures can get at once. That an order is open again is what an undo is for.
BULK_OUTCOMES = (
    Closure.Outcome.REPLACED,
    Closure.Outcome.REFUNDED,
    Closure.Outcome.WRITTEN_OFF,
    Closure.Outcome.REOPENED,
)

#: Why a closure is left out; the sentence goes on from the order's number.
LEFT_OUT: Mapping[str, Promise] = {
    "closure_reopened": _("AliExpress took the closure back"),
    "has_outcome": _("has this outcome already"),
    "made_good": _("has another outcome already"),
    "money_outcome": _("refunded or written off by a merchant"),
    "has_new_order": _("a new order is entered for it: change it on its own page"),
    "closed_again": _("closed again since"),
}


def with_new_order(closures: ClosureQuerySet) -> ClosureQuerySet:
    """Adds `has_new_order`: whether an AliExpress order was entered as placed instead."""
    instead = SupplierOrder.objects.filter(replaces=OuterRef("supplier_order"))
    return closures.annotate(has_new_order=Exists(instead))


def why_left_out(closure: Closure, outcome: str, *, over: bool) -> str | None:
    """The code of why a closure of `with_new_order` cannot get this outcome, or None.

    `over` also lets those change that have another outcome. What a merchant said of money is never changed by others
    in bulk, nor is an order that was placed again: each has its own page.
    """
    if closure.reopened_at is not None:
        return "closure_reopened"
    if closure.outcome == outcome:
        return "has_outcome"
    if closure.has_new_order:  # type: ignore[attr-defined]  # annotated by `with_new_order`
        return "has_new_order"
    if closure.outcome == Closure.Outcome.OPEN:
        return None
    if closure.outcome in MONEY_OUTCOMES and outcome not in MONEY_OUTCOMES:
        return "money_outcome"
    return None if over else "made_good"
