"""What customers' pages and answers add to an order: a link to the page, and the answers in its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.orders.extensions import Condition, Link, OrderExtension, OrderView
from closedorders.orders.models import StoreOrder
from closedorders.orders.timeline_events import Collector

from .models import Reply

MOST = 50


class Ranks(IntEnum):
    REPLY = 125


class ResponsesOfOrders(OrderExtension):
    ranks = Ranks

    def add_events(self, found: Collector, view: OrderView) -> None:
        if (order := view.store_order) is None:
            return
        for reply in _replies(view, order):
            merchant = view.by.is_merchant
            found.add(
                reply.created_at,
                Ranks.REPLY,
                reply.pk,
                _("The customer answered"),
                # An assistant does not read what a customer wrote: it may have addresses.
                text=reply.text if merchant else "",
                url=reverse("responses:page", args=[order.team.slug, reply.message_id]) if merchant else "",
            )

    def links(self, view: OrderView) -> Iterable[Link]:
        order = view.store_order
        if order is None or not view.by.is_merchant:
            return
        yield Link(
            _("Data of the customer"),
            _("Take out or erase"),
            reverse("responses:customer_data", args=[order.team.slug, order.customer_id]),
        )
        replies = _replies(view, order)
        if replies:
            waiting = sum(reply.read_at is None for reply in replies)
            words = ngettext("%(count)s to answer", "%(count)s to answer", waiting) % {"count": waiting}
            yield Link(
                _("The customer answered"),
                ngettext("%(count)s answer", "%(count)s answers", len(replies)) % {"count": len(replies)},
                reverse("responses:page", args=[order.team.slug, replies[0].message_id]),
                words if waiting else "",
                replies[0].created_at,
            )

    def keeps_customers(self) -> Condition:
        return Exists(Reply.objects.filter(customer=OuterRef("pk")))


def _replies(view: OrderView, order: StoreOrder) -> list[Reply]:
    def read() -> list[Reply]:
        about = Reply.objects.filter(
            customer=order.customer_id, message__closures__supplier_order__store_order=order
        )
        return list(about.distinct().order_by("-pk")[:MOST])

    return view.once("responses.replies", read)
