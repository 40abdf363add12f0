"""Cause 7: disputes with suppliers, as closures show them; of complaints without a closure only a person knows."""

from __future__ import annotations

from .base import Facts, Reading, Signal, State, SupplierFacts, Thresholds, signal

#: A supplier with so many disputes, and so many percent of its orders, is better changed. The article: look for another
#: one instead of complaining. The numbers are ours.
DISPUTES_WATCH, PERCENT_WATCH = 2, 10
#: Buyers report blocks where more than half of the orders were disputed (cashbackhunter, not confirmed by AliExpress).
DISPUTES_ACT, PERCENT_ACT = 4, 50


def judge(facts: Facts, thresholds: Thresholds) -> Signal:
    readings = [reading for supplier in facts.suppliers if (reading := _supplier(supplier)) is not None]
    disputes = sum(supplier.disputes for supplier in facts.suppliers)
    return signal(*readings or [Reading(State.UNKNOWN, "")], value=disputes, threshold=DISPUTES_WATCH)


def _supplier(supplier: SupplierFacts) -> Reading | None:
    if supplier.disputes < DISPUTES_WATCH or supplier.percent < PERCENT_WATCH:
        return None
    act = supplier.disputes >= DISPUTES_ACT and supplier.percent > PERCENT_ACT
    numbers = {
        "supplier": supplier.name,
        "disputes": supplier.disputes,
        "orders": supplier.orders,
        "on_its_way": supplier.on_its_way,
        "supplier_pk": supplier.pk,
    }
    return Reading(State.ACT if act else State.WATCH, "supplier_disputes", numbers)
