from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from closedorders.risk.rules import RULES, WEIGHTS, Facts, Signal, State, Thresholds, Tick, judge, points_lost
from closedorders.risk.rules.base import (
    COURSE_DAYS,
    AccountFacts,
    ChangeFacts,
    FundsFacts,
    KnownDays,
    PaymentFailure,
    SignIns,
    SupplierFacts,
    TripFacts,
)
from closedorders.risk.rules.runway import find_runway
from closedorders.risk.rules.stored import facts_from_json, facts_to_json

TODAY = date(2026, 11, 23)
FRESH = Facts(today=TODAY, import_age_days=0)
FINE = Tick(fine=True, age_days=1, expired=False)
PROBLEM = Tick(fine=False, age_days=1, expired=False)
EXPIRED = Tick(fine=True, age_days=40, expired=True)


def account(
    spent: Sequence[float | str] = (), orders: Sequence[int] = (), told: dict[str, date] | None = None
) -> AccountFacts:
    """An account's last days, the last one today; nothing before."""
    days = COURSE_DAYS + 1
    return AccountFacts(
        1,
        "Main",
        tuple(Decimal(value) for value in (*[0] * (days - len(spent)), *spent)),
        (*[0] * (days - len(orders)), *orders),
        told or {},
    )


def spending(*spent: float | str, told: dict[str, date] | None = None, **facts: object) -> Facts:
    return replace(FRESH, accounts=(account(spent, told=told),), **facts)  # type: ignore[arg-type]


def codes(signal: Signal) -> list[str]:
    return [reading.code for reading in signal.readings if reading.code]


def funds(
    available: str | None = None,
    *,
    limit: str | None = None,
    payments: int | None = None,
    to_pay: str = "0",
    spent: str = "0",
    orders: int = 0,
    age: int = 0,
) -> FundsFacts:
    """What somebody read at the bank `age` days ago for the account."""
    return FundsFacts(
        pk=1,
        account="Main",
        method="card",
        stated_on=TODAY - timedelta(days=age),
        available=Decimal(available) if available is not None else None,
        limit=Decimal(limit) if limit is not None else None,
        payments=payments,
        to_pay=Decimal(to_pay),
        spent_today=Decimal(spent),
        orders_today=orders,
    )


def test_the_causes_stand_in_the_order_of_the_article_and_make_a_hundred_points() -> None:
    assert list(RULES) == [
        "fraud_review",
        "one_location",
        "card_check",
        "account_change",
        "assistant_network",
        "travel",
        "complaints",
    ]
    assert sum(WEIGHTS.values()) == 100
    assert list(WEIGHTS) == list(RULES)


@pytest.mark.parametrize(
    ("days", "state", "code"),
    [
        (["0"], State.OK, "spend_low"),
        (["6999.99"], State.OK, "spend_low"),
        (["7000"], State.WATCH, "spend_watch"),
        (["8999.99"], State.WATCH, "spend_watch"),
        (["9000"], State.ACT, "spend_act"),
        (["25000"], State.ACT, "spend_act"),
        (["8999.99", "10"], State.OK, "spend_low"),
        (["9000", "10"], State.WATCH, "spend_peak"),
        (["9000", *["0"] * 29, "10"], State.WATCH, "spend_peak"),
        (["9000", *["0"] * 30, "10"], State.OK, "spend_low"),
    ],
)
def test_spending_is_judged_at_70_and_90_percent_of_the_day(days: list[str], state: State, code: str) -> None:
    found, signal = judge("fraud_review", spending(*days), None)
    assert (found, codes(signal)) == (state, [code])


@pytest.mark.parametrize(
    ("today", "days_left", "state"),
    [
        ("7000", 0, State.OK),
        ("9000", 0, State.WATCH),
        ("9000", -1, State.ACT),
        ("7000", -1, State.WATCH),
    ],
)
def test_what_aliexpress_was_told_lightens_the_day_until_it_is_forgotten(
    today: str, days_left: int, state: State
) -> None:
    told = {"aliexpress": TODAY + timedelta(days=days_left)}
    assert judge("fraud_review", spending(today, told=told), None)[0] == state


def test_a_teams_own_thresholds_replace_the_usual_ones() -> None:
    own = Thresholds(spend_watch=500, spend_act=800)
    assert judge("fraud_review", spending("500"), None, own)[0] == State.WATCH
    assert judge("fraud_review", spending("800"), None, own)[0] == State.ACT
    assert judge("fraud_review", spending("499.99"), None, own)[0] == State.OK


def climbing(tomorrow_in: int, *, pace: int = 200) -> list[int]:
    """Fourteen days that gain `pace` each, so that the day `tomorrow_in` days from now would be 10,000; today is 0."""
    return [10_000 - pace * (14 - place + tomorrow_in) for place in range(14)] + [0]


@pytest.mark.parametrize(
    ("days", "state"), [(3, State.ACT), (4, State.WATCH), (14, State.WATCH), (15, None), (40, None)]
)
def test_the_runway_calls_three_days_before_the_limit_comes(days: int, state: State | None) -> None:
    course = climbing(days)
    runway = find_runway([Decimal(value) for value in course])
    assert runway is not None
    assert runway.days_to(10_000) == days
    signal = RULES["fraud_review"](spending(*course), Thresholds())
    found = [reading for reading in signal.readings if reading.code == "runway"]
    assert [reading.state for reading in found] == ([state] if state else [])
    assert all(reading.numbers["days"] == days for reading in found)


def test_a_runway_needs_some_days_and_a_pace_upwards() -> None:
    assert find_runway([Decimal(0)] * 11 + [Decimal(500)] * 4) is None
    steady = find_runway([Decimal(500)] * 15)
    assert steady is not None
    assert steady.days_to(10_000) is None
    assert steady.days_to(400) == 0
    falling = find_runway([Decimal(9000 - 100 * day) for day in range(15)])
    assert falling is not None
    assert falling.days_to(10_000) is None
    assert falling.on(500) == 0


def test_today_which_is_not_over_makes_no_pace() -> None:
    quiet, busy = climbing(5), [*climbing(5)[:-1], 6_000]
    assert find_runway([Decimal(value) for value in quiet]) == find_runway([Decimal(value) for value in busy])


@pytest.mark.parametrize(
    ("before", "now", "noticed"),
    [("200", "400", False), ("200", "400.01", True), ("0", "400", False), ("50", "150", False)],
)
def test_spending_that_doubles_in_a_month_is_watched_once_it_is_a_sum(
    before: str, now: str, noticed: bool
) -> None:
    found = codes(RULES["fraud_review"](spending(*[before] * 30, *[now] * 30, "0"), Thresholds()))
    assert ("growth" in found) == noticed


@pytest.mark.parametrize(
    ("usual", "today", "noticed"),
    [("500", "1500", True), ("500", "1499.99", False), ("300", "999.99", False), ("300", "1000", True)],
)
def test_a_day_of_three_usual_ones_is_watched_far_below_the_limit(
    usual: str, today: str, noticed: bool
) -> None:
    found = codes(RULES["fraud_review"](spending(*[usual] * 30, today), Thresholds()))
    assert ("burst" in found) == noticed


@pytest.mark.parametrize(
    ("facts", "state", "code"),
    [
        (Facts(), State.UNKNOWN, "never_imported"),
        (Facts(import_age_days=7), State.UNKNOWN, "import_stale"),
        (Facts(import_age_days=6), State.OK, "spend_low"),
        (replace(FRESH, unrated=("EUR",)), State.UNKNOWN, "unrated"),
        (spending("9500", unrated=("EUR",)), State.ACT, "spend_act"),
        (replace(FRESH, orders_without_cost=3), State.UNKNOWN, "without_cost"),
        (spending("5", orders_without_cost=3), State.OK, "spend_low"),
    ],
)
def test_spending_that_is_not_fully_known_is_never_called_fine(facts: Facts, state: State, code: str) -> None:
    found, signal = judge("fraud_review", facts, None)
    assert (found, codes(signal)[0]) == (state, code)


@pytest.mark.parametrize(
    ("orders", "abroad", "countries", "state"),
    [(0, 0, 0, State.UNKNOWN), (10, 4, 9, State.OK), (10, 5, 4, State.OK), (10, 5, 5, State.WATCH)],
)
def test_many_countries_from_one_place_are_watched(
    orders: int, abroad: int, countries: int, state: State
) -> None:
    facts = replace(FRESH, orders_with_country=orders, orders_abroad=abroad, ship_countries=countries)
    assert judge("one_location", facts, None)[0] == state


def test_places_are_unknown_while_an_account_has_blanks() -> None:
    facts = replace(FRESH, orders_with_country=10, accounts_without_place=("Main",))
    assert judge("one_location", facts, None)[0] == State.UNKNOWN


@pytest.mark.parametrize(
    ("hour", "day", "state"),
    [
        (None, 149, State.OK),
        (29, 149, State.OK),
        (30, 30, State.WATCH),
        (None, 150, State.WATCH),
        (60, 60, State.ACT),
        (None, 300, State.ACT),
    ],
)
def test_large_batches_on_a_card_are_judged_by_hour_and_day(hour: int | None, day: int, state: State) -> None:
    facts = replace(FRESH, largest_hour=hour, accounts=(account(orders=[day, 0]),))
    assert judge("card_check", facts, FINE)[0] == state


@pytest.mark.parametrize(
    ("before", "today", "state"),
    [(20, 30, State.WATCH), (20, 29, State.OK), (2, 19, State.OK), (0, 40, State.OK)],
)
def test_more_orders_than_ever_before_are_watched(before: int, today: int, state: State) -> None:
    facts = replace(FRESH, accounts=(account(orders=[before, today]),))
    assert judge("card_check", facts, FINE)[0] == state


@pytest.mark.parametrize(
    ("peak", "told", "state"),
    [
        ("4999.99", None, State.OK),
        ("5000", None, State.WATCH),
        ("5000", TODAY, State.OK),
        ("5000", TODAY - timedelta(days=1), State.WATCH),
    ],
)
def test_the_bank_is_told_of_large_days_and_forgets(peak: str, told: date | None, state: State) -> None:
    facts = spending(peak, "0", told={"bank": told} if told else None)
    assert judge("card_check", facts, FINE)[0] == state


@pytest.mark.parametrize(("missing", "state"), [("99.99", State.OK), ("100", State.WATCH)])
def test_a_days_money_that_is_missing_on_the_card_is_watched(missing: str, state: State) -> None:
    facts = spending(*["100"] * 31, refunds_missing=Decimal(missing))
    assert judge("card_check", facts, FINE)[0] == state


@pytest.mark.parametrize(
    ("stated", "state", "code"),
    [
        (funds("100", to_pay="100.01"), State.ACT, "funds_short"),
        # An average day of the account costs 100.
        (funds("199.99", to_pay="100"), State.WATCH, "funds_low"),
        (funds("200", to_pay="100"), State.OK, "funds_enough"),
        (funds("0", age=3), State.WATCH, "funds_low"),
        (funds("0", age=4), State.UNKNOWN, "funds_old"),
        (funds(limit="1000", to_pay="600", spent="400.01"), State.ACT, "limit_short"),
        (funds(limit="1000", to_pay="600", spent="400"), State.WATCH, "limit_near"),
        (funds(limit="1000", to_pay="400", spent="400"), State.WATCH, "limit_near"),
        (funds(limit="1000", to_pay="400", spent="399.99"), State.OK, None),
        (funds(limit="1000", to_pay="9999", age=90), State.ACT, "limit_short"),
        (funds(limit="1000", to_pay="9999", age=91), State.UNKNOWN, "limit_old"),
        (funds(payments=50, orders=50), State.ACT, "payments_full"),
        (funds(payments=50, orders=49), State.WATCH, "payments_near"),
        (funds(payments=50, orders=40), State.WATCH, "payments_near"),
        (funds(payments=50, orders=39), State.OK, None),
        (funds(age=400), State.OK, None),
    ],
)
def test_what_there_is_to_pay_with_is_held_against_what_is_to_be_paid(
    stated: FundsFacts, state: State, code: str | None
) -> None:
    facts = replace(spending(*["100"] * 31), funds=(stated,))
    signal = RULES["card_check"](facts, Thresholds())
    found = [
        reading for reading in signal.readings if reading.code.startswith(("funds", "limit", "payments_"))
    ]
    assert [reading.code for reading in found] == ([code] if code else [])
    assert signal.state == state if code != "limit_old" else found[0].state == state
    # A statement speaks for itself, also where nothing was imported.
    assert judge("card_check", replace(facts, import_age_days=None), FINE)[0] == (
        state if state in (State.ACT, State.WATCH) else State.UNKNOWN
    )


@pytest.mark.parametrize(
    ("failed", "state"),
    [((), State.OK), ((2,), State.OK), ((2, 1), State.WATCH), ((9,), State.WATCH), ((9, 1), State.ACT)],
)
def test_payments_that_fail_in_a_week_are_watched_and_then_call_for_an_act(
    failed: tuple[int, ...], state: State
) -> None:
    causes = ("funds", "limit")
    facts = replace(
        FRESH,
        failures=tuple(PaymentFailure(cause, 30, week) for cause, week in zip(causes, failed, strict=False)),
    )
    found = RULES["card_check"](facts, Thresholds())
    assert found.state == state
    if state is not State.OK:
        assert found.readings[0].numbers["cause"] == "funds"


def trip(starts: int, ends: int, *, left: int = 0, back: bool = False) -> Facts:
    """A trip that starts and ends so many days from today."""
    days = TODAY + timedelta(days=starts), TODAY + timedelta(days=ends)
    return replace(FRESH, trips=(TripFacts("Ana", *days, left, back),))


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (trip(8, 20, left=4), State.OK),
        (trip(7, 20, left=4), State.WATCH),
        (trip(4, 20, left=1), State.WATCH),
        (trip(3, 20, left=1), State.ACT),
        (trip(3, 20), State.OK),
        (trip(0, 5, left=1), State.ACT),
        (trip(0, 5), State.OK),
        (trip(-5, 1), State.OK),
        (trip(-5, 0), State.WATCH),
        (trip(-5, 0, left=3, back=True), State.OK),
    ],
)
def test_a_trip_is_handed_over_before_and_looked_back_on_after(facts: Facts, state: State) -> None:
    assert judge("travel", facts, FINE)[0] == state


def test_who_travels_with_open_steps_is_said_to_have_them() -> None:
    for left, expected in ((0, ["trip_on"]), (2, ["trip_open"])):
        assert codes(judge("travel", trip(0, 5, left=left), FINE)[1]) == expected


def test_nobody_is_asked_to_tell_a_bank_of_orders_without_an_account() -> None:
    facts = replace(FRESH, accounts=(replace(account(["9000", "0"]), pk=None),))
    assert "bank_not_told" not in codes(judge("card_check", facts, FINE)[1])


def test_who_is_away_is_known_from_the_day_of_leaving_to_the_day_before_coming_back() -> None:
    assert [bool(trip(starts, ends).travelling) for starts, ends in ((1, 2), (0, 1), (-1, 1), (-1, 0))] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("days_ago", "state"),
    [((), State.OK), ((14,), State.OK), ((13,), State.WATCH), ((0,), State.WATCH), ((13, 0), State.ACT)],
)
def test_a_change_of_an_account_is_watched_for_two_weeks(days_ago: tuple[int, ...], state: State) -> None:
    changes = tuple(ChangeFacts("Main", "card", TODAY - timedelta(days=days)) for days in days_ago)
    assert judge("account_change", replace(FRESH, changes=changes), FINE)[0] == state


@pytest.mark.parametrize(
    ("disputes", "orders", "state"),
    [
        (1, 1, State.OK),
        (2, 20, State.WATCH),
        (2, 21, State.OK),
        (3, 4, State.WATCH),
        (4, 8, State.WATCH),
        (4, 7, State.ACT),
    ],
)
def test_a_supplier_with_many_disputes_is_better_changed(disputes: int, orders: int, state: State) -> None:
    facts = replace(FRESH, suppliers=(SupplierFacts("Lamp factory", disputes, orders, 0),))
    assert judge("complaints", facts, FINE)[0] == state


@pytest.mark.parametrize(
    ("networks", "state"), [(0, State.OK), (1, State.OK), (2, State.WATCH), (9, State.WATCH)]
)
def test_sign_ins_from_several_networks_are_watched_and_never_more(networks: int, state: State) -> None:
    assert judge("assistant_network", replace(FRESH, networks=networks, people=1), FINE)[0] == state


@pytest.mark.parametrize(
    ("seen", "state", "code"),
    [
        (SignIns(offices=1), State.OK, "at_office"),
        (SignIns(offices=1, outside=("Ana",)), State.WATCH, "outside_office"),
        (SignIns(), State.WATCH, "several_networks"),
        (SignIns(offices=1, a_day=(("Ana", 2),)), State.OK, "at_office"),
        (SignIns(offices=1, a_day=(("Ana", 3),)), State.WATCH, "many_in_a_day"),
        (SignIns(offices=1, proxied=("Ana",)), State.WATCH, "through_proxy"),
    ],
)
def test_sign_ins_are_held_against_the_declared_office(seen: SignIns, state: State, code: str) -> None:
    facts = replace(FRESH, networks=4, people=2, sign_ins=seen)
    found, signal = judge("assistant_network", facts, FINE)
    assert (found, codes(signal)[0]) == (state, code)


@pytest.mark.parametrize(("office", "people", "said"), [("", 1, False), ("", 2, True), ("Office", 2, False)])
def test_people_who_share_a_network_are_asked_whether_it_is_the_office(
    office: str, people: int, said: bool
) -> None:
    seen = SignIns(networks=(("10.0.0.0/24", office, people),), offices=bool(office))
    found = codes(judge("assistant_network", replace(FRESH, networks=1, people=2, sign_ins=seen), FINE)[1])
    assert ("shared_network" in found) == said


@pytest.mark.parametrize(
    ("snoozed", "today", "state", "code"),
    [
        (("fraud_review", 1, State.WATCH), "7000", State.OK, "snoozed"),
        (("fraud_review", 1, State.WATCH), "9000", State.ACT, "spend_act"),
        (("fraud_review", 1, State.ACT), "9000", State.OK, "snoozed"),
        (("fraud_review", 1, State.ACT), "7000", State.OK, "snoozed"),
        (("fraud_review", 2, State.ACT), "9000", State.ACT, "spend_act"),
        (("card_check", 1, State.ACT), "9000", State.ACT, "spend_act"),
    ],
)
def test_an_account_is_quiet_in_a_cause_until_it_gets_worse(
    snoozed: tuple[str, int, State], today: str, state: State, code: str
) -> None:
    found, signal = judge("fraud_review", replace(spending(today), snoozed=(snoozed,)), None)
    assert (found, codes(signal)[0]) == (state, code)


def test_a_cause_is_as_bad_as_the_worst_account_that_is_not_quiet() -> None:
    other = replace(account(["7000"]), pk=2, label="Spare")
    facts = replace(FRESH, accounts=(account(["9500"]), other), snoozed=(("fraud_review", 1, State.ACT),))
    assert judge("fraud_review", facts, None)[0] == State.WATCH


@pytest.mark.parametrize(
    "code", ["card_check", "account_change", "assistant_network", "travel", "complaints"]
)
def test_a_cause_that_a_person_confirms_follows_the_newest_valid_answer(code: str) -> None:
    facts = replace(FRESH, networks=1, people=1)
    assert judge(code, facts, None)[0] == State.UNKNOWN
    assert judge(code, facts, FINE)[0] == State.OK
    assert judge(code, facts, EXPIRED)[0] == State.UNKNOWN
    assert judge(code, facts, PROBLEM)[0] == State.ACT


def test_the_worse_of_figures_and_answer_counts() -> None:
    busy = replace(FRESH, accounts=(account(orders=[150]),))
    assert judge("card_check", busy, FINE)[0] == State.WATCH
    assert judge("card_check", busy, PROBLEM)[0] == State.ACT
    assert judge("card_check", busy, None)[0] == State.WATCH


@pytest.mark.parametrize("days", [None, 7, 40])
def test_no_answer_stands_in_for_an_import(days: int | None) -> None:
    facts = Facts(today=TODAY, import_age_days=days)
    assert judge("card_check", facts, FINE)[0] == State.UNKNOWN
    assert judge("card_check", facts, PROBLEM)[0] == State.ACT
    assert judge("travel", facts, FINE)[0] == State.OK


@pytest.mark.parametrize(
    ("code", "count", "state"),
    [
        ("complaints", 0, State.OK),
        ("complaints", 1, State.WATCH),
        ("complaints", 3, State.ACT),
        ("card_check", 3, State.ACT),
        ("travel", 1, State.WATCH),
        ("travel", 40, State.WATCH),
    ],
)
def test_closures_for_the_cause_weigh_more_than_a_good_answer(code: str, count: int, state: State) -> None:
    assert judge(code, replace(FRESH, closures={code: count}), FINE)[0] == state


def test_all_causes_that_call_for_an_act_cost_the_whole_score() -> None:
    assert sum(points_lost(code, State.ACT) for code in RULES) == 100
    assert [points_lost("fraud_review", state) for state in State] == [0, 13, 25, 8]
    assert [points_lost("travel", state) for state in State] == [0, 5, 10, 3]


def test_facts_come_back_from_json_as_they_went() -> None:
    facts = replace(
        spending("12.50", told={"bank": TODAY}, unrated=("JPY",)),
        rated=(("EUR", Decimal("1.1"), TODAY, "ECB"),),
        destinations=(("ES", 3),),
        closures={"travel": 2},
        refunds_missing=Decimal("3.1"),
        trips=(TripFacts("Ana", TODAY, TODAY, 2, False),),
        changes=(ChangeFacts("Main", "tier", TODAY),),
        suppliers=(SupplierFacts("Lamp factory", 2, 9, 1),),
        sign_ins=SignIns((("10.0.0.0/24", "Office", 2),), 2, 1, ("Ana",), ("Ben",), (("Ana", 3),)),
        funds=(funds(available="10.5"), funds(limit="99", payments=3)),
        failures=(PaymentFailure("funds", 3, 1),),
        methods=(("card", 5, 4, 2),),
        known_days=(KnownDays("Promotion", None, TODAY, TODAY),),
        snoozed=(("fraud_review", 1, State.WATCH),),
    )
    assert facts_from_json(facts_to_json(facts)) == facts
    assert facts_from_json({"today": "2026-11-23"}) == Facts(today=TODAY)
