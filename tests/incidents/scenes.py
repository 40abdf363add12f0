from __future__ import annotations

from closedorders.closures.models import Incident
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)


def bad_day(cast: Cast, orders: int = 3, store: Store | None = None) -> Incident:
    """An incident of a day on which AliExpress closed the orders of that many customers."""
    store = store or make_store(cast.team)
    bought = [
        make_supplier_order(cast.team, make_store_order(store, make_customer(store, f"Person {n}")))
        for n in range(orders)
    ]
    return make_incident(cast.team, cast.merchant, bought, reason=reason("fraud_review"))
