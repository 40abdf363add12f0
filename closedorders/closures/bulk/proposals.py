"""Outcomes that imported orders speak for: proposed, never set by themselves.

The shop gave the money of a closed order back; AliExpress shipped the closed order after all; or a new order was placed
at AliExpress for the same sale after the closure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from closedorders.accounts.models import Membership, Team
from closedorders.orders.models import BulkEdit, SupplierOrder
from closedorders.orders.querysets import CLOSED_STATUS_CODES

from ..models import Closure, Incident
from .outcomes import set_outcomes
from .replacements import Pair, join_replacements

#: Proposals of one kind that are read at once; those beyond come when these are set.
MOST = 500

_MONEY_BACK = Q(supplier_order__store_order__financial_status__iexact="refunded") | Q(
    supplier_order__store_order__financial_status__iexact="voided"
)
_ON_ITS_WAY = Q(supplier_order__status_code__in=["shipped", "completed"])


class Proposed(StrEnum):
    REFUNDED = "refunded"
    REOPENED = "reopened"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A closure that looks made good; `new_number` is the order that was placed instead, for `REPLACED`."""

    kind: Proposed
    closure: Closure
    new_number: str = ""


def proposals_of(team: Team, incident: Incident | None = None) -> dict[Proposed, list[Proposal]]:
    """The proposals of each kind, oldest closure first, `MOST` of each. Five queries, however many there are."""
    still_open = Closure.objects.for_team(team).open()
    if incident is not None:
        still_open = still_open.filter(incident=incident)
    found: dict[Proposed, list[Proposal]] = {kind: [] for kind in Proposed}
    told = still_open.filter(_MONEY_BACK).with_order().order_by("closed_at", "pk")
    found[Proposed.REFUNDED] = [Proposal(Proposed.REFUNDED, closure) for closure in told[:MOST]]
    shipped = still_open.filter(_ON_ITS_WAY).exclude(_MONEY_BACK).with_order().order_by("closed_at", "pk")
    found[Proposed.REOPENED] = [Proposal(Proposed.REOPENED, closure) for closure in shipped[:MOST]]
    found[Proposed.REPLACED] = _placed_again(still_open.exclude(_MONEY_BACK | _ON_ITS_WAY))
    return found


def _placed_again(still_open: Any) -> list[Proposal]:
    """Sales with one open closure and one order placed after it and joined to nothing: more could be mixed up."""
    candidates = _candidates()
    later = candidates.filter(
        store_order=OuterRef("supplier_order__store_order"), placed_at__gt=OuterRef("closed_at")
    )
    closures = still_open.filter(Exists(later)).with_order().order_by("closed_at", "pk")[:MOST]
    sales = {closure.supplier_order.store_order_id for closure in closures}
    if not sales:
        return []
    # Of the whole sale, whichever incident was asked for.
    open_in = Counter(
        Closure.objects.open()
        .filter(supplier_order__store_order__in=sales)
        .values_list("supplier_order__store_order", flat=True)
    )
    new_of: dict[int, list[SupplierOrder]] = defaultdict(list)
    for order in candidates.filter(store_order__in=sales).only("number", "store_order", "placed_at"):
        new_of[order.store_order_id or 0].append(order)
    found = []
    for closure in closures:
        sale = closure.supplier_order.store_order_id
        new = [each for each in new_of[sale] if each.placed_at and each.placed_at > closure.closed_at]
        if open_in[sale] == len(new) == 1:
            found.append(Proposal(Proposed.REPLACED, closure, new[0].number))
    return found


def _candidates() -> Any:
    """AliExpress orders that were placed and live, and that no closed order is joined to."""
    closed = Closure.objects.not_reopened().filter(supplier_order=OuterRef("pk"))
    return SupplierOrder.objects.filter(~Exists(closed), replaces=None, placed_at__isnull=False).exclude(
        status_code__in=CLOSED_STATUS_CODES
    )


@transaction.atomic
def set_proposals(
    *,
    team: Team,
    kind: Proposed,
    closure_ids: Collection[int],
    by: Membership,
    key: str,
    incident: Incident | None = None,
) -> BulkEdit:
    """Set what is proposed of this kind for these closures, as far as it is still proposed."""
    wanted = set(closure_ids)
    chosen = [each for each in proposals_of(team, incident)[kind] if each.closure.pk in wanted]
    if kind is Proposed.REPLACED:
        pairs = [Pair(each.closure.supplier_order.number, each.new_number) for each in chosen]
        return join_replacements(team=team, pairs=pairs, by=by, key=key)
    ids = [each.closure.pk for each in chosen]
    return set_outcomes(team=team, closure_ids=ids, outcome=kind.value, by=by, key=key)
