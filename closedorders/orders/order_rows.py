"""Orders as pages show them: what stands on each of the three axes (supplier, money, customer told)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .masking import Sight
from .models import StoreOrder, SupplierOrder


class Badge(NamedTuple):
    """A state's tone (as `components/_tag.html` takes it) and its word."""

    tone: str
    label: str | Promise


_SUPPLIER_BADGES = {
    "awaiting_payment": Badge("amber", _("Not paid")),
    "verifying_payment": Badge("amber", _("Payment checked")),
    "awaiting_shipment": Badge("blue", _("Not shipped yet")),
    "shipped": Badge("green", _("Shipped")),
    "completed": Badge("green", _("Received")),
    "cancelled": Badge("amber", _("Cancelled, not logged")),
    "closed": Badge("amber", _("Closed, not logged")),
    "expired": Badge("amber", _("Expired, not logged")),
    "frozen": Badge("amber", _("Frozen")),
}
_OUTCOME_BADGES = {
    "open": Badge("red", _("Closed")),
    "replaced": Badge("blue", _("Re-placed")),
    "refunded": Badge("grey", _("Closed, refunded")),
    "written_off": Badge("grey", _("Closed, written off")),
}
# The one that needs a person most comes first.
_OUTCOME_ORDER = ("open", "replaced", "refunded", "written_off")
_STATUS_ORDER = (
    "closed", "cancelled", "expired", "frozen", "awaiting_payment", "verifying_payment", "awaiting_shipment",
    "shipped", "completed",
)  # fmt: skip
_REFUND_BADGES = {
    "approved": Badge("amber", _("Refund to do")),
    "proposed": Badge("blue", _("Refund proposed")),
    "issued": Badge("green", _("Refunded")),
}
_TOLD_BADGES = {
    "failed": Badge("red", _("Not delivered")),
    "bounced": Badge("red", _("Not delivered")),
    "uncertain": Badge("amber", _("Uncertain, check")),
    "sending": Badge("blue", _("On its way")),
    "queued": Badge("blue", _("On its way")),
    "deferred": Badge("blue", _("On its way")),
    "complained": Badge("green", _("Told")),
    "sent": Badge("green", _("Told")),
    "delivered": Badge("green", _("Told")),
}


#: How a shop words the payment and shipping of an order, in the reader's words.
SHOP_STATES: dict[str, str | Promise] = {
    "authorized": _("Authorised"),
    "expired": _("Expired"),
    "fulfilled": _("Shipped"),
    "paid": _("Paid"),
    "partial": _("Partly shipped"),
    "partially_paid": _("Partly paid"),
    "partially_refunded": _("Partly refunded"),
    "pending": _("Waiting"),
    "refunded": _("Refunded"),
    "restocked": _("Back in stock"),
    "unfulfilled": _("Not shipped yet"),
    "voided": _("Cancelled"),
}


@dataclass(slots=True)
class Standing:
    """What other apps know about an order: outcomes of standing closures, states of refunds and messages."""

    outcomes: set[str] = field(default_factory=set)
    refunds: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)


def standings(orders: Sequence[StoreOrder]) -> dict[int, Standing]:
    """By primary key, in three queries however many orders there are.

    The later apps are reached through the relations they add to orders: this app does not import them.
    """
    found: dict[int, Standing] = defaultdict(Standing)
    mine = StoreOrder.objects.filter(pk__in=[order.pk for order in orders])
    closures = mine.filter(
        supplier_orders__closures__isnull=False, supplier_orders__closures__reopened_at=None
    )
    for pk, outcome in closures.values_list("pk", "supplier_orders__closures__outcome"):
        found[pk].outcomes.add(outcome)
    for pk, state in mine.filter(refunds__isnull=False).values_list("pk", "refunds__state"):
        found[pk].refunds.add(state)
    told = mine.filter(supplier_orders__closures__messages__isnull=False)
    for pk, state in told.values_list("pk", "supplier_orders__closures__messages__state"):
        found[pk].messages.add(state)
    return found


def _first(order: Sequence[str], present: set[str], badges: dict[str, Badge]) -> Badge | None:
    return next((badges[each] for each in order if each in present), None)


def supplier_badge(bought: Sequence[SupplierOrder], standing: Standing) -> Badge:
    if badge := _first(_OUTCOME_ORDER, standing.outcomes, _OUTCOME_BADGES):
        return badge
    if not bought:
        return Badge("grey", _("Not ordered yet"))
    codes = {each.status_code for each in bought}
    return _first(_STATUS_ORDER, codes, _SUPPLIER_BADGES) or Badge("grey", _("Ordered"))


def money_badge(order: StoreOrder, standing: Standing) -> Badge:
    if badge := _first(("approved", "proposed", "issued"), standing.refunds, _REFUND_BADGES):
        return badge
    if order.financial_status in ("refunded", "voided"):
        return Badge("green", _("Refunded"))
    if order.financial_status == "partially_refunded":
        return Badge("green", _("Partly refunded"))
    if "open" in standing.outcomes:
        return Badge("amber", _("At risk"))
    return Badge("grey", _("Nothing due"))


def told_badge(standing: Standing) -> Badge:
    if badge := _first(tuple(_TOLD_BADGES), standing.messages, _TOLD_BADGES):
        return badge
    if "open" in standing.outcomes:
        return Badge("red", _("Not told"))
    return Badge("grey", _("Nothing to tell"))


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One line of the orders list, for one person's eyes."""

    order: StoreOrder
    name: str
    email: str
    bought: list[SupplierOrder]
    supplier: Badge
    money: Badge
    told: Badge


def order_rows(orders: Sequence[StoreOrder], sight: Sight) -> list[OrderRow]:
    """Rows for orders that come with their customers (`select_related`)."""
    bought: dict[int, list[SupplierOrder]] = defaultdict(list)
    for each in SupplierOrder.objects.filter(store_order__in=[order.pk for order in orders]).order_by("pk"):
        if each.store_order_id is not None:
            bought[each.store_order_id].append(each)
    known = standings(orders)
    return [
        OrderRow(
            order=order,
            name=sight.words(order.customer.name),
            email=sight.email(order.customer.email),
            bought=bought[order.pk],
            supplier=supplier_badge(bought[order.pk], known[order.pk]),
            money=money_badge(order, known[order.pk]),
            told=told_badge(known[order.pk]),
        )
        for order in orders
    ]
