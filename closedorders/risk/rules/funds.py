"""Part of cause 3: whether what there is covers what is about to be paid, and payments that failed."""

from __future__ import annotations

from decimal import Decimal

from .base import Facts, FundsFacts, Reading, State

#: What somebody read at the bank is believed for so many days: funds change daily, limits seldom. Ours.
FUNDS_DAYS, LIMIT_DAYS = 3, 90
#: From so many percent of the bank's limits on, what is left is little. Ours.
NEAR = 80
#: So many orders whose payment failed in a week are more than a slip; so many, and the card is of no use. Ours.
FAILED_WATCH, FAILED_ACT = 3, 10


def judge_funds(facts: Facts) -> list[Reading]:
    """What is noticed of each statement; nothing where nobody stated anything."""
    return [
        reading
        for each in facts.funds
        for reading in (_available(each, facts), *_limits(each, facts))
        if reading
    ]


def _numbers(funds: FundsFacts) -> dict[str, object]:
    return {
        "pk": funds.pk,
        "account": funds.account,
        "method": funds.method,
        "available": funds.available,
        "limit": funds.limit,
        "payments": funds.payments,
        "to_pay": funds.to_pay,
        "spent": funds.spent_today,
        "orders": funds.orders_today,
        "day": funds.stated_on,
    }


def _available(funds: FundsFacts, facts: Facts) -> Reading | None:
    if funds.available is None:
        return None
    numbers = _numbers(funds)
    if (facts.today - funds.stated_on).days > FUNDS_DAYS:
        return Reading(State.UNKNOWN, "funds_old", numbers)
    if funds.available < funds.to_pay:
        return Reading(State.ACT, "funds_short", numbers)
    account = next((each for each in facts.accounts if each.pk == funds.pk), None)
    average = sum(account.spent[-31:-1], Decimal(0)) / 30 if account else Decimal(0)
    if funds.available < funds.to_pay + average:
        return Reading(State.WATCH, "funds_low", numbers | {"average": average})
    return Reading(State.OK, "funds_enough", numbers)


def _limits(funds: FundsFacts, facts: Facts) -> list[Reading]:
    """Against the bank's limits on a day. Of PayPal, its own limit."""
    if (facts.today - funds.stated_on).days > LIMIT_DAYS:
        known = funds.limit is not None or funds.payments is not None
        return [Reading(State.UNKNOWN, "limit_old", _numbers(funds))] if known else []
    found = []
    if funds.limit:
        planned = funds.spent_today + funds.to_pay
        if planned > funds.limit:
            found.append(Reading(State.ACT, "limit_short", _numbers(funds)))
        elif planned * 100 >= funds.limit * NEAR:
            found.append(Reading(State.WATCH, "limit_near", _numbers(funds)))
    if funds.payments:
        if funds.orders_today >= funds.payments:
            found.append(Reading(State.ACT, "payments_full", _numbers(funds)))
        elif funds.orders_today * 100 >= funds.payments * NEAR:
            found.append(Reading(State.WATCH, "payments_near", _numbers(funds)))
    return found


def judge_failures(facts: Facts) -> Reading | None:
    """Payments that failed within a week, the most frequent cause named."""
    if not facts.failures:
        return None
    week = sum(each.week for each in facts.failures)
    if week < FAILED_WATCH:
        return None
    most = max(facts.failures, key=lambda each: each.week)
    return Reading(
        State.ACT if week >= FAILED_ACT else State.WATCH,
        "payments_failed",
        {"orders": week, "cause": most.cause, "of_cause": most.week},
    )
