"""What the checklist asks of orders: that it is told when daily totals change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from closedorders.accounts.models import Team
from closedorders.orders.extensions import OrderExtension

from . import totals


class RiskOfOrders(OrderExtension):
    def on_bought_changed(self, team: Team, placed: Collection[datetime]) -> None:
        totals.mark_changed(team, placed)
