from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts import team_cache
from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.querysets import MembershipQuerySet
from tests.cast import Cast
from tests.factories import (
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    make_team,
    reason,
)


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
    looks = [team_cache.team_cached(enter(cast.merchant), "count", lambda: next(counting)) for _ in range(3)]
    assert looks == [0, 0, 0]
    assert team_cache.team_cached(enter(cast.merchant), "another", lambda: next(counting)) == 1


def test_it_is_made_anew_as_soon_as_somebody_did_something(cast: Cast, counting: Iterator[int]) -> None:
    before = team_cache.team_cached(enter(cast.merchant), "count", lambda: next(counting))
    record(by=cast.assistant, verb="note_written", thing=cast.team)
    assert team_cache.team_cached(enter(cast.merchant), "count", lambda: next(counting)) == before + 1


def test_what_another_team_does_changes_nothing(cast: Cast, counting: Iterator[int]) -> None:
    before = team_cache.team_cached(enter(cast.merchant), "count", lambda: next(counting))
    record(by=None, verb="note_written", thing=make_team())
    assert team_cache.team_cached(enter(cast.merchant), "count", lambda: next(counting)) == before


def test_what_workers_and_time_change_shows_within_seconds(
    cast: Cast, counting: Iterator[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = team_cache.team_cached(enter(cast.merchant), "count", lambda: next(counting))
    later = time.monotonic() + team_cache.MAX_AGE.total_seconds() + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert team_cache.team_cached(enter(cast.merchant), "count", lambda: next(counting)) == before + 1


def test_outside_a_page_nothing_is_kept(cast: Cast, counting: Iterator[int]) -> None:
    looks = [team_cache.team_cached(cast.team, "count", lambda: next(counting)) for _ in range(2)]
    assert looks == [0, 1]


def test_nobody_is_shown_the_navigation_kept_for_another_role_or_language(
    cast: Cast, client_of: Callable[[Membership | None], Client]
) -> None:
    page = reverse("dashboard:today", args=[cast.team.slug])
    orders, people = (reverse(name, args=[cast.team.slug]) for name in ("orders:orders", "team:people"))
    browser = client_of(cast.merchant)
    merchants = browser.get(page).text
    cast.merchant.user.language = "es"
    cast.merchant.user.save()
    assert ("Orders</a>" in merchants, "Pedidos</a>" in browser.get(page).text) == (True, True)
    reviewers = client_of(cast.reviewer).get(page).text
    assert "Pedidos</a>" not in reviewers
    for link in (orders, people):
        assert (f'class="nav-link" href="{link}"' in merchants, f'href="{link}"' in reviewers) == (
            True,
            False,
        )


def test_the_answer_to_a_form_counts_what_was_done_while_it_was_written(
    cast: Cast, client_of: Callable[[Membership | None], Client]
) -> None:
    store = make_store(cast.team)
    browser = client_of(cast.merchant)
    address = reverse("orders:order_promise", args=[cast.team.slug, make_store_order(store).pk])
    browser.get(reverse("dashboard:today", args=[cast.team.slug]))
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team)], reason=reason())
    answer = browser.post(address, {"promised_by": "no day"})
    assert answer.status_code == 422
    assert re.search(r'Closures<span class="nav-count">1</span>', answer.text)
