from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from closedorders.risk.backtest import Backtest, Incident, run

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=place) for place in range(90)]


def day(place: int) -> date:
    return DAYS[place]


def tried(values: dict[int, int], *incidents: tuple[int, int], threshold: int = 100) -> Backtest:
    """`values` of account 1 by place of the day; incidents as (account, place)."""
    of_account = {day(place): Decimal(value) for place, value in values.items()}
    found = [
        Incident(number, account, day(place)) for number, (account, place) in enumerate(incidents, start=1)
    ]
    return run(DAYS, {1: of_account, 2: {day(0): 1}}, found, threshold)


def test_it_fires_on_the_days_that_reach_the_threshold() -> None:
    found = tried({3: 99, 4: 100, 50: 101})
    assert found.fired == [day(4), day(50)]
    assert found.values[3:5] == [99.0, 100.0]
    assert (found.alarms, found.false_alarms) == (2, 2)
    assert found.false_a_month == 2 / 3


def test_an_incident_was_warned_of_by_its_own_account_within_two_weeks() -> None:
    found = tried({20: 100, 22: 100}, (1, 23), (2, 23), (1, 60))
    assert [warned.days_before for warned in found.warned] == [3, None, None]
    assert found.false_alarms == 0


def test_a_warning_is_two_weeks_old_at_most_and_may_come_on_the_day_itself() -> None:
    assert [each.days_before for each in tried({10: 100}, (1, 24)).warned] == [14]
    assert [each.days_before for each in tried({10: 100}, (1, 25)).warned] == [None]
    assert [each.days_before for each in tried({10: 100}, (1, 10)).warned] == [0]
    assert [each.days_before for each in tried({10: 100}, (1, 9)).warned] == [None]


def test_firings_within_a_week_are_one_alarm() -> None:
    assert tried({10: 100, 17: 100, 24: 100}).alarms == 1
    assert tried({10: 100, 18: 100}).alarms == 2


def test_an_alarm_is_not_called_false_before_its_two_weeks_are_over() -> None:
    assert tried({74: 100}).false_alarms == 1
    assert (tried({75: 100}).alarms, tried({75: 100}).false_alarms) == (1, 0)
    assert tried({70: 100, 75: 100}).false_alarms == 0
