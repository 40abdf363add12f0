"""What people declared unlike other days, and what is quiet for one account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from closedorders.accounts.models import Team

from ..models import KnownEvent, Snooze
from ..rules.base import KnownDays, State

N = TypeVar("N", int, Decimal)

MOST = 100


def known_days(team: Team, first: date, last: date) -> tuple[KnownDays, ...]:
    """One query."""
    found = KnownEvent.objects.filter(team=team, withdrawn_at=None, ends_on__gte=first, starts_on__lte=last)
    rows = found.order_by("-ends_on", "-pk").values_list("why", "buyer_account", "starts_on", "ends_on")
    return tuple(KnownDays(*row) for row in rows[:MOST])


def snoozed(team: Team, today: date) -> tuple[tuple[str, int, State], ...]:
    """One query."""
    found = Snooze.objects.filter(team=team, withdrawn_at=None, until__gte=today)
    rows = found.order_by("-pk").values_list("check_code", "buyer_account", "state")
    return tuple((code, account, State(state)) for code, account, state in rows[:MOST])


def even_out(account: int | None, values: list[N], days: Iterable[KnownDays], today: date) -> None:
    """Let each known day count as a usual one of the account: the middle of its other days with orders, at most as
    much as it was. `values` end with today.
    """
    places = {
        len(values) - 1 - ago
        for known in days
        if known.account in (None, account)
        for ago in range(len(values))
        if known.starts <= today - timedelta(days=ago) <= known.ends
    }
    if not places:
        return
    others = sorted(value for place, value in enumerate(values) if value and place not in places)
    for place in places:
        usual = others[len(others) // 2] if others else type(values[place])(0)
        values[place] = min(values[place], usual)
