"""Orders that imports word as closed and of which nobody has logged a closure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from closedorders.accounts.models import Team
from closedorders.orders.models import SupplierOrder

from ..actions.log_jobs import MOST_IN_JOB


@dataclass(frozen=True, slots=True)
class Unlogged:
    """How many there are, `MOST_IN_JOB` at most, and of which accounts.

    `more`: there are more than are counted. `newest`: the key of the newest one, 0 where there is none.
    """

    count: int = 0
    more: bool = False
    accounts: list[tuple[str, int]] = field(default_factory=list)
    without_account: int = 0
    newest: int = 0


def unlogged(team: Team) -> Unlogged:
    """One bounded query."""
    orders = SupplierOrder.objects.for_team(team).looks_closed().order_by("pk")
    rows = list(orders.values_list("pk", "buyer_account__label")[: MOST_IN_JOB + 1])
    shown = rows[:MOST_IN_JOB]
    # No label: no import knows the account.
    labels = Counter(label or "" for _pk, label in shown)
    without = labels.pop("", 0)
    return Unlogged(
        count=len(shown),
        more=len(rows) > len(shown),
        accounts=labels.most_common(),
        without_account=without,
        newest=shown[-1][0] if shown else 0,
    )
