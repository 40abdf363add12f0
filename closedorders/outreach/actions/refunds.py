"""Refunds, from proposed to paid."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.closures.models import Incident
from closedorders.core.notices import UNDO_FOR
from closedorders.core.refusals import Refused
from closedorders.orders.status import refresh_status as refresh_status

from ..approving.second import refunds_above
from ..models import Kind, Message, Refund
from .rows import note_refund_moves, per_campaign


def _move_refunds(
    refunds: QuerySet[Refund],
    *,
    within: list[Refund.State],
    to: Refund.State,
    by: Membership,
    verb: str,
    **changes: Any,
) -> int:
    allow(by, MERCHANT, team_id=by.team_id)
    found = list(
        refunds.filter(team=by.team_id, state__in=within)
        .select_related("campaign__team", "campaign__incident", "store_order")
        .defer("store_order__lines")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    Refund.objects.filter(pk__in=[refund.pk for refund in found]).update(state=to, **changes)
    refresh_status(refund.store_order_id for refund in found)
    note_refund_moves(by, [(refund, refund.state) for refund in found], to=to)
    for campaign, count in per_campaign(found).items():
        record(by=by, verb=verb, thing=campaign, after={"count": count})
    return len(found)


@transaction.atomic
def approve_refunds(*, refunds: QuerySet[Refund], by: Membership) -> int:
    """Put proposed (or dropped) refunds on the worklist: from here on a mail may promise them. Returns how many."""
    return _move_refunds(
        refunds,
        within=[Refund.State.PROPOSED, Refund.State.DROPPED],
        by=by,
        verb="refunds_approved",
        to=Refund.State.APPROVED,
        approved_at=timezone.now(),
        approved_by=by,
    )


@transaction.atomic
def issue_refunds(*, refunds: QuerySet[Refund], by: Membership, issued_at: datetime | None = None) -> int:
    """The money has been given back in the shop, at `issued_at` (now). Returns how many were on the worklist.

    Refused for a refund above the team's limit that the same person approved.
    """
    allow(by, MERCHANT, team_id=by.team_id)
    own = refunds.filter(team=by.team_id, state=Refund.State.APPROVED, approved_by__user=by.user_id)
    if too_large := len(refunds_above(list(own), by.team)):
        raise Refused(
            ngettext(
                "%(count)s of these is above your team's limit, and you approved it: another merchant has to mark it "
                "as refunded.",
                "%(count)s of these are above your team's limit, and you approved them: another merchant has to mark "
                "them as refunded.",
                too_large,
            )
            % {"count": too_large}
        )
    return _move_refunds(
        refunds,
        within=[Refund.State.APPROVED],
        by=by,
        verb="refunds_issued",
        to=Refund.State.ISSUED,
        issued_at=issued_at or timezone.now(),
        issued_by=by,
    )


@transaction.atomic
def reopen_refunds(*, refunds: QuerySet[Refund], by: Membership) -> int:
    """Undo a mistaken tick: back on the worklist."""
    return _move_refunds(
        refunds,
        within=[Refund.State.ISSUED],
        by=by,
        verb="refunds_reopened",
        to=Refund.State.APPROVED,
        issued_at=None,
        issued_by=None,
    )


@transaction.atomic
def undo_issuing(*, issued_at: datetime, by: Membership) -> int:
    """Take back what this person ticked as refunded at that moment, within a minute. Returns how many.

    Refused when the minute is over, when nothing of it is left, or when an incident was ended on it.
    """
    allow(by, MERCHANT, team_id=by.team_id)
    if timezone.now() - issued_at > UNDO_FOR:
        raise Refused(_("The minute in which this could be taken back is over. Nothing was changed."))
    ticked = Refund.objects.filter(
        team=by.team_id, state=Refund.State.ISSUED, issued_at=issued_at, issued_by=by
    )
    if Incident.objects.filter(pk__in=ticked.values("incident"), ended_at__gt=issued_at).exists():
        raise Refused(_("The incident was ended since, so this cannot be taken back. Nothing was changed."))
    number = _move_refunds(
        ticked,
        within=[Refund.State.ISSUED],
        by=by,
        verb="refunds_issuing_undone",
        to=Refund.State.APPROVED,
        issued_at=None,
        issued_by=None,
    )
    if not number:
        raise Refused(_("This has been taken back already."))
    return number


@transaction.atomic
def drop_refunds(*, refunds: QuerySet[Refund], by: Membership) -> int:
    """Give nothing back after all. Refused for what a mail has promised, or may have."""
    allow(by, MERCHANT, team_id=by.team_id)
    refunds = refunds.filter(team=by.team_id)
    # The lock that sending takes, so that no mail promises a refund while it is being dropped.
    list(Incident.objects.select_for_update().filter(pk__in=refunds.values("incident")).order_by("pk"))
    promised = Message.objects.binding().filter(
        kind=Kind.RESOLUTION, closures__supplier_order__store_order__refunds__in=refunds
    )
    count = (
        refunds.filter(
            store_order__supplier_orders__closures__messages__in=promised, state=Refund.State.APPROVED
        )
        .distinct()
        .count()
    )
    if count:
        raise Refused(
            ngettext(
                "%(count)s of these was promised in a mail: pay it instead.",
                "%(count)s of these were promised in mails: pay them instead.",
                count,
            )
            % {"count": count}
        )
    return _move_refunds(
        refunds,
        within=[Refund.State.PROPOSED, Refund.State.APPROVED],
        by=by,
        verb="refunds_dropped",
        to=Refund.State.DROPPED,
        approved_at=None,
        approved_by=None,
    )
