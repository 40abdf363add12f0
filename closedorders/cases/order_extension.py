"""What verification cases add to orders: a link to the case of each incident that closed one."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.closures.order_extension import closures_of
from closedorders.orders.extensions import Link, OrderExtension, OrderView


class CasesOfOrders(OrderExtension):
    prefetch = ("closures__incident__cases",)

    def links(self, view: OrderView) -> Iterable[Link]:
        if view.store_order is None:
            return
        incidents = {
            closure.incident_id: closure.incident for each in view.bought for closure in closures_of(each)
        }
        for pk in sorted(incidents, reverse=True):
            for case in sorted(incidents[pk].cases.all(), key=lambda each: -each.pk):
                url = reverse("cases:case", args=[view.order.team.slug, case.pk])
                yield Link(_("Verification case"), str(case), url, case.get_state_display())
