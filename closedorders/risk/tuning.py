"""The thresholds that a team may choose, and what each would have done to the team's own past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Min
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Team
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.closures.models import Closure

from .backtest import Backtest, Incident, run
from .facts import Rates
from .totals import daily_totals

MONTHS = (3, 6, 12, 24)
#: Incidents of two years that are marked; of more the newest.
MOST_INCIDENTS = 200
#: Reasons that say nothing of the account: no threshold of it could have warned.
_OF_THE_ORDER = [code for code, reason in BUILTIN.items() if not reason.account_level]


@dataclass(frozen=True, slots=True)
class Tunable:
    """One threshold: what is said of it, whether it counts dollars or orders a day, and what a slider offers."""

    label: Promise
    in_dollars: bool
    lowest: int
    highest: int
    step: int


TUNABLE: Mapping[str, Tunable] = {
    "spend_watch": Tunable(_("Write to AliExpress from so many dollars a day"), True, 500, 30_000, 250),
    "spend_act": Tunable(_("Stop ordering from so many dollars a day"), True, 500, 30_000, 250),
    "orders_watch": Tunable(_("Watch from so many orders a day"), False, 10, 1_000, 5),
    "orders_act": Tunable(_("Act from so many orders a day"), False, 10, 1_000, 5),
}


def backtest(team: Team, name: str, threshold: int, *, months: int) -> Backtest:
    """Try a threshold on the last months, by the team's days. Five queries."""
    today = timezone.localdate(timezone=team.zone)
    first = today - timedelta(days=months * 365 // 12)
    rates = Rates(team)
    values: dict[int | None, dict[date, Decimal | int]] = defaultdict(lambda: defaultdict(int))
    for total in daily_totals(team, first, today):
        amount = rates.to_usd(total.spent, total.currency) if TUNABLE[name].in_dollars else total.orders
        values[total.account][total.day] += amount
    days = [first + timedelta(days=place) for place in range((today - first).days + 1)]
    return run(days, values, account_incidents(team, first), threshold)


def account_incidents(team: Team, first: date) -> list[Incident]:
    """By the day of their first closure that AliExpress may have done because of the account."""
    start = datetime.combine(first, time.min, tzinfo=team.zone)
    closures = (
        Closure.objects.filter(team=team)
        .exclude(reason__team=None, reason__code__in=_OF_THE_ORDER)
        .order_by()
        .values_list("incident__number", "incident__buyer_account")
        .annotate(at=Min("closed_at"))
        .filter(at__gte=start)
        .order_by("-at")[:MOST_INCIDENTS]
    )
    return [
        Incident(number, account, timezone.localdate(at, team.zone))
        for number, account, at in reversed(closures)
    ]
