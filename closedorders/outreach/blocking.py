"""Addresses that a mail server refuses for good are not written to any more."""

from __future__ import annotations

from django.db import transaction

from closedorders.core.mail.delivery import Delivery

from .models import Message, Suppression
from .order_status import refresh_orders_of_address

# Refusals that are about the sender although they begin like those about the recipient (RFC 3463, 3.2).
_ABOUT_THE_SENDER = ("5.1.7", "5.1.8")


@transaction.atomic
def block_refused_address(message: Message, delivery: Delivery) -> None:
    """Where the server's answer says that there is no such address."""
    if not delivery.enhanced.startswith("5.1.") or delivery.enhanced in _ABOUT_THE_SENDER:
        return
    Suppression.objects.get_or_create(
        team_id=message.team_id,
        email=message.recipient.lower(),
        released_at=None,
        defaults={
            "cause": Suppression.Cause.BOUNCED,
            "detail": f"{delivery.code or ''} {delivery.words}".strip()[:500],
        },
    )
    refresh_orders_of_address(message.team_id, message.recipient.lower())
