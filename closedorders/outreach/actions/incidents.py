"""What goes along when closures move into another incident. The caller has locked both incidents."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, F, Max, OuterRef

from closedorders.closures.models import Closure, Incident

from ..models import Campaign, DiscountCode, Kind, Message, Refund
from .rows import ROWS_AT_ONCE


def move_refunds_and_codes(*, source: Incident, target: Incident, orders: Sequence[int]) -> None:
    """The refunds of these store orders, and the codes of customers with no closure left in `source`.

    Where `target` has one for the same order or customer already, that one counts: the other stays as history.
    """
    left = Closure.objects.filter(incident=source, supplier_order__store_order__customer=OuterRef("customer"))
    for start in range(0, len(orders), ROWS_AT_ONCE):
        batch = orders[start : start + ROWS_AT_ONCE]
        there = Refund.objects.filter(incident=target, store_order__in=batch).values_list(
            "store_order", flat=True
        )
        Refund.objects.filter(incident=source, store_order__in=batch).exclude(
            store_order__in=list(there)
        ).update(incident=target)
        codes = DiscountCode.objects.filter(~Exists(left), incident=source, customer__orders__in=batch)
        customers = set(codes.values_list("customer", flat=True))
        with_one = DiscountCode.objects.filter(incident=target, customer__in=customers)
        customers -= set(with_one.values_list("customer", flat=True))
        DiscountCode.objects.filter(incident=source, customer__in=customers).update(incident=target)


def move_campaigns(*, source: Incident, target: Incident) -> None:
    """All campaigns of `source` with their messages. Each is numbered after those its customer had in `target`."""
    for kind in Kind.values:
        of_kind = Message.objects.filter(kind=kind)
        last = of_kind.filter(incident=target).aggregate(last=Max("number"))["last"] or 0
        of_kind.filter(incident=source).update(incident=target, number=F("number") + last)
    Campaign.objects.filter(incident=source).update(incident=target)
