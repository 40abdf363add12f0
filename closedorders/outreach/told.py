"""What messages and refunds say of the orders they are about, passed on to the orders' stored standing."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from closedorders.closures.models import Closure
from closedorders.orders.standing import refresh_standing

from .models import Message

_BATCH = 500


def refresh_told(messages: QuerySet[Message] | Iterable[int]) -> None:
    """After the state of these messages changed; in the same transaction."""
    # All at once: `refresh_standing` locks in one order, whoever else is at it.
    refresh_standing(orders_of(messages))


def orders_of(messages: QuerySet[Message] | Iterable[int]) -> set[int | None]:
    """Keys of the store orders these messages are about; None among them for closures without one."""
    keys = sorted(messages.values_list("pk", flat=True) if isinstance(messages, QuerySet) else set(messages))
    found: set[int | None] = set()
    for start in range(0, len(keys), _BATCH):
        about = Closure.objects.filter(messages__in=keys[start : start + _BATCH]).order_by()
        found.update(about.values_list("supplier_order__store_order", flat=True).distinct())
    return found
