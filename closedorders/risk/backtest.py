"""What a threshold would have done in the past: when it fires, what it warned of, how often for nothing. No Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

#: A firing this many days or fewer before an account's first closure warned of it. Ours: two weeks is time to act.
WARNS_DAYS = 14
#: Firings with fewer quiet days between them are one alarm: nobody is told twice in a week.
SAME_ALARM_DAYS = 7
MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Incident:
    """A real one: its number, its account, the day of its first closure."""

    number: int
    account: int | None
    day: date


@dataclass(frozen=True, slots=True)
class Warned:
    """An incident and the first day that warned of it; None where none did."""

    incident: Incident
    on: date | None

    @property
    def days_before(self) -> int | None:
        return (self.incident.day - self.on).days if self.on is not None else None


@dataclass(frozen=True, slots=True)
class Backtest:
    """`values`: the largest of any account on each of the `days`. `fired`: the days of them that reach the threshold.
    `alarms`: of all accounts; `false_alarms`: those of them that no closure of the account followed within 14 days,
    once these are over.
    """

    days: Sequence[date]
    values: Sequence[float]
    threshold: int
    fired: Sequence[date]
    warned: Sequence[Warned]
    alarms: int
    false_alarms: int

    @property
    def false_a_month(self) -> float:
        return self.false_alarms * MONTH_DAYS / max(len(self.days), 1)


def run(
    days: Sequence[date],
    values: Mapping[int | None, Mapping[date, Decimal | int]],
    incidents: Sequence[Incident],
    threshold: int,
) -> Backtest:
    """Try a threshold on the daily values of each account, over `days` without a gap, oldest first."""
    fired_of = {
        account: sorted(day for day, value in by_day.items() if value >= threshold)
        for account, by_day in values.items()
    }
    largest = [float(max((by_day.get(day, 0) for by_day in values.values()), default=0)) for day in days]
    warned = [
        Warned(incident, _first_warning(fired_of.get(incident.account, ()), incident))
        for incident in incidents
    ]
    alarms = [(account, alarm) for account, fired in fired_of.items() for alarm in _alarms(fired)]
    false = sum(
        alarm[1] + timedelta(days=WARNS_DAYS) < days[-1] and not _followed(account, alarm, incidents)
        for account, alarm in alarms
    )
    fired = sorted({day for each in fired_of.values() for day in each})
    return Backtest(days, largest, threshold, fired, warned, len(alarms), false)


def _first_warning(fired: Sequence[date], incident: Incident) -> date | None:
    earliest = incident.day - timedelta(days=WARNS_DAYS)
    return next((day for day in fired if earliest <= day <= incident.day), None)


def _alarms(fired: Sequence[date]) -> list[tuple[date, date]]:
    """First and last day of each run of firings."""
    found: list[tuple[date, date]] = []
    for day in fired:
        if found and (day - found[-1][1]).days <= SAME_ALARM_DAYS:
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found


def _followed(account: int | None, alarm: tuple[date, date], incidents: Sequence[Incident]) -> bool:
    first, last = alarm
    return any(
        incident.account == account and first <= incident.day <= last + timedelta(days=WARNS_DAYS)
        for incident in incidents
    )
