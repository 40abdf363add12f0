"""Addresses that are not written to."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.mail.address_checks import fold_address
from closedorders.core.refusals import Refused

from ..models import Suppression
from ..order_status import refresh_orders_of_address
from ..plans.refused_addresses import put_on_list


@transaction.atomic
def add_suppression(
    *,
    team: Team,
    email: str,
    cause: Suppression.Cause,
    detail: str,
    by: Membership,
    scope: Suppression.Scope = Suppression.Scope.EVERYTHING,
) -> Suppression:
    """Never write to this address, or send it no offers, until it is released.

    Messages that wait for it are left out, or written without their offer, at their turn.
    """
    allow(by, MERCHANT, team_id=team.pk)
    suppression, created = put_on_list(
        team_id=team.pk, email=fold_address(email), cause=cause, detail=detail, scope=scope, by=by
    )
    if created:
        refresh_orders_of_address(team, suppression.email)
        after = {"cause": cause, "scope": scope}
        record(by=by, verb="address_suppressed", thing=suppression, after=after)
    return suppression


@transaction.atomic
def release_suppression(*, suppression: Suppression, by: Membership, reason: str = "") -> None:
    """Write to the address again. What its reader pressed is released only with a `reason`, which is noted."""
    allow(by, MERCHANT, team_id=suppression.team_id)
    reason = " ".join(reason.split())[:200]
    if suppression.is_persons_own and not reason:
        raise Refused(
            _(
                "This person wants no mails of yours. Say how they asked for them again: it is noted with your name."
            )
        )
    released = Suppression.objects.filter(pk=suppression.pk, released_at=None).update(
        released_at=timezone.now(), released_by=by
    )
    if released:
        refresh_orders_of_address(suppression.team_id, suppression.email)
        record(by=by, verb="address_released", thing=suppression, after={"why": reason} if reason else {})
