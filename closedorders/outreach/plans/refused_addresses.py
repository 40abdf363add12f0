"""Addresses that a mail server says do not exist are not written to again."""

from __future__ import annotations

from closedorders.core.mail.delivery import Delivery

from ..models import Message, Suppression

# Refusals that are about the sender although they begin like those about the recipient (RFC 3463, 3.2).
_ABOUT_THE_SENDER = ("5.1.7", "5.1.8")


def suppress_refused(message: Message, delivery: Delivery) -> None:
    if not delivery.enhanced.startswith("5.1.") or delivery.enhanced in _ABOUT_THE_SENDER:
        return
    Suppression.objects.get_or_create(
        team_id=message.team_id,
        email=message.recipient,
        released_at=None,
        defaults={
            "cause": Suppression.Cause.BOUNCED,
            "detail": f"{delivery.code or ''} {delivery.words}".strip()[:500],
        },
    )
