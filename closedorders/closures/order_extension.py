"""What closures add to orders: their status, events, a column, the next thing to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum

from django.db.models import Exists, Model, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.orders.extensions import (
    Act,
    BoughtPart,
    Condition,
    OrderExtension,
    OrderView,
    StatusFacts,
)
from closedorders.orders.models import StoreOrder, SupplierOrder
from closedorders.orders.status import is_settled_in_shop
from closedorders.orders.timeline_events import Collector

from .models import Closure


class Ranks(IntEnum):
    CLOSED = 50
    REOPENED = 60


class ClosuresOfOrders(OrderExtension):
    prefetch = (
        "closures__reason",
        "closures__logged_by__user",
        "closures__outcome_by__user",
        "closures__incident__team",
    )
    bought_part = BoughtPart(gettext_lazy("Closures"), "closures/_of_supplier_order.html")
    ranks = Ranks
    own_verbs = ("closure_logged", "closure_reopened")
    numbered = ("closures.closure",)
    undo_reasons = {"closed": gettext_lazy("a closure is logged")}

    def add_status_facts(self, facts: Mapping[int, StatusFacts]) -> None:
        standing = Closure.objects.filter(supplier_order__store_order__in=list(facts), reopened_at=None)
        for order, number, outcome, reason in standing.order_by().values_list(
            "supplier_order__store_order", "supplier_order", "outcome", "reason"
        ):
            known = facts[order]
            known.closed[number] = outcome
            known.lacks_reason = known.lacks_reason or reason is None

    def things(self, view: OrderView) -> Iterable[Model]:
        return [closure for each in view.bought for closure in closures_of(each)]

    def add_events(self, found: Collector, view: OrderView) -> None:
        for each in view.bought:
            for closure in closures_of(each):
                _add_closure(found, each, closure)

    def next_act(self, view: OrderView) -> Act | None:
        """Buy again what is closed and not made good yet; else log what could have been closed."""
        slug = view.order.team.slug
        may_be_closed = False
        for each in view.bought:
            standing = next((closure for closure in closures_of(each) if closure.reopened_at is None), None)
            if standing is None:
                may_be_closed = True
            elif standing.outcome == "open" and not _is_settled(each.store_order):
                url = reverse("closures:closure", args=[slug, standing.pk])
                return Act(_("Reorder"), f"{url}?outcome=replaced#outcome")
        if not may_be_closed:
            return None
        # As the script of the list asks for it from a row.
        asked = f"order={view.order.pk}" if view.store_order else f"numbers={view.order.number}"
        return Act(_("Log closure"), f"{reverse('closures:quick_log', args=[slug])}?{asked}")

    def store_order_blockers(self) -> Mapping[str, Condition]:
        logged = Closure.objects.filter(
            supplier_order__store_order=OuterRef("pk"), logged_at__gte=OuterRef("created_at")
        )
        return {"closed": Exists(logged)}

    def closed_supplier_orders(self) -> Condition:
        return Exists(Closure.objects.not_reopened().filter(supplier_order=OuterRef("pk")))

    def supplier_order_blockers(self, since: datetime | None = None) -> Mapping[str, Condition]:
        logged = Closure.objects.filter(supplier_order=OuterRef("pk"))
        return {"closed": Exists(logged.filter(logged_at__gte=since) if since else logged)}


def closures_of(order: SupplierOrder) -> Sequence[Closure]:
    """The closures of an AliExpress order, as they were prefetched."""
    return list(order.closures.all())


def _is_settled(order: StoreOrder | None) -> bool:
    return order is not None and is_settled_in_shop(order.financial_status, order.cancelled_at)


def _add_closure(found: Collector, order: SupplierOrder, closure: Closure) -> None:
    reason = closure.reason.name if closure.reason else _("Reason not sure yet")
    who = str(closure.logged_by.user)
    words = [f"{order.number} · {reason}"]
    # Nobody did anything here on the day AliExpress closed it: the log came later.
    if (logged_on := timezone.localdate(closure.logged_at)) != timezone.localdate(closure.closed_at):
        words.append(_("Logged by %(person)s on %(day)s") % {"person": who, "day": date_format(logged_on)})
        who = ""
    found.add(
        closure.closed_at,
        Ranks.CLOSED,
        closure.pk,
        _("Closed by AliExpress"),
        text="\n".join(words),
        who=who,
        tone="red",
    )
    found.add(
        closure.reopened_at,
        Ranks.REOPENED,
        closure.pk,
        _("Reopened by AliExpress"),
        text=order.number,
        # Only `reopen_closure` reopens one, and nothing changes its outcome after that.
        who=str(closure.outcome_by.user) if closure.outcome_by else "",
        tone="green",
    )
