from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures.models import Closure, Incident
from closedorders.core.money import Total
from closedorders.core.refusals import Refused
from closedorders.incidents.limbo import actions, reads
from closedorders.incidents.limbo.business_days import add_business_days
from closedorders.incidents.models import RefundWindow
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
)

SignIn = Callable[[Membership | None], Client]


def closed(cast: Cast, count: int = 1, **order: Any) -> list[Closure]:
    """So many closed orders of one incident."""
    store = make_store(cast.team)
    bought = [make_supplier_order(cast.team, make_store_order(store), **order) for _ in range(count)]
    incident = make_incident(cast.team, cast.merchant, bought, closed_at=timezone.now() - timedelta(days=90))
    return list(Closure.objects.filter(incident=incident).order_by("pk"))


def of(closures: list[Closure]) -> Any:
    return Closure.objects.filter(pk__in=[closure.pk for closure in closures])


def url(cast: Cast, view: str = "waiting") -> str:
    return reverse("incidents:supplier_refunds", args=[cast.team.slug]) + f"?view={view}"


def test_what_an_order_cost_is_expected_back_and_is_overdue_after_the_window(cast: Cast) -> None:
    closures, today = closed(cast, 2), timezone.localdate()
    window = reads.Window.of(cast.team)
    late = window.overdue_announced_by(today)
    assert (
        actions.expect_supplier_refunds(closures=of(closures[:1]), announced_on=late, by=cast.merchant) == 1
    )
    on_time = late + timedelta(days=1)
    assert actions.expect_supplier_refunds(closures=of(closures), announced_on=on_time, by=cast.merchant) == 1
    assert add_business_days(late, 20) < today <= add_business_days(on_time, 20)
    assert list(reads.overdue(cast.team, window)) == closures[:1]
    assert reads.expected(cast.team).count() == 2
    assert reads.sums(reads.expected(cast.team)) == [Total(Decimal("25.80"), "USD", 2)]
    assert not reads.not_entered(cast.team)


def test_a_shorter_window_makes_what_waits_overdue_at_once(cast: Cast) -> None:
    closures = closed(cast)
    announced = timezone.localdate() - timedelta(days=10)
    actions.expect_supplier_refunds(closures=of(closures), announced_on=announced, by=cast.merchant)
    assert not reads.overdue(cast.team, reads.Window.of(cast.team))
    actions.set_refund_window(team=cast.team, first_day=1, last_day=3, by=cast.merchant)
    assert reads.overdue(cast.team, reads.Window.of(cast.team)).count() == 1
    stored = AuditEvent.objects.get(verb="refund_window_set")
    assert (stored.before, stored.after) == (
        {"first_day": 3, "last_day": 20},
        {"first_day": 1, "last_day": 3},
    )


@pytest.mark.parametrize(("first", "last"), [(5, 3), (0, 0), (3, 91)])
def test_a_window_has_its_days_in_order(cast: Cast, first: int, last: int) -> None:
    with pytest.raises(Refused):
        actions.set_refund_window(team=cast.team, first_day=first, last_day=last, by=cast.merchant)
    assert not RefundWindow.objects.exists()


def test_a_receipt_takes_the_order_off_the_list_and_can_be_taken_back(cast: Cast) -> None:
    closures, today = closed(cast, 3), timezone.localdate()
    actions.expect_supplier_refunds(closures=of(closures[:2]), announced_on=today, by=cast.merchant)
    came = actions.receive_supplier_refunds(closures=of(closures), received_on=today, by=cast.merchant)
    assert came == [closure.pk for closure in closures[:2]], "nothing was expected of the third"
    assert not reads.expected(cast.team)
    assert [each.supplier_refund_received for each in reads.received(cast.team)] == [Decimal("12.90")] * 2
    assert actions.take_back_receipt(closures=of(closures), by=cast.merchant) == 2
    assert reads.expected(cast.team).count() == 2
    event = AuditEvent.objects.get(verb="supplier_refunds_received")
    assert (event.thing, event.after["orders"]) == ("closures.incident", 2)


def test_one_refund_is_changed_by_hand_and_an_old_tab_does_not_replace_it(cast: Cast) -> None:
    (closure,), today = closed(cast), timezone.localdate()
    seen = actions.mark_of_refund(closure)
    enter: dict[str, Any] = {
        "closure": closure,
        "by": cast.merchant,
        "expected": Decimal("12.90"),
        "currency": "USD",
    }
    actions.set_supplier_refund(**enter, announced_on=today, seen=seen)
    with pytest.raises(Refused):
        actions.set_supplier_refund(**enter, announced_on=today, received=Decimal(5), seen=seen)
    actions.set_supplier_refund(**enter, announced_on=today, received=Decimal(5))
    closure.refresh_from_db()
    assert (closure.supplier_refund_received, closure.supplier_refund_received_on) == (Decimal(5), today)
    # Less came than was expected: the rest is still missing on the card.
    (card,) = reads.missing_by_card(cast.team)
    assert card.totals == [Total(Decimal("7.90"), "USD", 1)]
    actions.set_supplier_refund(closure=closure, by=cast.merchant, expected=None, currency="USD")
    closure.refresh_from_db()
    assert (closure.supplier_refund_announced_on, closure.supplier_refund_received_on) == (None, None)
    assert not reads.missing_by_card(cast.team)


@pytest.mark.parametrize(
    "wrong",
    [
        {"expected": Decimal(0)},
        {"currency": ""},
        {"announced_on": date(2999, 1, 1)},
        {"announced_on": date(1999, 1, 1)},
        {"received": Decimal(-1), "received_on": date(2026, 1, 5)},
        {"expected": None, "received": Decimal(5)},
    ],
)
def test_what_cannot_be_is_refused(cast: Cast, wrong: dict[str, Any]) -> None:
    (closure,) = closed(cast)
    values: dict[str, Any] = {
        "expected": Decimal(5),
        "currency": "USD",
        "announced_on": timezone.localdate(),
    } | wrong
    with pytest.raises(Refused):
        actions.set_supplier_refund(closure=closure, by=cast.merchant, **values)
    closure.refresh_from_db()
    assert closure.supplier_refund_announced_on is None


def test_what_is_missing_is_summed_by_card_and_by_account_where_no_card_is_known(cast: Cast) -> None:
    main = make_buyer_account(cast.team, "main")
    for method, cost in [
        ("Visa ****4242", 10),
        ("card ending 4242", 5),
        ("MasterCard 5100-1881", 7),
        ("", 3),
        ("card", 2),
        ("pocket", 1),
    ]:
        order = make_supplier_order(cast.team, cost=Decimal(cost), payment_method=method)
        incident = Incident.objects.filter(buyer_account=main).first()
        if incident is None:
            make_incident(cast.team, cast.merchant, [order], buyer_account=main)
        else:
            Closure.objects.create(
                team=cast.team, supplier_order=order, incident=incident, logged_by=cast.merchant
            )
    actions.expect_supplier_refunds(
        closures=Closure.objects.all(), announced_on=timezone.localdate(), by=cast.merchant
    )
    found = {card.name: [total.amount for total in card.totals] for card in reads.missing_by_card(cast.team)}
    assert found == {
        "Card ending in 4242": [Decimal(15)],
        "Card ending in 1881": [Decimal(7)],
        "Account “main”": [Decimal(5)],
        "AliExpress Pocket · main": [Decimal(1)],
    }


def test_only_a_merchant_of_the_team_writes(cast: Cast, other_cast: Cast) -> None:
    closures, today = closed(cast), timezone.localdate()
    for by in (cast.assistant, cast.reviewer):
        with pytest.raises(Refused):
            actions.expect_supplier_refunds(closures=of(closures), announced_on=today, by=by)
    assert (
        actions.expect_supplier_refunds(closures=of(closures), announced_on=today, by=other_cast.merchant)
        == 0
    )
    assert not reads.expected(cast.team)


def test_a_merchant_expects_and_ticks_in_bulk_on_the_page(cast: Cast, client_of: SignIn) -> None:
    closures, person = closed(cast, 3), client_of(cast.merchant)
    today = timezone.localdate().isoformat()
    ticked = [closure.pk for closure in closures]
    person.post(url(cast, "not_entered"), {"do": "expect", "pk": ticked, "day": today})
    assert "$38.70" in person.get(url(cast)).content.decode()
    said = person.post(url(cast), {"do": "receive", "pk": ticked[:2], "day": today}, follow=True)
    assert "2 refunds are received." in said.content.decode()
    person.post(url(cast, "received"), {"do": "take_back", "pk": ticked[:1]})
    assert reads.expected(cast.team).count() == 2
    said = person.post(url(cast), {"do": "receive", "pk": ticked, "day": "2999-01-01"}, follow=True)
    assert "still to come" in said.content.decode()
    assert reads.expected(cast.team).count() == 2


def test_overdue_refunds_stand_on_today_in_red_until_they_have_come(cast: Cast, client_of: SignIn) -> None:
    closures, person = closed(cast), client_of(cast.merchant)
    today_url = reverse("dashboard:today", args=[cast.team.slug])
    long_ago = timezone.localdate() - timedelta(days=60)
    actions.expect_supplier_refunds(closures=of(closures), announced_on=long_ago, by=cast.merchant)
    for member in (cast.merchant, cast.assistant):
        page = client_of(member).get(today_url).content.decode()
        assert "1 supplier refund has not come in time." in page
    assert "tag-red" in person.get(url(cast, "overdue")).content.decode()
    assert "supplier refund" not in client_of(cast.reviewer).get(today_url).content.decode()
    actions.receive_supplier_refunds(
        closures=of(closures), received_on=timezone.localdate(), by=cast.merchant
    )
    assert "not come in time" not in person.get(today_url).content.decode()


def test_the_list_costs_the_same_queries_for_two_refunds_and_for_forty(cast: Cast, client_of: SignIn) -> None:
    person = client_of(cast.merchant)

    def cost(closures: list[Closure]) -> int:
        actions.expect_supplier_refunds(
            closures=of(closures), announced_on=timezone.localdate(), by=cast.merchant
        )
        person.get(url(cast))
        with CaptureQueriesContext(connection) as queries:
            assert person.get(url(cast)).status_code == 200
        return len(queries)

    assert cost(closed(cast, 2)) == cost(closed(cast, 38))
