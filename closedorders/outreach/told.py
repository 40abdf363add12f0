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
    keys = sorted(messages.values_list("pk", flat=True) if isinstance(messages, QuerySet) else set(messages))
    for start in range(0, len(keys), _BATCH):
        about = Closure.objects.filter(messages__in=keys[start : start + _BATCH])
        refresh_standing(about.order_by().values_list("supplier_order__store_order", flat=True).distinct())
