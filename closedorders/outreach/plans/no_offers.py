"""A customer wants no more offers, and says so by the button of a mail: no member of the team does this."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from closedorders.accounts.audit import record

from ..models import Message, Suppression
from ..order_status import refresh_orders_of_address


@transaction.atomic
def suppress_as_asked(*, message: Message) -> Suppression:
    """The reader of this mail wants no more offers, and pressed so in it: nobody of the team did.

    An address that is blocked already stays as it is. Pressed twice, it is there once.
    """
    suppression, created = Suppression.objects.get_or_create(
        team=message.team,
        email=message.recipient,
        released_at=None,
        defaults={"cause": Suppression.Cause.ASKED, "scope": Suppression.Scope.OFFERS},
    )
    if created:
        refresh_orders_of_address(message.team, suppression.email)
        record(by=None, verb="offers_declined", thing=suppression, after={"cause": suppression.cause})
    return suppression


@transaction.atomic
def take_back_asking(*, message: Message) -> bool:
    """The reader pressed it by mistake. False where nobody but a merchant can release the address."""
    asked = Suppression.objects.live().filter(team=message.team, email=message.recipient).pressed()
    suppression = asked.select_for_update(of=("self",)).first()
    if suppression is None:
        return False
    suppression.released_at = timezone.now()
    suppression.save(update_fields=["released_at"])
    refresh_orders_of_address(message.team, suppression.email)
    record(by=None, verb="offers_accepted_again", thing=suppression)
    return True
