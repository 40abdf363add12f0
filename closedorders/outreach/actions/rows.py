"""Rows written in batches, and rows counted for the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..models import Campaign, DiscountCode, Refund

ROWS_AT_ONCE = 200


def per_campaign(rows: Iterable[DiscountCode | Refund]) -> Mapping[Campaign, int]:
    counts: dict[Campaign, int] = {}
    for row in rows:
        counts[row.campaign] = counts.get(row.campaign, 0) + 1
    return counts
