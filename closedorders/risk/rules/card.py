"""Cause 3: what goes onto the card at once, whether the bank knows of it, and money that is missing on it."""

from __future__ import annotations

from decimal import Decimal

from .base import (
    WINDOW_DAYS,
    AccountFacts,
    Facts,
    Reading,
    Signal,
    State,
    Thresholds,
    signal,
    staleness,
)
from .funds import judge_failures, judge_funds

#: The article names the batch without a number; ours are what one person can just place by hand in an hour.
HOUR_WATCH, HOUR_ACT = 30, 60
#: First-time volumes: so many orders in a day, and half as many again as on any day of the last two months. Ours.
FIRST_FROM, FIRST_TIMES = 20, Decimal("1.5")
#: From a day of so many US dollars on, the bank should know. Ours: half the article's threshold.
BANK_FROM = Decimal(5_000)
#: Refunds that have not come make as much missing as so many average days. Ours.
LIMBO_DAYS = 1


def judge(facts: Facts, thresholds: Thresholds) -> Signal:
    if (stale := staleness(facts)) is not None:
        return signal(stale, *judge_funds(facts), judge_failures(facts))
    busiest = max(facts.accounts, key=lambda account: max(account.orders[-WINDOW_DAYS - 1 :]), default=None)
    day = max(busiest.orders[-WINDOW_DAYS - 1 :]) if busiest else 0
    hour = facts.largest_hour or 0
    numbers = {"hour": facts.largest_hour, "day": day}
    batch = Reading(State.OK, "batch_small", numbers)
    if hour >= HOUR_ACT or day >= thresholds.orders_act:
        batch = Reading(State.ACT, "batch_large", numbers)
    elif hour >= HOUR_WATCH or day >= thresholds.orders_watch:
        batch = Reading(State.WATCH, "batch_large", numbers)
    return signal(
        batch,
        *map(_first_time, facts.accounts),
        *(_bank(account, facts) for account in facts.accounts),
        _limbo(facts),
        *judge_funds(facts),
        judge_failures(facts),
        value=day,
        threshold=thresholds.orders_watch,
        course=busiest.orders[-WINDOW_DAYS - 1 :] if busiest else (),
    )


def _first_time(account: AccountFacts) -> Reading | None:
    today, before = account.orders[-1], max(account.orders[:-1], default=0)
    if not before or today < FIRST_FROM or today < before * FIRST_TIMES:
        return None
    return Reading(
        State.WATCH,
        "first_volume",
        {"pk": account.pk, "account": account.label, "today": today, "before": before},
    )


def _bank(account: AccountFacts, facts: Facts) -> Reading | None:
    """Not of orders without a known account: nobody can note for them that the bank was told."""
    if account.pk is None:
        return None
    peak = max(account.spent[-WINDOW_DAYS - 1 :])
    if account.is_told("bank", facts.today):
        return Reading(
            State.OK, "bank_told", {"pk": account.pk, "account": account.label, "until": account.told["bank"]}
        )
    if peak < BANK_FROM:
        return None
    return Reading(State.WATCH, "bank_not_told", {"pk": account.pk, "account": account.label, "peak": peak})


def _limbo(facts: Facts) -> Reading | None:
    spent = sum(
        (sum(account.spent[-WINDOW_DAYS - 1 : -1], Decimal(0)) for account in facts.accounts), Decimal(0)
    )
    average = spent / WINDOW_DAYS
    if not facts.refunds_missing or not average:
        return None
    state = State.WATCH if facts.refunds_missing >= average * LIMBO_DAYS else State.OK
    return Reading(state, "limbo", {"missing": facts.refunds_missing, "average": average})
