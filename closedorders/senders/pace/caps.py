"""How many mails of a store leave within an hour and a day: reserved before they do, exact for any number of workers.

The hour begins with the first mail that is reserved in it and ends 60 minutes later, the day 24 hours later. What a
worker reserved and did not send is given back; what a killed one reserved counts as sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F
from django.utils import timezone

from ..models import SendingRules

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT_ONCE = 10
"""How many a worker reserves at a time; so many of an hour are lost with a worker that is killed."""
UNLIMITED_AT_ONCE = 40
"""After so many mails a worker looks whether its store has got a cap meanwhile."""


class Counted(NamedTuple):
    """What is left of the present hour and day, and since when these run. None: there is no such cap."""

    hour_left: int | None
    hour_began: datetime
    hour_used: int
    day_left: int | None
    day_began: datetime
    day_used: int

    @property
    def left(self) -> int | None:
        left = [each for each in (self.hour_left, self.day_left) if each is not None]
        return max(0, min(left)) if left else None


def count_now(rules: SendingRules, now: datetime) -> Counted:
    """The counters of a store as they are at `now`: those of an hour or a day that is over begin anew."""
    hour_began, hour_used = rules.hour_began, rules.hour_used
    if hour_began is None or hour_began + HOUR <= now:
        hour_began, hour_used = now, 0
    day_began, day_used = rules.day_began, rules.day_used
    if day_began is None or day_began + DAY <= now:
        day_began, day_used = now, 0
    return Counted(
        None if rules.hourly_cap is None else rules.hourly_cap - hour_used,
        hour_began,
        hour_used,
        None if rules.daily_cap is None else rules.daily_cap - day_used,
        day_began,
        day_used,
    )


class Reserved(NamedTuple):
    """So many mails may leave until `ends`, counted in the hour and the day that began then. `pk` None: no cap."""

    number: int
    ends: datetime
    pk: int | None = None
    hour_began: datetime | None = None
    day_began: datetime | None = None


def reserve(store_id: int) -> Reserved:
    """Count some mails as sent before they are; of none where a cap is reached. Committed when this returns."""
    while True:
        now = timezone.now()
        rules = SendingRules.objects.filter(store=store_id).first()
        counted = None if rules is None else count_now(rules, now)
        if rules is None or counted is None or counted.left is None:
            return Reserved(UNLIMITED_AT_ONCE, now + HOUR)
        number = min(AT_ONCE, counted.left)
        ends = min(counted.hour_began + HOUR, counted.day_began + DAY)
        reserved = Reserved(number, ends, rules.pk, counted.hour_began, counted.day_began)
        # Only on the counters that were read: where another worker was quicker, they are read again.
        as_read = {name: getattr(rules, name) for name in _COUNTERS}
        if number == 0 or SendingRules.objects.filter(pk=rules.pk, **as_read).update(
            hour_began=counted.hour_began,
            hour_used=counted.hour_used + number,
            day_began=counted.day_began,
            day_used=counted.day_used + number,
        ):
            return reserved


_COUNTERS = ("hour_began", "hour_used", "day_began", "day_used", "hourly_cap", "daily_cap")


def give_back(reserved: Reserved, number: int) -> None:
    """Of what was reserved, so many did not leave. Of an hour or a day that is over nothing is given back."""
    if reserved.pk is None or not number:
        return
    rules = SendingRules.objects.filter(pk=reserved.pk)
    rules.filter(hour_began=reserved.hour_began).update(hour_used=F("hour_used") - number)
    rules.filter(day_began=reserved.day_began).update(day_used=F("day_used") - number)


class Allowance:
    """What one worker may send for a store. `take` before each mail, `put_back` where it did not leave."""

    def __init__(self, store_id: int) -> None:
        self._store_id = store_id
        self._reserved: Reserved | None = None
        self._left = 0

    def take(self) -> bool:
        """Whether one more mail may leave now."""
        if self._reserved is None or not self._left or timezone.now() >= self._reserved.ends:
            self._reserved = reserve(self._store_id)
            self._left = self._reserved.number
        if not self._left:
            return False
        self._left -= 1
        return True

    def put_back(self) -> None:
        self._left += 1

    def close(self) -> None:
        """Give back what is left."""
        if self._reserved is not None:
            give_back(self._reserved, self._left)
        self._reserved, self._left = None, 0


class Cap(NamedTuple):
    """A cap that is reached: until when, and whether it is that of the day."""

    until: datetime
    of_day: bool


def reached(store_id: int) -> Cap | None:
    """The cap for which no mail of the store leaves now; None where some may."""
    now = timezone.now()
    rules = SendingRules.objects.filter(store=store_id).first()
    counted = None if rules is None else count_now(rules, now)
    if counted is None:
        return None
    if counted.day_left is not None and counted.day_left <= 0:
        return Cap(counted.day_began + DAY, of_day=True)
    if counted.hour_left is not None and counted.hour_left <= 0:
        return Cap(counted.hour_began + HOUR, of_day=False)
    return None
