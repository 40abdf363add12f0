"""Per-process cache of a team, invalidated by the team's newest audit event; at most 10 seconds old.

For what every page of a team shows and an action changes: each action leaves an audit event. What workers do between
two events, what time alone changes, and an action that ends after a later one, show within `MAX_AGE`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .models import Team

T = TypeVar("T")

MAX_AGE = timedelta(seconds=10)
_MOST_ENTRIES = 5_000
#: (team, name) -> the newest event then, the time, and what was made.
_cache: dict[tuple[int, str], tuple[int, float, Any]] = {}


def team_cached(team: Team, name: str, make: Callable[[], T]) -> T:
    """`make()`, or its earlier result, which nobody may change. `name` names all it depends on besides the team.

    Outside a page that only reads (`Team.newest_event` is None there) it is always made anew.
    """
    if team.newest_event is None:
        return make()
    found = _cache.get((team.pk, name))
    now = time.monotonic()
    if found and found[0] == team.newest_event and now - found[1] < MAX_AGE.total_seconds():
        before: T = found[2]  # Made by the same `make`: the name names all it depends on.
        return before
    made = make()
    if len(_cache) >= _MOST_ENTRIES:
        _cache.clear()
    _cache[team.pk, name] = (team.newest_event, now, made)
    return made


def clear_cache() -> None:
    """Empty the cache, as in a new process: for tests, which change the database under it."""
    _cache.clear()
