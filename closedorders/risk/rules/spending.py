"""Cause 1: the day's spend of one buyer account against the article's 10,000 US dollars."""

from __future__ import annotations

from decimal import Decimal
from statistics import median

from .base import (
    DAY_LIMIT,
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
from .runway import find_runway

#: A threshold that comes within so many days is watched; within three it calls for an act. Ours: AliExpress's chat
#: answers within a day, so three leave time for a second answer.
RUNWAY_WATCH, RUNWAY_ACT = 14, 3
#: Spending that more than doubles from month to month. The article: "too much success, too fast". The number is ours.
GROWTH = Decimal(2)
#: A day of three times the usual one. Ours. Below these sums nobody reviews anything.
BURST = 3
BURST_FROM, GROWTH_FROM = Decimal(1_000), Decimal(5_000)
#: So many days with orders make a usual day.
BASELINE_DAYS = 7


def judge(facts: Facts, thresholds: Thresholds) -> Signal:
    if (stale := staleness(facts)) is not None:
        return signal(stale)
    nearest = max(facts.accounts, key=lambda account: account.spent[-1], default=None)
    readings = [
        reading
        for account in facts.accounts
        for reading in (
            _today(account, facts, thresholds),
            _runway(account, facts, thresholds),
            _growth(account),
            _burst(account),
        )
        if reading is not None
    ]
    readings.append(_known(facts, bool(readings)))
    return signal(
        *readings,
        value=nearest.spent[-1] if nearest else Decimal(0),
        threshold=thresholds.spend_watch,
        course=nearest.spent[-WINDOW_DAYS - 1 :] if nearest else (),
    )


def _today(account: AccountFacts, facts: Facts, thresholds: Thresholds) -> Reading | None:
    today, before = account.spent[-1], account.spent[-WINDOW_DAYS - 1 : -1]
    peak = max(before, default=Decimal(0))
    told = account.is_told("aliexpress", facts.today)
    numbers = {
        "pk": account.pk,
        "account": account.label,
        "today": today,
        "percent": int(today * 100 / DAY_LIMIT),
        "peak": peak,
        "days_ago": len(before) - before.index(peak) if peak else 0,
    }
    if today >= thresholds.spend_act:
        state, code = (State.WATCH, "spend_act_told") if told else (State.ACT, "spend_act")
    elif today >= thresholds.spend_watch:
        state, code = (State.OK, "spend_told") if told else (State.WATCH, "spend_watch")
    elif peak >= thresholds.spend_act:
        state, code = (State.OK, "spend_told") if told else (State.WATCH, "spend_peak")
    else:
        return None
    return Reading(state, code, numbers)


def _runway(account: AccountFacts, facts: Facts, thresholds: Thresholds) -> Reading | None:
    runway = find_runway(account.spent)
    days = runway.days_to(DAY_LIMIT) if runway else None
    if days is None or days > RUNWAY_WATCH or account.spent[-1] >= thresholds.spend_act:
        return None
    numbers = {"pk": account.pk, "account": account.label, "days": days}
    if account.is_told("aliexpress", facts.today):
        return Reading(State.OK, "runway_told", numbers)
    return Reading(State.ACT if days <= RUNWAY_ACT else State.WATCH, "runway", numbers)


def _growth(account: AccountFacts) -> Reading | None:
    month, before = (
        sum(account.spent[-WINDOW_DAYS - 1 : -1]),
        sum(account.spent[-2 * WINDOW_DAYS - 1 : -WINDOW_DAYS - 1]),
    )
    if month < GROWTH_FROM or not before or month <= before * GROWTH:
        return None
    numbers = {"pk": account.pk, "account": account.label, "percent": int((month / before - 1) * 100)}
    return Reading(State.WATCH, "growth", numbers)


def _burst(account: AccountFacts) -> Reading | None:
    """A day far above the account's own usual one, though far from the limit."""
    usual_days = [spent for spent in account.spent[-WINDOW_DAYS - 1 : -1] if spent]
    if len(usual_days) < BASELINE_DAYS or account.spent[-1] < BURST_FROM:
        return None
    usual = median(usual_days)
    if account.spent[-1] < usual * BURST:
        return None
    return Reading(
        State.WATCH,
        "burst",
        {"pk": account.pk, "account": account.label, "today": account.spent[-1], "usual": usual},
    )


def _known(facts: Facts, noticed: bool) -> Reading:
    """What is ordered in the worst account where nothing was noticed, and whether that is all of it."""
    peak = max((max(account.spent[-WINDOW_DAYS - 1 :]) for account in facts.accounts), default=Decimal(0))
    if facts.unrated:
        return Reading(State.UNKNOWN, "unrated", {"currencies": facts.unrated})
    if facts.orders_without_cost and not peak:
        return Reading(State.UNKNOWN, "without_cost", {"count": facts.orders_without_cost})
    if noticed:
        return Reading(State.OK, "", {})
    today = max((account.spent[-1] for account in facts.accounts), default=Decimal(0))
    return Reading(
        State.OK, "spend_low", {"today": today, "percent": int(today * 100 / DAY_LIMIT), "peak": peak}
    )
