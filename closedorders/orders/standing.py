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
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Manager, QuerySet

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
#: ... and of one of which nobody waits for anything any more, whatever became of the money: WooCommerce's words.
SETTLED_IN_SHOP = _MONEY_BACK.union(GIVEN_UP)
MESSAGE_STATES = {
    "failed": "failed",
    # It was not read: a person corrects the address, or reaches the customer in another way.
    "bounced": "failed",
    "uncertain": "uncertain",
    "sending": "on_its_way",
    "queued": "on_its_way",
    "deferred": "on_its_way",
    "complained": "told",
    "sent": "told",
    "delivered": "told",
}
#: The kind of message that says what became of an order. A holding note says only that news will come.
TELLING_KIND = "resolution"
#: States of a message after which nobody else at its address is written to (`one_mail_per_address` of messages).
BINDING_STATES = tuple(state for state in MESSAGE_STATES if state != "failed")
#: Of closures with other outcomes nothing will be delivered, and the customer has heard it with the money.
OUTCOMES_TO_TELL = ("open", "replaced")
#: Fields of a store order that decide where it stands.
DECIDING_FIELDS = frozenset({"financial_status", "fulfillment_status", "cancelled_at"})


class Standing(NamedTuple):
    """The columns of a store order that this module writes."""

    supplier_state: str
    money_state: str
    told_state: str
    lacks_reason: bool
    verifying_payment: bool


@dataclass(slots=True)
class _Facts:
    #: Of AliExpress orders no closure of which stands, and the outcomes of the closures that do.
    statuses: list[str] = field(default_factory=list)
    outcomes: set[str] = field(default_factory=set)
    refunds: set[str] = field(default_factory=set)
    #: Words of `MESSAGE_STATES`.
    messages: set[str] = field(default_factory=set)
    closures: set[int] = field(default_factory=set)
    #: Of these, those that a customer is to be told of and has not been.
    untold: set[int] = field(default_factory=set)
    lacks_reason: bool = False


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


def money_state(financial_status: str, outcomes: Collection[str], refunds: Collection[str]) -> str:
    if "approved" in refunds:
        return "refund_approved"
    # Of an order that the shop gave back whole, no proposal or part of it says more.
    if financial_status.lower() in _MONEY_BACK:
        return "refunded"
    if "proposed" in refunds:
        return "refund_proposed"
    if "issued" in refunds:
        return "refund_issued"
    if financial_status.lower() == "partially_refunded":
        return "partly_refunded"
    return "at_risk" if "open" in outcomes else ""


def told_state(messages: Collection[str], *, untold: bool) -> str:
    """`messages` are words of `MESSAGE_STATES`; `untold` is whether any closure is still to be told of."""
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
def refresh_standing(
    order_ids: Iterable[int | None],
    orders: Manager[StoreOrder] = StoreOrder.objects,
    bought: Manager[SupplierOrder] = SupplierOrder.objects,
) -> None:
    """Store anew where these store orders stand. Call it last in the transaction that changed what decides it.

    None stands for no store order (an AliExpress order that waits unmatched). Seven queries per 500 orders, and one
    more for each of the ways in which they changed. A migration passes the managers of its own time.
    """
    wanted = sorted({pk for pk in order_ids if pk is not None})
    for start in range(0, len(wanted), _BATCH):
        _refresh(wanted[start : start + _BATCH], orders, bought)


def changed_standing(
    order_ids: Sequence[int],
    orders: Manager[StoreOrder] = StoreOrder.objects,
    bought: Manager[SupplierOrder] = SupplierOrder.objects,
) -> dict[int, Standing]:
    """The orders whose stored standing is not what the facts say, each with what it should be. 500 at most."""
    facts = _facts(order_ids, orders, bought)
    stored = orders.filter(pk__in=order_ids).values_list(
        "pk", "financial_status", "fulfillment_status", "cancelled_at", *Standing._fields
    )
    changed: dict[int, Standing] = {}
    for pk, financial_status, fulfillment_status, cancelled_at, *now in stored:
        known = facts[pk]
        settled = is_settled_in_shop(financial_status, cancelled_at)
        right = Standing(
            supplier_state(known.statuses, known.outcomes, fulfillment_status),
            money_state(financial_status, known.outcomes, known.refunds),
            told_state(known.messages, untold=bool(known.untold) and not settled),
            known.lacks_reason,
            "verifying_payment" in known.statuses,
        )
        if right != tuple(now):
            changed[pk] = right
    return changed


def _refresh(order_ids: list[int], orders: Manager[StoreOrder], bought: Manager[SupplierOrder]) -> None:
    # Locked before the facts are read: of two who change the same order, the later one sees what both did.
    list(
        orders.filter(pk__in=order_ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )
    alike: dict[Standing, list[int]] = defaultdict(list)
    for pk, standing in changed_standing(order_ids, orders, bought).items():
        alike[standing].append(pk)
    for standing, pks in alike.items():
        orders.filter(pk__in=pks).update(**standing._asdict())


def _facts(
    order_ids: Sequence[int], orders: Manager[StoreOrder], supplier_orders: Manager[SupplierOrder]
) -> dict[int, _Facts]:
    facts: dict[int, _Facts] = defaultdict(_Facts)
    bought = supplier_orders.filter(store_order__in=order_ids)
    closed: dict[int, str] = {}
    standing = bought.filter(closures__isnull=False, closures__reopened_at=None)
    for pk, number, closure, outcome, reason, ended_at in standing.values_list(
        "store_order", "pk", "closures", "closures__outcome", "closures__reason",
        "closures__incident__ended_at",
    ):  # fmt: skip
        closed[number] = outcome
        facts[pk].closures.add(closure)
        facts[pk].lacks_reason = facts[pk].lacks_reason or reason is None
        # Whoever ended an incident said that nobody is left to tell.
        if outcome in OUTCOMES_TO_TELL and ended_at is None:
            facts[pk].untold.add(closure)
    rows = list(bought.values_list("store_order", "pk", "status_code", "replaces"))
    # Of an order whose replacement was closed as well, that closure tells what became of it.
    passed_on = {replaced for _, number, _, replaced in rows if number in closed}
    for pk, number, status, _ in rows:
        if number not in closed:
            facts[pk].statuses.append(status)
        elif closed[number] != "replaced" or number not in passed_on:
            facts[pk].outcomes.add(closed[number])
    mine = orders.filter(pk__in=order_ids)
    for pk, state in mine.filter(refunds__isnull=False).values_list("pk", "refunds__state"):
        facts[pk].refunds.add(state)
    messages = list(
        bought.filter(closures__messages__isnull=False).values_list(
            "store_order", "closures", "closures__reopened_at", "closures__messages__kind",
            "closures__messages__state",
        )
    )  # fmt: skip
    told = {
        closure
        for _, closure, _, kind, state in messages
        if kind == TELLING_KIND and MESSAGE_STATES.get(state) == "told"
    }
    for pk, closure, reopened_at, kind, state in messages:
        # What was said of a closure that AliExpress took back says nothing of one that stands.
        if reopened_at is not None and facts[pk].closures:
            continue
        word = MESSAGE_STATES.get(state, "")
        # A note to wait tells nobody what became of it, and one that failed is made good by what does.
        if kind != TELLING_KIND and (word == "told" or closure in told):
            continue
        facts[pk].messages.add(word)
        if word == "told":
            facts[pk].untold.discard(closure)
    if any(known.untold for known in facts.values()):
        _add_mails_to_the_same_address(facts, bought)
    return facts


def _add_mails_to_the_same_address(facts: dict[int, _Facts], bought: QuerySet[SupplierOrder]) -> None:
    """What was sent to another customer with the same address tells of every closure of the same incident.

    No second mail goes there. Addresses of customers and of messages are compared as they are stored: folded.
    """
    to_others = bought.filter(
        store_order__customer__email__gt="",
        closures__reopened_at=None,
        closures__incident__messages__kind=TELLING_KIND,
        closures__incident__messages__state__in=BINDING_STATES,
        closures__incident__messages__recipient=F("store_order__customer__email"),
    ).values_list(
        "store_order", "closures", "store_order__customer", "closures__incident__messages__customer",
        "closures__incident__messages__state",
    )  # fmt: skip
    for pk, closure, customer, named, state in to_others:
        if customer == named or closure not in facts[pk].untold:
            continue
        facts[pk].messages.add(MESSAGE_STATES[state])
        if MESSAGE_STATES[state] == "told":
            facts[pk].untold.discard(closure)
