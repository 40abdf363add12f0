"""What this app adds to orders: the supplier's refund in their timeline, and what a reminder stands against."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import IntEnum

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.closures.order_extension import closures_of
from closedorders.core.money import format_money
from closedorders.orders.extensions import Condition, OrderExtension, OrderView
from closedorders.orders.timeline_events import Collector

from .models import Reminder


class Ranks(IntEnum):
    REFUND_ANNOUNCED = 54
    REFUND_RECEIVED = 56


class IncidentsOfOrders(OrderExtension):
    prefetch = ("closures",)
    ranks = Ranks
    # Its line has amounts, which are not everybody's to read.
    own_verbs = ("supplier_refund_set",)
    undo_reasons = {"reminder": gettext_lazy("somebody wants to come back to it")}

    def add_events(self, found: Collector, view: OrderView) -> None:
        for each in view.bought:
            for closure in closures_of(each):
                currency, whole = closure.supplier_refund_currency, view.by.is_merchant
                expected, came = closure.supplier_refund_expected, closure.supplier_refund_received
                found.add(
                    _noon(closure.supplier_refund_announced_on),
                    Ranks.REFUND_ANNOUNCED,
                    closure.pk,
                    _("AliExpress announced its refund"),
                    text=f"{each.number} · {format_money(expected, currency)}" if whole else each.number,
                )
                found.add(
                    _noon(closure.supplier_refund_received_on),
                    Ranks.REFUND_RECEIVED,
                    closure.pk,
                    _("AliExpress's refund came"),
                    text=f"{each.number} · {format_money(came, currency)}" if whole else each.number,
                    tone="green",
                )

    def store_order_blockers(self) -> Mapping[str, Condition]:
        return {"reminder": Exists(Reminder.objects.open().filter(store_order=OuterRef("pk")))}

    def supplier_order_blockers(self, since: datetime | None = None) -> Mapping[str, Condition]:
        found = Reminder.objects.open().filter(supplier_order=OuterRef("pk"))
        return {"reminder": Exists(found.filter(created_at__gte=since) if since else found)}


def _noon(day: date | None) -> datetime | None:
    """People enter days; a timeline has moments."""
    return timezone.make_aware(datetime.combine(day, time(12))) if day else None
