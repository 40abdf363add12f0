"""The rules behind the checklist: numbers in, a verdict for each of the article's seven causes out.

No Django and no words: a verdict carries the code of the sentence that fits (`reading`) and the numbers it is made
of, `checklist` words it. Amounts are US dollars. Where a source gives a number it stands beside the threshold; the
others are our own caution, said so here and open to change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any


class State(StrEnum):
    OK = "ok"
    WATCH = "watch"
    ACT = "act"
    UNKNOWN = "unknown"


# Cause 1. The article: accounts that come near 10,000 US dollars a day are reviewed, so write to AliExpress before.
# No second source is known for the figure. 70 % leaves time for an answer, at 90 % one more busy hour is enough.
DAY_LIMIT_USD = Decimal(10_000)
SPEND_WATCH, SPEND_ACT = Decimal("0.70"), Decimal("0.90")
# Without an import of the last week the figures describe the past. Our own caution.
STALE_AFTER_DAYS = 7
# Cause 2. The article names the pattern (one place, many countries) without a number. Ours: half of the orders abroad
# and at least five countries.
ABROAD_WATCH = Decimal("0.50")
COUNTRIES_WATCH = 5
# Cause 3. The article names the batch without a number; ours are what one person can just place by hand in an hour.
HOUR_WATCH, HOUR_ACT = 30, 60
DAY_WATCH, DAY_ACT = 150, 300
# Cause 5. The article: several assistants work from one office. Sign-ins here say little about sign-ins to AliExpress,
# so they never say more than "watch".
NETWORKS_WATCH = 2
# All causes: AliExpress has lately closed orders for it. Ours: worth watching for a month. For the card and for
# complaints, where no other figure tells how bad it is, three orders are more than chance.
CLOSURES_WATCH, CLOSURES_ACT = 1, 3
CLOSURES_SAY_ACT = {"card_check", "complaints"}
CLOSURES_DAYS = 30


@dataclass(frozen=True, slots=True)
class Tick:
    """A person's newest answer that was not withdrawn. `age_days`: full days since; `expired`: no longer believed."""

    fine: bool
    age_days: int
    expired: bool


TICK_DAYS: Mapping[str, int] = {
    "card_check": 30,
    "account_change": 14,
    "assistant_network": 30,
    "travel": 14,
    "complaints": 30,
}
"""Causes that a person answers, and for how many days the answer is believed at most."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the team's data show. Counts and spend are of the last 30 days, days are the team's own.

    `import_age_days`: full days since the last saved import, None for never. `spend_today` and `spend_peak` (on
    `spend_peak_on`): the highest of any one buyer account, USD. `other_currencies`: currencies of orders that are not
    in `spend_*`. `orders_without_cost`: orders whose cost is not known, so not in it either. `orders_with_country`,
    `orders_abroad`, `ship_countries`: where the orders went; `accounts_without_place`: buyer accounts that ordered and
    whose card country or ordering place is blank. `largest_hour`: None when the files give days without times.
    `networks`: from how many networks the `people` who order signed in here in the last 7 days. `closures`: closures
    by reason code.
    """

    import_age_days: int | None = None
    spend_today: Decimal = Decimal(0)
    spend_peak: Decimal = Decimal(0)
    spend_peak_on: date | None = None
    other_currencies: tuple[str, ...] = ()
    orders_without_cost: int = 0
    orders_with_country: int = 0
    orders_abroad: int = 0
    ship_countries: int = 0
    accounts_without_place: tuple[str, ...] = ()
    largest_hour: int | None = None
    largest_day: int = 0
    networks: int = 0
    people: int = 0
    closures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state, the code of the sentence that says why, and the sentence's numbers."""

    state: State
    reading: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


_SEVERITY = {State.UNKNOWN: 0, State.OK: 1, State.WATCH: 2, State.ACT: 3}


def worse(one: State, other: State) -> State:
    return max(one, other, key=_SEVERITY.__getitem__)


def _closed_for(code: str, facts: Facts) -> State:
    count = facts.closures.get(code, 0)
    if count >= CLOSURES_ACT and code in CLOSURES_SAY_ACT:
        return State.ACT
    return State.WATCH if count >= CLOSURES_WATCH else State.OK


def _stale(facts: Facts) -> Verdict | None:
    if facts.import_age_days is None:
        return Verdict(State.UNKNOWN, "never_imported")
    if facts.import_age_days >= STALE_AFTER_DAYS:
        return Verdict(State.UNKNOWN, "import_stale", {"days": facts.import_age_days})
    return None


def judge_spending(facts: Facts) -> Verdict:
    """Cause 1: the day's spend of one buyer account against `DAY_LIMIT_USD`."""
    if stale := _stale(facts):
        return stale
    numbers = {
        "today": facts.spend_today,
        "peak": facts.spend_peak,
        "peak_on": facts.spend_peak_on,
        "limit": DAY_LIMIT_USD,
        "percent": int(facts.spend_today * 100 / DAY_LIMIT_USD),
        "currencies": facts.other_currencies,
        "without_cost": facts.orders_without_cost,
    }
    if facts.spend_today >= SPEND_ACT * DAY_LIMIT_USD:
        return Verdict(State.ACT, "spend_near_limit", numbers)
    if facts.spend_today >= SPEND_WATCH * DAY_LIMIT_USD:
        return Verdict(State.WATCH, "spend_write_first", numbers)
    if facts.spend_peak >= SPEND_ACT * DAY_LIMIT_USD:
        return Verdict(State.WATCH, "spend_peak_near_limit", numbers)
    if facts.other_currencies:
        return Verdict(State.UNKNOWN, "spend_other_currencies", numbers)
    if facts.orders_without_cost and not facts.spend_peak:
        return Verdict(State.UNKNOWN, "spend_without_cost", numbers)
    return Verdict(State.OK, "spend_low", numbers)


def judge_places(facts: Facts) -> Verdict:
    """Cause 2: how many orders go abroad, seen from the card's country."""
    if facts.accounts_without_place:
        return Verdict(State.UNKNOWN, "place_missing", {"accounts": facts.accounts_without_place})
    if stale := _stale(facts):
        return stale
    if not facts.orders_with_country:
        return Verdict(State.UNKNOWN, "no_destinations")
    share = Decimal(facts.orders_abroad) / facts.orders_with_country
    numbers = {
        "abroad": facts.orders_abroad,
        "orders": facts.orders_with_country,
        "percent": int(share * 100),
        "countries": facts.ship_countries,
    }
    if share >= ABROAD_WATCH and facts.ship_countries >= COUNTRIES_WATCH:
        return Verdict(State.WATCH, "many_countries", numbers)
    return Verdict(State.OK, "few_countries", numbers)


def judge_card(facts: Facts) -> Verdict:
    """Cause 3: how many orders went onto the card at once."""
    if stale := _stale(facts):
        return stale
    hour = facts.largest_hour or 0
    numbers = {"hour": facts.largest_hour, "day": facts.largest_day}
    if hour >= HOUR_ACT or facts.largest_day >= DAY_ACT:
        return Verdict(State.ACT, "batch_large", numbers)
    if hour >= HOUR_WATCH or facts.largest_day >= DAY_WATCH:
        return Verdict(State.WATCH, "batch_large", numbers)
    return Verdict(State.OK, "batch_small", numbers)


def judge_networks(facts: Facts) -> Verdict:
    """Cause 5: from how many networks those who order worked here, in a week."""
    numbers = {"networks": facts.networks, "people": facts.people}
    if not facts.networks:
        return Verdict(State.UNKNOWN, "no_sign_ins")
    if facts.networks >= NETWORKS_WATCH:
        return Verdict(State.WATCH, "several_networks", numbers)
    return Verdict(State.OK, "one_network", numbers)


def nothing_but_people(facts: Facts) -> Verdict:
    """Causes 4, 6 and 7: only a person knows, apart from closures that came of it."""
    return Verdict(State.UNKNOWN, "")


Rule = Callable[[Facts], Verdict]
RULES: Mapping[str, Rule] = {
    "fraud_review": judge_spending,
    "one_location": judge_places,
    "card_check": judge_card,
    "account_change": nothing_but_people,
    "assistant_network": judge_networks,
    "travel": nothing_but_people,
    "complaints": nothing_but_people,
}
"""The article's seven causes in its order; the codes are those of the closure reasons."""


def judge(code: str, facts: Facts, tick: Tick | None) -> tuple[State, Verdict]:
    """The state of a cause, and what the data alone say.

    Closures for the cause, the figures and the person's answer: the worst counts. Without a valid answer where one is
    asked for, nothing is called ok.
    """
    verdict = RULES[code](facts)
    known = State.UNKNOWN if tick is None or tick.expired else State.OK if tick.fine else State.ACT
    state = verdict.state
    if code in TICK_DAYS:
        if known is State.UNKNOWN:
            state = state if state in (State.WATCH, State.ACT) else State.UNKNOWN
        else:
            state = worse(state, known)
    closed = _closed_for(code, facts)
    return (worse(state, closed) if closed is not State.OK else state), verdict
