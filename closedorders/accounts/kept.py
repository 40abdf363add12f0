"""What every page of a team shows and only an action changes, kept in this process between two looks.

Each action leaves an audit event, so the team's newest event tells whether anything was done since. What workers do
between two events, what time alone changes, and an action that ends after a later one, show within `KEPT_FOR`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .models import Team

T = TypeVar("T")

KEPT_FOR = timedelta(seconds=10)
_MOST = 5_000
#: (team, name) -> the newest event and the time it was made at, and what was made.
_kept: dict[tuple[int, str], tuple[int, float, Any]] = {}


def kept(team: Team, name: str, make: Callable[[], T]) -> T:
    """`make()`, or what it gave lately, which nobody may change. `name` says all it depends on besides the team.

    Outside a page that is only looked at (`Team.newest_event` is None there) it is always made anew.
    """
    if team.newest_event is None:
        return make()
    found = _kept.get((team.pk, name))
    now = time.monotonic()
    if found and found[0] == team.newest_event and now - found[1] < KEPT_FOR.total_seconds():
        before: T = found[2]  # Made by the same `make`: the name says all it depends on.
        return before
    made = make()
    if len(_kept) >= _MOST:
        _kept.clear()
    _kept[team.pk, name] = (team.newest_event, now, made)
    return made


def forget() -> None:
    """Everything, as in a new process: for who changes the database under it."""
    _kept.clear()
