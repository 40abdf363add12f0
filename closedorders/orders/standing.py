"""Where a store order stands on its three axes (supplier, money, customer told), kept beside the order.

What decides stands in rows of four apps: AliExpress orders, closures, refunds, messages. `refresh_standing` reads it
and stores one word an axis on the order, so that a list of a million orders reads one index. Whoever writes any of
those rows calls it in the same transaction, with the store orders concerned.

The later apps are reached through the relations they add to orders: this app does not import them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import transaction
from django.db.models import Manager

from .models import StoreOrder, SupplierOrder

_BATCH = 500

#: What stands first is what needs a person most. Outcomes of standing closures -> the word for the supplier axis.
OUTCOME_STATES = {
    "open": "closed_open",
    "replaced": "replaced",
    "refunded": "refunded",
    "written_off": "written_off",
}
STATUS_STATES = (
    "closed", "cancelled", "expired", "frozen", "awaiting_payment", "verifying_payment", "awaiting_shipment",
    "shipped", "completed",
)  # fmt: skip
REFUND_STATES = {"approved": "refund_approved", "proposed": "refund_proposed", "issued": "refund_issued"}
MESSAGE_STATES = {
    "failed": "failed",
    "bounced": "failed",
    "uncertain": "uncertain",
    "sending": "on_its_way",
    "queued": "on_its_way",
    "deferred": "on_its_way",
    "complained": "told",
    "sent": "told",
    "delivered": "told",
}


class Standing(NamedTuple):
    """The columns of a store order that this module writes."""

    supplier_state: str
    money_state: str
    told_state: str
    lacks_reason: bool


@dataclass(slots=True)
class _Facts:
    statuses: list[str] = field(default_factory=list)
    outcomes: set[str] = field(default_factory=set)
    refunds: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    lacks_reason: bool = False


def supplier_state(statuses: Collection[str], outcomes: Collection[str]) -> str:
    """`statuses` are the status codes of all AliExpress orders, `outcomes` those of closures that stand."""
    for outcome, state in OUTCOME_STATES.items():
        if outcome in outcomes:
            return state
    if not statuses:
        return "not_ordered"
    return next((each for each in STATUS_STATES if each in statuses), "ordered")


def money_state(financial_status: str, outcomes: Collection[str], refunds: Collection[str]) -> str:
    for state, word in REFUND_STATES.items():
        if state in refunds:
            return word
    if financial_status in ("refunded", "voided"):
        return "refunded"
    if financial_status == "partially_refunded":
        return "partly_refunded"
    return "at_risk" if "open" in outcomes else ""


def told_state(outcomes: Collection[str], messages: Collection[str]) -> str:
    for state, word in MESSAGE_STATES.items():
        if state in messages:
            return word
    return "not_told" if "open" in outcomes else ""


@transaction.atomic
def refresh_standing(order_ids: Iterable[int | None]) -> None:
    """Store anew where these store orders stand. Call it last in the transaction that changed what decides it.

    None stands for no store order (an AliExpress order that waits unmatched). Six queries per 500 orders, and one
    more for each of the ways in which they changed.
    """
    wanted = sorted({pk for pk in order_ids if pk is not None})
    for start in range(0, len(wanted), _BATCH):
        _refresh(wanted[start : start + _BATCH])


def changed_standing(
    order_ids: Sequence[int],
    orders: Manager[StoreOrder] = StoreOrder.objects,
    bought: Manager[SupplierOrder] = SupplierOrder.objects,
) -> dict[int, Standing]:
    """The orders whose stored standing is not what the facts say, each with what it should be. 500 at most.

    A migration passes the managers of its own time.
    """
    facts = _facts(order_ids, orders, bought)
    stored = orders.filter(pk__in=order_ids).values_list(
        "pk", "financial_status", "supplier_state", "money_state", "told_state", "lacks_reason"
    )
    changed: dict[int, Standing] = {}
    for pk, financial_status, *now in stored:
        known = facts[pk]
        right = Standing(
            supplier_state(known.statuses, known.outcomes),
            money_state(financial_status, known.outcomes, known.refunds),
            told_state(known.outcomes, known.messages),
            known.lacks_reason,
        )
        if right != tuple(now):
            changed[pk] = right
    return changed


def _refresh(order_ids: list[int]) -> None:
    # Locked before the facts are read: of two who change the same order, the later one sees what both did.
    list(
        StoreOrder.objects.filter(pk__in=order_ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )
    alike: dict[Standing, list[int]] = defaultdict(list)
    for pk, standing in changed_standing(order_ids).items():
        alike[standing].append(pk)
    for standing, pks in alike.items():
        StoreOrder.objects.filter(pk__in=pks).update(**standing._asdict())


def _facts(
    order_ids: Sequence[int], orders: Manager[StoreOrder], supplier_orders: Manager[SupplierOrder]
) -> dict[int, _Facts]:
    facts: dict[int, _Facts] = defaultdict(_Facts)
    bought = supplier_orders.filter(store_order__in=order_ids)
    for pk, status in bought.values_list("store_order", "status_code"):
        facts[pk].statuses.append(status)
    standing = bought.filter(closures__isnull=False, closures__reopened_at=None)
    for pk, outcome, reason in standing.values_list("store_order", "closures__outcome", "closures__reason"):
        facts[pk].outcomes.add(outcome)
        facts[pk].lacks_reason = facts[pk].lacks_reason or reason is None
    mine = orders.filter(pk__in=order_ids)
    for pk, state in mine.filter(refunds__isnull=False).values_list("pk", "refunds__state"):
        facts[pk].refunds.add(state)
    told = bought.filter(closures__messages__isnull=False)
    for pk, state in told.values_list("store_order", "closures__messages__state"):
        facts[pk].messages.add(state)
    return facts
