"""Rows written in batches, and rows counted for the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from closedorders.accounts.audit import record_each
from closedorders.accounts.models import Membership

from ..models import Campaign, DiscountCode, Refund

ROWS_AT_ONCE = 200


def per_campaign(rows: Iterable[DiscountCode | Refund]) -> Mapping[Campaign, int]:
    counts: dict[Campaign, int] = {}
    for row in rows:
        counts[row.campaign] = counts.get(row.campaign, 0) + 1
    return counts


def note_refund_moves(by: Membership, moves: Iterable[tuple[Refund, str]], *, to: Refund.State) -> None:
    """A line of the trail for each refund and the state it was in (blank for a new one): its order's timeline reads it.

    Without the amount: assistants read the trail.
    """
    record_each(
        by=by,
        verb=f"refund_{to.value}",
        changes=[
            (refund, {"state": was} if was and was != to.value else {}, {"state": to.value})
            for refund, was in moves
        ],
    )
