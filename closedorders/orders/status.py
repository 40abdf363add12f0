"""The status of a store order on its three axes (supplier, money, customer told), stored with the order.

What decides it is in rows of several apps: AliExpress orders here, and whatever the extensions add (closures, refunds,
messages). `refresh_status` reads it and stores one word an axis on the order, so that a list of a million orders
reads one index. Whoever writes any of those rows calls it in the same transaction, with the store orders concerned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from .extensions import StatusFacts, extensions, notify_changed
from .models import StoreOrder, SupplierOrder
from .querysets import GIVEN_UP

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
#: AliExpress has said no more than that it was bought, if that.
_NOT_FURTHER = frozenset({"not_ordered", "ordered", "awaiting_shipment"})
_ON_THEIR_WAY = frozenset({"shipped", "completed"})
#: What importers store of an order that the shop has shipped whole.
_SHIPPED_IN_SHOP = frozenset({"fulfilled"})
#: ... and of one of which all the money went back, or was never taken.
_MONEY_BACK = frozenset({"refunded", "voided"})
#: The beginning of the money axis's word for an order of which a part was paid back, before how many percent of it.
PART_BACK = "back_"
#: ... and of one of which nobody waits for anything any more, whatever became of the money: WooCommerce's words.
SETTLED_IN_SHOP = _MONEY_BACK.union(GIVEN_UP)
#: Fields of a store order that decide where it stands.
DECIDING_FIELDS = frozenset({"financial_status", "fulfillment_status", "cancelled_at"})


class OrderStatus(NamedTuple):
    """The columns of a store order that this module writes."""

    supplier_state: str
    money_state: str
    told_state: str
    lacks_reason: bool
    untold: bool


def supplier_state(statuses: Collection[str], outcomes: Collection[str], fulfillment_status: str = "") -> str:
    """`outcomes` are those of closures that stand, `statuses` the status codes of all other AliExpress orders."""
    if "open" in outcomes:
        return OUTCOME_STATES["open"]
    made_good = next((state for outcome, state in OUTCOME_STATES.items() if outcome in outcomes), "")
    if made_good == "replaced":
        # A number that was typed says nothing yet: the order is bought and waits, whatever others are further.
        state = _status_state({status or "awaiting_shipment" for status in statuses})
        return made_good if state in _NOT_FURTHER else state
    state = _status_state(statuses)
    # The customer of whom a part was given back still waits for the others.
    if made_good and (not statuses or state in _ON_THEIR_WAY):
        return made_good
    if state in _NOT_FURTHER and fulfillment_status.lower() in _SHIPPED_IN_SHOP:
        return made_good or "shipped"
    return state


def _status_state(statuses: Collection[str]) -> str:
    if not statuses:
        return "not_ordered"
    return next((each for each in STATUS_STATES if each in statuses), "ordered")


def money_state(
    financial_status: str, outcomes: Collection[str], refunds: Collection[str], *, percent_back: int = 0
) -> str:
    """Only an order of which all the money went back is "refunded": of a part of it, `part_back` has the word."""
    if "approved" in refunds:
        return "refund_approved"
    # Of an order that was given back whole, no proposal or part of it says more.
    if financial_status.lower() in _MONEY_BACK or percent_back >= 100:
        return "refunded"
    if "proposed" in refunds:
        return "refund_proposed"
    if "issued" in refunds:
        return f"{PART_BACK}{percent_back or ''}"
    if financial_status.lower() == "partially_refunded":
        return "partly_refunded"
    return "at_risk" if "open" in outcomes else ""


def told_state(messages: Collection[str], *, untold: bool, unreachable: bool = False) -> str:
    """`messages` are words of `StatusFacts.messages`; `untold` is whether the customer is still to be told.

    `unreachable`: no mail can go there, so that one that failed is not tried again.
    """
    if untold and unreachable and not {"uncertain", "on_its_way"}.intersection(messages):
        return "unreachable"
    for word in ("failed", "uncertain", "on_its_way"):
        if word in messages:
            return word
    if untold:
        return "not_told"
    return "told" if "told" in messages else ""


def is_settled_in_shop(financial_status: str, cancelled_at: datetime | None) -> bool:
    """Whether the customer waits for nothing any more: the shop cancelled it, was never paid, or paid it back."""
    return cancelled_at is not None or financial_status.lower() in SETTLED_IN_SHOP


@transaction.atomic
def refresh_status(order_ids: Iterable[int | None]) -> None:
    """Store anew where these store orders stand. Call it last in the transaction that changed what decides it.

    None stands for no store order (an AliExpress order that waits unmatched). Some ten queries per 500 orders, and
    one more for each of the ways in which they changed. The extensions are told that the orders changed.
    """
    wanted = sorted({pk for pk in order_ids if pk is not None})
    for start in range(0, len(wanted), _BATCH):
        _refresh(wanted[start : start + _BATCH])
    notify_changed(wanted)


def changed_statuses(order_ids: Sequence[int]) -> dict[int, OrderStatus]:
    """The orders whose stored standing is not what the facts say, each with what it should be. 500 at most."""
    facts = _facts(order_ids)
    statuses, outcomes = _bought(order_ids, facts)
    stored = StoreOrder.objects.filter(pk__in=order_ids).values_list(
        "pk", "financial_status", "fulfillment_status", *OrderStatus._fields
    )
    changed: dict[int, OrderStatus] = {}
    for pk, financial_status, fulfillment_status, *now in stored:
        known = facts[pk]
        right = OrderStatus(
            supplier_state(statuses[pk], outcomes[pk], fulfillment_status),
            money_state(financial_status, outcomes[pk], known.refunds, percent_back=known.percent_back),
            told_state(known.messages, untold=bool(known.untold), unreachable=known.unreachable),
            known.lacks_reason,
            bool(known.untold),
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
    alike: dict[OrderStatus, list[int]] = defaultdict(list)
    for pk, standing in changed_statuses(order_ids).items():
        alike[standing].append(pk)
    for standing, pks in alike.items():
        StoreOrder.objects.filter(pk__in=pks).update(**standing._asdict())


def _facts(order_ids: Sequence[int]) -> dict[int, StatusFacts]:
    """What the extensions have to say of each of these orders."""
    facts = {pk: StatusFacts() for pk in order_ids}
    for extension in extensions():
        extension.add_status_facts(facts)
    return facts


def _bought(
    order_ids: Sequence[int], facts: dict[int, StatusFacts]
) -> tuple[dict[int, list[str]], dict[int, set[str]]]:
    """Of each store order: the statuses of its AliExpress orders that are not closed, the outcomes of the others."""
    statuses: dict[int, list[str]] = defaultdict(list)
    outcomes: dict[int, set[str]] = defaultdict(set)
    bought = SupplierOrder.objects.filter(store_order__in=order_ids)
    rows = list(bought.values_list("store_order", "pk", "status_code", "replaces"))
    # Of an order whose replacement was closed as well, that closure tells what became of it.
    passed_on = {replaced for order, number, _, replaced in rows if number in facts[order].closed}
    for order, number, status, _ in rows:
        closed = facts[order].closed
        if number not in closed:
            statuses[order].append(status)
        elif closed[number] != "replaced" or number not in passed_on:
            outcomes[order].add(closed[number])
    return statuses, outcomes
