from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from closedorders.accounts import kept
from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.querysets import MembershipQuerySet
from tests.cast import Cast
from tests.factories import make_team


def enter(member: Membership) -> Team:
    """The team as a page that is looked at has it."""
    found: MembershipQuerySet = Membership.objects.all()
    entered = found.to_enter(member.user, member.team.slug)
    assert entered is not None
    return entered.team


@pytest.fixture
def counting() -> Iterator[int]:
    return iter(range(100))


def test_what_a_page_shows_is_made_once_while_nobody_does_anything(
    cast: Cast, counting: Iterator[int]
) -> None:
    looks = [kept.kept(enter(cast.merchant), "count", lambda: next(counting)) for _ in range(3)]
    assert looks == [0, 0, 0]
    assert kept.kept(enter(cast.merchant), "another", lambda: next(counting)) == 1


def test_it_is_made_anew_as_soon_as_somebody_did_something(cast: Cast, counting: Iterator[int]) -> None:
    before = kept.kept(enter(cast.merchant), "count", lambda: next(counting))
    record(by=cast.assistant, verb="note_written", thing=cast.team)
    assert kept.kept(enter(cast.merchant), "count", lambda: next(counting)) == before + 1


def test_what_another_team_does_changes_nothing(cast: Cast, counting: Iterator[int]) -> None:
    before = kept.kept(enter(cast.merchant), "count", lambda: next(counting))
    record(by=None, verb="note_written", thing=make_team())
    assert kept.kept(enter(cast.merchant), "count", lambda: next(counting)) == before


def test_what_workers_and_time_change_shows_within_seconds(
    cast: Cast, counting: Iterator[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept.kept(enter(cast.merchant), "count", lambda: next(counting))
    later = time.monotonic() + kept.KEPT_FOR.total_seconds() + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert kept.kept(enter(cast.merchant), "count", lambda: next(counting)) == before + 1


def test_outside_a_page_nothing_is_kept(cast: Cast, counting: Iterator[int]) -> None:
    looks = [kept.kept(cast.team, "count", lambda: next(counting)) for _ in range(2)]
    assert looks == [0, 1]
