from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from closedorders.closures.models import Incident
from closedorders.incidents.reorder.actions import PlanOptions, make_plan
from closedorders.incidents.reorder.models import ReorderPlan
from closedorders.incidents.reorder.planning import Duty, Limits
from tests.cast import Cast
from tests.incidents.scenes import bad_day

NEW = [f"{8_301_447_122_030_000 + n}" for n in range(40)]


def planned(
    cast: Cast,
    orders: int = 3,
    *,
    incident: Incident | None = None,
    route: str = "pocket",
    starts_on: date | None = None,
    duty: Duty | None = None,
    gift: str = "",
    **limits: Any,
) -> ReorderPlan:
    """A plan for an incident, of a bad day with that many orders unless one is given."""
    options = PlanOptions(
        limits=Limits(**({"currency": "USD"} | limits)),
        route=route,
        starts_on=starts_on or timezone.localdate(),
        duty=duty,
        gift=gift,
    )
    return make_plan(incident=incident or bad_day(cast, orders), options=options, by=cast.merchant)
