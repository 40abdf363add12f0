from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from closedorders.risk.rules import RULES, Facts, State, Tick, judge

FRESH = Facts(import_age_days=0)
FINE = Tick(fine=True, age_days=1, expired=False)
PROBLEM = Tick(fine=False, age_days=1, expired=False)
EXPIRED = Tick(fine=True, age_days=40, expired=True)


def test_the_causes_stand_in_the_order_of_the_article() -> None:
    assert list(RULES) == [
        "fraud_review",
        "one_location",
        "card_check",
        "account_change",
        "assistant_network",
        "travel",
        "complaints",
    ]


@pytest.mark.parametrize(
    ("today", "peak", "state", "reading"),
    [
        ("0", "0", State.OK, "spend_low"),
        ("6999.99", "6999.99", State.OK, "spend_low"),
        ("7000", "7000", State.WATCH, "spend_write_first"),
        ("8999.99", "8999.99", State.WATCH, "spend_write_first"),
        ("9000", "9000", State.ACT, "spend_near_limit"),
        ("25000", "25000", State.ACT, "spend_near_limit"),
        ("10", "8999.99", State.OK, "spend_low"),
        ("10", "9000", State.WATCH, "spend_peak_near_limit"),
    ],
)
def test_spending_is_judged_at_70_and_90_percent_of_the_day(
    today: str, peak: str, state: State, reading: str
) -> None:
    facts = replace(
        FRESH, spend_today=Decimal(today), spend_peak=Decimal(peak), spend_peak_on=date(2026, 11, 2)
    )
    found, verdict = judge("fraud_review", facts, None)
    assert (found, verdict.reading) == (state, reading)


@pytest.mark.parametrize(
    ("facts", "state", "reading"),
    [
        (Facts(), State.UNKNOWN, "never_imported"),
        (Facts(import_age_days=7), State.UNKNOWN, "import_stale"),
        (Facts(import_age_days=6), State.OK, "spend_low"),
        (replace(FRESH, other_currencies=("EUR",)), State.UNKNOWN, "spend_other_currencies"),
        (
            replace(FRESH, other_currencies=("EUR",), spend_today=Decimal(9500)),
            State.ACT,
            "spend_near_limit",
        ),
        (replace(FRESH, orders_without_cost=3), State.UNKNOWN, "spend_without_cost"),
    ],
)
def test_spending_that_is_not_fully_known_is_never_called_fine(
    facts: Facts, state: State, reading: str
) -> None:
    found, verdict = judge("fraud_review", facts, None)
    assert (found, verdict.reading) == (state, reading)


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
    assert judge("card_check", replace(FRESH, largest_hour=hour, largest_day=day), FINE)[0] == state


@pytest.mark.parametrize(
    ("networks", "state"), [(0, State.OK), (1, State.OK), (2, State.WATCH), (9, State.WATCH)]
)
def test_sign_ins_from_several_networks_are_watched_and_never_more(networks: int, state: State) -> None:
    assert judge("assistant_network", replace(FRESH, networks=networks, people=1), FINE)[0] == state


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
    busy = replace(FRESH, largest_day=150)
    assert judge("card_check", busy, FINE)[0] == State.WATCH
    assert judge("card_check", busy, PROBLEM)[0] == State.ACT
    assert judge("card_check", busy, None)[0] == State.WATCH
    assert judge("card_check", Facts(), FINE)[0] == State.OK


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
