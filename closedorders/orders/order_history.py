"""What happened to an order, newest first, for `components/_timeline.html`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.audit_words import changes
from closedorders.accounts.models import AuditEvent
from closedorders.accounts.templatetags.audit import audit_verb

from .masking import Sight
from .models import Customer, StoreOrder, SupplierOrder

MAX_EVENTS = 100

Event = dict[str, Any]


def order_history(order: StoreOrder, bought: Sequence[SupplierOrder], sight: Sight) -> list[Event]:
    """`bought` comes with its closures prefetched."""
    things = (
        Q(thing=StoreOrder._meta.label_lower, thing_id=order.pk)
        | Q(thing=Customer._meta.label_lower, thing_id=order.customer_id)
        | Q(thing=SupplierOrder._meta.label_lower, thing_id__in=[each.pk for each in bought])
        | Q(
            thing="closures.closure",
            thing_id__in=[closure.pk for each in bought for closure in each.closures.all()],
        )
    )
    events = _audited(order.team_id, things, sight)
    events.append({"at": order.created_at, "title": _("Came in with an import")})
    if order.placed_at:
        events.append({"at": order.placed_at, "title": _("Placed in the store")})
    for each in bought:
        events += _events_of_bought(each)
    events += _mails(order, linked=sight.whole)
    return sorted(events, key=lambda event: event["at"], reverse=True)[:MAX_EVENTS]


def supplier_order_history(order: SupplierOrder, sight: Sight) -> list[Event]:
    events = _audited(order.team_id, Q(thing=SupplierOrder._meta.label_lower, thing_id=order.pk), sight)
    events.append({"at": order.created_at, "title": _("First known here")})
    events += _events_of_bought(order)
    return sorted(events, key=lambda event: event["at"], reverse=True)[:MAX_EVENTS]


def _events_of_bought(order: SupplierOrder) -> list[Event]:
    events: list[Event] = []
    if order.placed_at:
        events.append({"at": order.placed_at, "title": _("Ordered at AliExpress"), "text": order.number})
    for closure in order.closures.all():
        reason = closure.reason.name if closure.reason else _("Reason not sure yet")
        events.append(
            {
                "at": closure.closed_at,
                "title": _("Closed by AliExpress"),
                "text": f"{order.number} · {reason}",
                "who": str(closure.logged_by.user),
                "tone": "red",
            }
        )
        if closure.reopened_at:
            events.append(
                {"at": closure.reopened_at, "title": _("Reopened by AliExpress"), "text": order.number}
            )
    return events


def _mails(order: StoreOrder, *, linked: bool) -> list[Event]:
    """`linked` for those who may open campaigns."""
    # Through the relation that the later app adds: this one does not know its models.
    mails = order.customer.messages.filter(closures__supplier_order__store_order=order).distinct()
    return [
        {
            "at": mail.settled_at or mail.created_at,
            "title": _("Mail to the customer"),
            "text": f"{mail.get_kind_display()} · {mail.get_state_display()}",
            "url": reverse("outreach:campaign", args=[order.team.slug, mail.campaign_id]) if linked else "",
        }
        for mail in mails.only("kind", "state", "settled_at", "created_at", "campaign_id")[:20]
    ]


def _audited(team_id: int, things: Q, sight: Sight) -> list[Event]:
    found = (
        AuditEvent.objects.filter(things, team=team_id).select_related("actor").order_by("-pk")[:MAX_EVENTS]
    )
    return [
        {
            "at": event.at,
            "title": audit_verb(event),
            "text": sight.words("\n".join(changes(event))),
            "who": str(event.actor) if event.actor else "",
        }
        for event in found
    ]
