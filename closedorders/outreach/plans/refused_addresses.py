"""The list of addresses that are not written to, and those that a mail server puts on it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.core.mail.delivery import Delivery

from ..models import Message, Suppression

# Refusals that are about the sender although they begin like those about the recipient (RFC 3463, 3.2).
_ABOUT_THE_SENDER = ("5.1.7", "5.1.8")


def suppress_refused(message: Message, delivery: Delivery) -> None:
    if not delivery.enhanced.startswith("5.1.") or delivery.enhanced in _ABOUT_THE_SENDER:
        return
    put_on_list(
        team_id=message.team_id,
        email=message.recipient,
        cause=Suppression.Cause.BOUNCED,
        detail=f"{delivery.code or ''} {delivery.words}".strip()[:500],
    )


@transaction.atomic
def put_on_list(
    *,
    team_id: int,
    email: str,
    cause: Suppression.Cause,
    detail: str = "",
    scope: Suppression.Scope = Suppression.Scope.EVERYTHING,
    by: Membership | None = None,
) -> tuple[Suppression, bool]:
    """The live entry of this address, and whether it is new. `email` is folded, as `fold_address` has it.

    An entry for offers only gives way to one for every mail and stays as history; never the other way round.
    """
    live = Suppression.objects.live().filter(team_id=team_id, email=email)
    if scope == Suppression.Scope.EVERYTHING:
        narrow = live.filter(scope=Suppression.Scope.OFFERS)
        narrow.update(released_at=timezone.now(), released_by=by)
    return Suppression.objects.get_or_create(
        team_id=team_id,
        email=email,
        released_at=None,
        defaults={"cause": cause, "detail": detail, "scope": scope, "created_by": by},
    )
