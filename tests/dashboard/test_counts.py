"""What Today counts: at every look for most teams, stored for a minute for those with much to count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from closedorders.closures.actions import set_reason
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.dashboard import counts
from closedorders.dashboard.models import KeptCounts
from closedorders.orders.models import StoreOrder
from tests.cast import Cast
from tests.factories import make_incident, make_store, make_store_order, make_supplier_order

SignIn = Callable[..., Client]


@pytest.fixture
def incident(cast: Cast) -> Incident:
    store = make_store(cast.team)
    bought = [
        make_supplier_order(
            cast.team,
            make_store_order(store, total=Decimal("10.50"), currency="EUR", ship_country="ES"),
            cost=Decimal("3.25"),
            currency="USD",
            placed_at=timezone.now() - timedelta(hours=2),
        )
        for _ in range(3)
    ]
    return make_incident(cast.team, cast.merchant, bought)


@pytest.fixture
def much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MANY_CLOSURES", 3)


def test_a_team_with_little_to_count_is_counted_at_every_look(cast: Cast, incident: Incident) -> None:
    assert counts.today_counts(cast.team, [incident]).closed.count == 3
    Closure.objects.filter(incident=incident)[0].delete()
    assert counts.today_counts(cast.team, [incident]).closed.count == 2
    assert not KeptCounts.objects.exists()


@pytest.mark.usefixtures("much")
def test_kept_counts_are_those_that_were_counted_in_one_query(
    cast: Cast, incident: Incident, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fresh = counts.today_counts(cast.team, [incident])
    with django_assert_num_queries(1):
        stored = counts.today_counts(cast.team, [incident])
    assert fresh.counted_at is None
    assert stored.counted_at is not None
    for name in ("incidents", "closed", "value", "sales", "countries", "waiting", "by_day", "facts"):
        assert getattr(stored, name) == getattr(fresh, name), name
    assert (stored.closed.count, stored.sales, stored.value[0].amount) == (3, 3, Decimal("31.5"))


@pytest.mark.usefixtures("much")
def test_after_whatever_a_person_does_it_is_counted_anew(cast: Cast, incident: Incident) -> None:
    before = counts.today_counts(cast.team, [incident])
    reason = ClosureReason.objects.get(team=None, code="travel")
    set_reason(closures=Closure.objects.filter(incident=incident)[:1], reason=reason, by=cast.merchant)
    after = counts.today_counts(cast.team, [incident])
    assert after.counted_at is None
    assert after.incidents[incident.pk].without_reason != before.incidents[incident.pk].without_reason


@pytest.mark.usefixtures("much")
def test_what_workers_did_is_counted_after_a_minute_at_most(cast: Cast, incident: Incident) -> None:
    assert counts.today_counts(cast.team, [incident]).waiting.count == 3
    StoreOrder.objects.update(financial_status="refunded")
    assert counts.today_counts(cast.team, [incident]).waiting.count == 3
    KeptCounts.objects.update(counted_at=timezone.now() - counts.MAX_AGE)
    assert counts.today_counts(cast.team, [incident]).waiting.count == 0


@pytest.mark.usefixtures("much")
def test_kept_counts_go_when_there_is_little_to_count_again(cast: Cast, incident: Incident) -> None:
    counts.today_counts(cast.team, [incident])
    Closure.objects.filter(incident=incident)[0].delete()
    KeptCounts.objects.update(counted_at=timezone.now() - counts.MAX_AGE)
    assert counts.today_counts(cast.team, [incident]).closed.count == 2
    assert not KeptCounts.objects.exists()


@pytest.mark.usefixtures("much")
def test_the_page_says_when_it_was_counted(cast: Cast, incident: Incident, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    path = f"/t/{cast.team.slug}/"
    assert "Counted" not in client.get(path).content.decode()
    assert "Counted" in client.get(path).content.decode()
