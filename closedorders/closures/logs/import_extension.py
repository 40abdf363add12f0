"""What closures add to imports: orders that a file has as closed are offered to be logged, and storms are logged."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from closedorders.accounts.access import TeamRequest
from closedorders.imports.extensions import ImportExtension, Panel
from closedorders.imports.models import Import, ImportChange
from closedorders.orders.models import SupplierOrder
from closedorders.orders.querysets import CLOSED_STATUS_CODES

from ..actions.log_jobs import MOST_IN_JOB, start_log
from ..models import Closure
from .forms import UnloggedForm
from .unlogged import unlogged

_KEYS_AT_ONCE = 500


class ClosuresOfImports(ImportExtension):
    def panel(self, request: TeamRequest, source: Import) -> Panel | None:
        found = unlogged(request.team)
        if not found.count:
            return None
        form = UnloggedForm(
            team=request.team, ask_account=bool(found.without_account), initial={"newest": found.newest}
        )
        return Panel("closures/log/_unlogged.html", {"unlogged": found, "unlogged_form": form})

    def after_saving(self, source: Import) -> None:
        """Have the closures of a storm logged, in the name of who had the file saved.

        Only orders that were certainly closed just now count: those that were not closed in what was stored, and those
        that were placed within the hours of a storm. What an older file has as closed is offered instead.
        """
        team = source.team
        closed = _closed_just_now(source)
        by_account = Counter(order.buyer_account_id for order in closed)
        stormy = {
            account
            for account, count in by_account.items()
            if account is not None and count >= team.storm_closures
        }
        rows = [
            (order.number, order.buyer_account, None) for order in closed if order.buyer_account_id in stormy
        ]
        by = source.responsible
        if rows and by.ended_at is None:
            start_log(
                team=team,
                rows=rows,
                buyer_account=None,
                by=by,
                closed_at=source.created_at,
                source=Closure.Source.IMPORTED,
                by_itself=True,
            )


def _closed_just_now(source: Import) -> list[SupplierOrder]:
    """`MOST_IN_JOB` at most, with their accounts."""
    team = source.team
    unlogged_orders = SupplierOrder.objects.for_team(team).looks_closed().select_related("buyer_account")
    since = source.created_at - timedelta(hours=team.storm_hours)
    new = unlogged_orders.filter(came_with=source, placed_at__gte=since).order_by("pk")[:MOST_IN_JOB]
    found = {order.pk: order for order in new}
    changes = source.changes.filter(
        thing=ImportChange.Thing.SUPPLIER_ORDER, after__status_code__in=CLOSED_STATUS_CODES
    ).exclude(before__status_code__in=CLOSED_STATUS_CODES)
    keys = list(changes.order_by("pk").values_list("thing_id", flat=True)[:MOST_IN_JOB])
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        for order in unlogged_orders.filter(pk__in=keys[start : start + _KEYS_AT_ONCE]):
            found[order.pk] = order
    return list(found.values())[:MOST_IN_JOB]
