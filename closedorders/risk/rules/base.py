"""What the rules of the checklist are made of: facts in, one signal a cause out.

No Django and no words: a reading carries the code of the sentence that fits and the sentence's numbers,
`checklist.wording` words it. Amounts are US dollars. Where a source gives a number it stands beside the threshold; the
others are our own caution, said so here and open to change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


#: What is not known is never called ok; what is known to be bad outweighs it.
_SEVERITY = {State.OK: 0, State.UNKNOWN: 1, State.WATCH: 2, State.ACT: 3}

#: Without an import of the last week the figures describe the past. Our own caution.
STALE_AFTER_DAYS = 7
#: The days before today that accounts' courses have, and of these the ones that sentences speak of.
COURSE_DAYS, WINDOW_DAYS = 60, 30
#: AliExpress has lately closed orders for the cause. Ours: worth watching for a month. For the card and for complaints,
#: where no other figure tells how bad it is, three orders are more than chance.
CLOSURES_DAYS, CLOSURES_WATCH, CLOSURES_ACT = 30, 1, 3
DISPUTE_DAYS = 90
#: So long ago payments that failed still count.
FAILURE_DAYS = 30
CLOSURES_SAY_ACT = {"card_check", "complaints"}
#: What was written to AliExpress or the bank is remembered there for so many days. Ours.
TOLD_DAYS: Mapping[str, int] = {"aliexpress": 30, "bank": 90}


def worst(states: Sequence[State]) -> State:
    return max(states, key=_SEVERITY.__getitem__, default=State.OK)


@dataclass(frozen=True, slots=True)
class Tick:
    """A person's newest answer that was not withdrawn. `age_days`: since, by the calendar; `expired`: no longer
    believed.
    """

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
class AccountFacts:
    """What one buyer account ordered: `spent` (US dollars, by stated rates) and `orders` of each of the last
    `COURSE_DAYS` days and today, oldest first. `pk` is None for orders of which no account is known. `told`: until
    which day AliExpress ("aliexpress") and the bank ("bank") remember what was written to them.
    """

    pk: int | None
    label: str
    spent: tuple[Decimal, ...]
    orders: tuple[int, ...]
    told: Mapping[str, date] = field(default_factory=dict)

    def is_told(self, whom: str, today: date) -> bool:
        return whom in self.told and today <= self.told[whom]


@dataclass(frozen=True, slots=True)
class TripFacts:
    """A trip from `starts` until `ends`, the day of coming back. `steps_left`: not ticked before leaving."""

    who: str
    starts: date
    ends: date
    steps_left: int
    is_back: bool


@dataclass(frozen=True, slots=True)
class FundsFacts:
    """What somebody read at the bank or at PayPal (`method`) for an account, in US dollars, and what is to be paid.

    `available`, `limit` (a day) and `payments` (a day) are None where they are not known. `to_pay`: what the account's
    orders cost that wait for payment, and those that were closed lately and are to be placed again.
    """

    pk: int
    account: str
    method: str
    stated_on: date
    available: Decimal | None
    limit: Decimal | None
    payments: int | None
    to_pay: Decimal
    spent_today: Decimal
    orders_today: int


@dataclass(frozen=True, slots=True)
class PaymentFailure:
    """How many orders of the last days were closed with words that say their payment failed, for one cause of the
    decoder. `week`: of these, in the last seven days.
    """

    cause: str
    orders: int
    week: int


@dataclass(frozen=True, slots=True)
class SignIns:
    """From where those who order signed in here in the last 7 days.

    `networks`: (network, its name if it is a declared office, how many people); `offices`: how many are declared.
    `outside`: who was seen outside them; `proxied`: behind a proxy that says so; `a_day`: (who, from how many networks
    on one day at most).
    """

    networks: tuple[tuple[str, str, int], ...] = ()
    people: int = 0
    offices: int = 0
    outside: tuple[str, ...] = ()
    proxied: tuple[str, ...] = ()
    a_day: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class KnownDays:
    """Days that a person declared unlike others, and why. `account` is None for all accounts."""

    why: str
    account: int | None
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """A change of an account on a day; `kind` is one of `AccountEvent.Kind`."""

    account: str
    kind: str
    day: date


@dataclass(frozen=True, slots=True)
class SupplierFacts:
    """A supplier, how many orders it had in the last `DISPUTE_DAYS`, how many of these ended in a dispute, and how many
    have not arrived.
    """

    name: str
    disputes: int
    orders: int
    on_its_way: int
    pk: int | None = None

    @property
    def percent(self) -> int:
        return self.disputes * 100 // max(self.orders, 1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the team's data show on `today`. Counts are of the last 30 days, days are the team's own.

    `import_age_days`: full days since the last saved import, None for never. `accounts`: those that ordered in
    `COURSE_DAYS`. `unrated`: currencies of orders without a stated rate to US dollars, so in no account's `spent`;
    `rated`: (currency, dollars for one unit, day of the rate, source) of those converted. `orders_without_cost`: not in
    it either. `orders_with_country`, `orders_abroad`, `ship_countries`: where the orders went, `destinations` (country,
    orders) the most frequent ones; `accounts_without_place`: accounts that ordered and whose card country or ordering
    place is blank. `largest_hour`: None when the files give days without times. `networks`: from how many networks the
    `people` who order signed in here in the last 7 days. `closures`: closures by reason code. `refunds_missing`: US
    dollars that AliExpress owes. `trips`: those that are not over, or not for long. `changes`: of accounts,
    newest first. `suppliers`: those with disputes, most disputes first. `failures`: of payments, most orders first.
    `methods`: (kind of payment, orders, of these with a moment of payment, different moments). `known_days` are counted
    in `accounts` as usual days. `snoozed`: (cause, account) -> the state in which it is quiet.
    """

    today: date = date(2026, 1, 1)
    import_age_days: int | None = None
    accounts: tuple[AccountFacts, ...] = ()
    unrated: tuple[str, ...] = ()
    rated: tuple[tuple[str, Decimal, date, str], ...] = ()
    orders_without_cost: int = 0
    orders_with_country: int = 0
    orders_abroad: int = 0
    ship_countries: int = 0
    destinations: tuple[tuple[str, int], ...] = ()
    accounts_without_place: tuple[str, ...] = ()
    largest_hour: int | None = None
    networks: int = 0
    people: int = 0
    closures: Mapping[str, int] = field(default_factory=dict)
    refunds_missing: Decimal = Decimal(0)
    trips: tuple[TripFacts, ...] = ()
    changes: tuple[ChangeFacts, ...] = ()
    suppliers: tuple[SupplierFacts, ...] = ()
    sign_ins: SignIns = SignIns()
    funds: tuple[FundsFacts, ...] = ()
    failures: tuple[PaymentFailure, ...] = ()
    methods: tuple[tuple[str, int, int, int], ...] = ()
    known_days: tuple[KnownDays, ...] = ()
    snoozed: tuple[tuple[str, int, State], ...] = ()

    @property
    def travelling(self) -> list[TripFacts]:
        return [trip for trip in self.trips if trip.starts <= self.today < trip.ends]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the rules on an account's day begin to speak; a team may choose its own.

    The article: accounts that come near 10,000 US dollars a day are reviewed, so write to AliExpress before. No second
    source is known for the figure. 70 % leaves time for an answer, at 90 % one more busy hour is enough. It names the
    batch of orders without a number; ours are what one person can just place by hand in a day.
    """

    spend_watch: int = 7_000
    spend_act: int = 9_000
    orders_watch: int = 150
    orders_act: int = 300


#: US dollars that one account spends in a day (the article).
DAY_LIMIT = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a rule noticed: how bad it is, the code of the sentence that says it, the sentence's numbers."""

    state: State
    code: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signal:
    """What a rule makes of the facts. `value` against `threshold` is the figure it mainly judges by, `course` that
    figure on each of the last days, oldest first. `readings` worst first.
    """

    state: State
    readings: tuple[Reading, ...]
    value: Decimal | int | None = None
    threshold: Decimal | int | None = None
    course: tuple[float, ...] = ()


def signal(
    *readings: Reading | None,
    value: Decimal | int | None = None,
    threshold: Decimal | int | None = None,
    course: Sequence[Decimal | int] = (),
) -> Signal:
    """The signal of all that was noticed: the worst counts."""
    noticed = sorted(filter(None, readings), key=lambda each: -_SEVERITY[each.state])
    state = worst([each.state for each in noticed])
    return Signal(state, tuple(noticed), value, threshold, tuple(map(float, course)))


#: The readings of `staleness`: no person's answer stands in for an import.
STALE = ("never_imported", "import_stale")


def staleness(facts: Facts) -> Reading | None:
    """Why the orders say nothing of today: nothing was imported, or not lately."""
    if facts.import_age_days is None:
        return Reading(State.UNKNOWN, "never_imported")
    if facts.import_age_days >= STALE_AFTER_DAYS:
        return Reading(State.UNKNOWN, "import_stale", {"days": facts.import_age_days})
    return None


Rule = Callable[[Facts, Thresholds], Signal]
