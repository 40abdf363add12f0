"""Outcomes that imported orders speak for: proposed, never set by themselves.

The shop gave the money of a closed order back; AliExpress shipped the closed order after all; or a new order was placed
at AliExpress for the same sale after the closure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from closedorders.accounts.models import Membership, Team
from closedorders.orders.models import BulkEdit, SupplierOrder
from closedorders.orders.querysets import CLOSED_STATUS_CODES, SupplierOrderQuerySet

from ..models import Closure, Incident
from .outcomes import set_outcomes
from .replacements import Pair, join_replacements

#: Closures that are looked at together; those beyond come when these are set.
MOST = 1_000

_MONEY_BACK = frozenset({"refunded", "voided"})
_ON_ITS_WAY = frozenset({"shipped", "completed"})


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
    """The proposals of each kind, oldest closure first. Three queries, however many there are."""
    still_open = Closure.objects.for_team(team).open()
    if incident is not None:
        still_open = still_open.filter(incident=incident)
    candidates = _candidates()
    later = candidates.filter(
        store_order=OuterRef("supplier_order__store_order"), placed_at__gt=OuterRef("closed_at")
    )
    back = Q()
    for word in _MONEY_BACK:
        back |= Q(supplier_order__store_order__financial_status__iexact=word)
    told = still_open.filter(back | Q(supplier_order__status_code__in=_ON_ITS_WAY) | Exists(later))
    found: dict[Proposed, list[Proposal]] = {kind: [] for kind in Proposed}
    bought_again: list[Closure] = []
    for closure in told.with_order().order_by("closed_at", "pk")[:MOST]:
        sale = closure.supplier_order.store_order
        if sale is not None and sale.financial_status.lower() in _MONEY_BACK:
            found[Proposed.REFUNDED].append(Proposal(Proposed.REFUNDED, closure))
        elif closure.supplier_order.status_code in _ON_ITS_WAY:
            found[Proposed.REOPENED].append(Proposal(Proposed.REOPENED, closure))
        else:
            bought_again.append(closure)
    found[Proposed.REPLACED] = _bought_again(bought_again, candidates)
    return found


def _bought_again(closures: Sequence[Closure], candidates: SupplierOrderQuerySet) -> list[Proposal]:
    """Those whose sale has one open closure and one order placed after it and joined to nothing.

    Where there are more of either, they could be mixed up.
    """
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
        sale = closure.supplier_order.store_order_id or 0
        new = [each for each in new_of[sale] if each.placed_at and each.placed_at > closure.closed_at]
        if open_in[sale] == len(new) == 1:
            found.append(Proposal(Proposed.REPLACED, closure, new[0].number))
    return found


def _candidates() -> SupplierOrderQuerySet:
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
