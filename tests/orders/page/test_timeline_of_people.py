"""What people did to an order, as the timeline of its page shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from closedorders.accounts.models import Membership
from closedorders.closures.actions import add_reason, reopen_closure, set_reason
from closedorders.closures.models import Closure
from closedorders.orders.actions.orders import promise_order_by
from closedorders.orders.bulk.actions import apply_bulk_edit
from closedorders.orders.bulk.plan import VERBS
from closedorders.orders.models import Store, StoreOrder
from closedorders.outreach import actions as outreach
from closedorders.outreach.models import DiscountCode, Kind, Refund
from tests.cast import Cast
from tests.factories import (
    make_incident,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import text
from tests.orders.page.order_pages import page_url, titles
from tests.outreach.scenes import draft, make_ready, make_scene

ClientOf = Callable[[Membership | None], Client]


def test_what_a_person_changed_stands_there_with_old_and_new(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    today = timezone.localdate()
    promise_order_by(order=order, day=today, by=cast.assistant)
    promise_order_by(order=order, day=today + timedelta(days=1), by=cast.merchant)
    answer = client_of(cast.merchant).get(page_url(order))
    newest, first = answer.context["timeline"].events[:2]
    assert titles(answer)[:2] == ["Changed the promised date"] * 2
    days = [date_format(today), date_format(today + timedelta(days=1))]
    assert (first["text"], first["who"]) == (f"Promised by: – → {days[0]}", str(cast.assistant.user))
    assert (newest["text"], newest["who"]) == (
        f"Promised by: {days[0]} → {days[1]}",
        str(cast.merchant.user),
    )


def test_a_reopened_closure_says_who_noted_it(cast: Cast, store: Store, client_of: ClientOf) -> None:
    order = make_store_order(store)
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, order)])
    reopen_closure(closure=Closure.objects.get(), by=cast.assistant)
    bought = order.supplier_orders.get()
    for address in (page_url(order), bought.get_absolute_url()):
        events = client_of(cast.merchant).get(address).context["timeline"].events
        (reopened,) = [event for event in events if event["title"] == "Reopened by AliExpress"]
        assert reopened["who"] == str(cast.assistant.user)


def test_a_closure_that_was_logged_on_a_later_day_says_when_and_by_whom(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    cast.team.time_zone = "Europe/Madrid"
    cast.team.save()
    order = make_store_order(store)
    make_incident(cast.team, cast.assistant, [make_supplier_order(cast.team, order)], reason=reason())

    def closed(closed_at: datetime, logged_at: datetime) -> dict[str, Any]:
        Closure.objects.update(closed_at=closed_at, logged_at=logged_at)
        events = client_of(cast.merchant).get(page_url(order)).context["timeline"].events
        return next(event for event in events if event["title"] == "Closed by AliExpress")

    evening = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)
    late = closed(evening, evening + timedelta(hours=1))
    assert late["text"].endswith(f"\nLogged by {cast.assistant.user} on 3 Nov 2026")
    assert late["who"] == ""
    # Another day in UTC, and the same one in Madrid.
    same_day = closed(datetime(2026, 11, 2, 23, 30, tzinfo=UTC), datetime(2026, 11, 3, 12, tzinfo=UTC))
    assert "Logged by" not in same_day["text"]
    assert same_day["who"] == str(cast.assistant.user)


def test_each_move_of_an_orders_refund_is_told_with_who_and_never_with_the_amount(
    cast: Cast, client_of: ClientOf
) -> None:
    scene = make_scene(cast.merchant, people=2)
    campaign = make_ready(draft(scene, Kind.RESOLUTION), cast.merchant)
    order, other = (customer.orders.get() for customer in scene.customers)
    mine = Refund.objects.filter(store_order=order)
    outreach.issue_refunds(refunds=mine, by=cast.merchant)
    outreach.reopen_refunds(refunds=mine, by=cast.merchant)
    outreach.drop_refunds(refunds=mine, by=cast.merchant)

    def told(of: StoreOrder, by: Membership) -> list[tuple[str, str, str]]:
        events = client_of(by).get(page_url(of)).context["timeline"].events
        return [
            (event["title"], event["text"], event["who"]) for event in events if "refund" in event["title"]
        ][::-1]

    who = str(cast.merchant.user)
    proposed = ("Proposed a refund", "State: Proposed", who)
    approved = ("Approved a refund", "State: Proposed → To refund", who)
    for by in (cast.merchant, cast.assistant):
        assert told(order, by) == [
            proposed,
            approved,
            ("Noted a refund as refunded", "State: To refund → Paid back", who),
            ("Approved a refund", "State: Paid back → To refund", who),
            ("Dropped a refund", "State: To refund → Dropped", who),
        ]
        assert told(other, by) == [proposed, approved]
    # Another offer proposes it anew, and none at all drops it.
    for percent in (20, 30, 0):
        outreach.change_offer(campaign=campaign, by=cast.merchant, refund_percent=percent)
        outreach.prepare(campaign=campaign, by=cast.merchant)
    assert told(other, cast.assistant)[2:] == [
        ("Proposed a refund", "State: To refund → Proposed", who),
        proposed,
        ("Dropped a refund", "State: Proposed → Dropped", who),
    ]


def test_the_discount_code_is_told_when_it_is_made_and_when_the_shop_has_it(
    cast: Cast, client_of: ClientOf
) -> None:
    scene = make_scene(cast.merchant, people=1)
    make_ready(draft(scene, Kind.RESOLUTION), cast.merchant)
    order, code = scene.customers[0].orders.get(), DiscountCode.objects.get()
    for by, words in (
        (cast.merchant, f"{code.code} · {code.percent} %"),
        (cast.assistant, ""),
    ):
        events = {
            event["title"]: event for event in client_of(by).get(page_url(order)).context["timeline"].events
        }
        assert events["Made a discount code"]["text"] == words
        assert events["The discount code is in the shop"]["text"] == words
        assert events["The discount code is in the shop"]["who"] == str(cast.merchant.user)


def test_a_reason_of_the_teams_own_is_told_by_its_name(cast: Cast, store: Store, client_of: ClientOf) -> None:
    own = add_reason(team=cast.team, name="Parcel lost at sea", by=cast.merchant)
    order = make_store_order(store)
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, order)], reason=own)
    set_reason(closures=Closure.objects.all(), reason=None, by=cast.assistant)
    page = text(client_of(cast.assistant).get(page_url(order)))
    assert "Reason: Parcel lost at sea → –" in page
    assert own.code not in page


def test_a_change_of_many_orders_stands_in_the_timeline_of_each(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    orders = [make_store_order(store), make_store_order(store)]
    apply_bulk_edit(
        team=cast.team,
        verb=VERBS["promise"],
        order_ids=[order.pk for order in orders],
        params={"promised_by": timezone.localdate().isoformat()},
        key="one",
        by=cast.assistant,
    )
    for order in orders:
        event = client_of(cast.merchant).get(page_url(order)).context["timeline"].events[0]
        assert event["title"] == "Changed the promised date"
        assert event["text"].startswith("Promised by: – → ")
        assert event["who"] == str(cast.assistant.user)
