"""The timeline of an order as a whole: its order, its pages, who reads what in it, and its cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.audit import record
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases.actions import open_case
from closedorders.closures.models import Closure
from closedorders.imports.models import ImportChange
from closedorders.orders.actions.notes import add_comment
from closedorders.orders.actions.orders import promise_order_by
from closedorders.orders.models import Store, StoreOrder
from closedorders.orders.timeline_events import PAGE, Place
from closedorders.outreach.models import DiscountCode, Kind, Message, Refund
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_incident,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import text
from tests.orders.page.order_pages import make_import, page_url, titles
from tests.outreach.scenes import make_scene, sending

ClientOf = Callable[[Membership | None], Client]


def test_show_older_leads_to_the_page_from_the_answer_to_a_mistaken_form_too(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    for number in range(PAGE + 1):
        add_comment(order=order, text=f"Comment {number}.", by=cast.merchant)
    browser = client_of(cast.merchant)
    mistaken = reverse("orders:order_comments", args=[cast.team.slug, order.pk])
    answer = browser.post(mistaken, {"text": ""})
    assert answer.status_code == 422
    link = re.search(r'href="([^"]*[?]older=[^"#]+)#timeline"', text(answer))
    assert link
    older = browser.get(urljoin(mistaken, link[1]))
    assert older.status_code == 200
    back = re.search(r'href="([^"]*)#timeline">Show the newest', text(older))
    assert back
    assert urljoin(mistaken, back[1]) == page_url(order)


def test_the_timeline_tells_of_everything_linked_newest_first(cast: Cast, client_of: ClientOf) -> None:
    scene = make_scene(cast.merchant, people=1)
    sending(scene)
    Message.objects.update(state="sent", settled_at=timezone.now())
    order = scene.customers[0].orders.get()
    add_comment(order=order, text="Called her.", by=cast.assistant)
    answer = client_of(cast.assistant).get(page_url(order))
    assert {
        "Comment",
        "Mail to the customer",
        "Closed by AliExpress",
        "Ordered at AliExpress",
        "Placed in the store",
    } <= set(titles(answer))
    assert titles(answer)[0] == "Comment"
    moments = [event["at"] for event in answer.context["timeline"].events]
    assert moments == sorted(moments, reverse=True)


def test_older_events_are_pages_that_miss_and_repeat_nothing(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    at = timezone.now()
    for number in range(70):
        add_comment(order=order, text=f"Comment {number}.", by=cast.merchant)
        promise_order_by(order=order, day=timezone.localdate() + timedelta(days=number), by=cast.merchant)
    # All of one moment: the place of an event is more than its moment.
    order.comments.update(created_at=at)
    browser = client_of(cast.merchant)
    url, seen, sizes = page_url(order), [], []
    for _page in range(10):
        answer = browser.get(url)
        timeline = answer.context["timeline"]
        seen += [event["place"] for event in timeline.events]
        sizes.append(len(timeline.events))
        if not timeline.older:
            break
        link = re.search(r'href="([^"#]+[?]older=[^"#]+)#timeline"', text(answer))
        assert link
        url = link[1]
    trail = AuditEvent.objects.filter(verb="order_promised").count()
    assert sizes[:-1] == [PAGE] * (len(sizes) - 1)
    assert len(sizes) == 3
    assert len(seen) == len(set(seen)) == 70 + trail + 2
    assert seen == sorted(seen, reverse=True)
    assert "Show older" not in text(answer)
    assert "Show the newest" in text(answer)


@pytest.mark.parametrize(
    "place", ["x", "_", "2026-01-01T00:00:00_1_1", "9999-12-31T23:59:59-23:00_1_1", "__", "²_1_1", "1" * 30]
)
def test_a_place_that_is_none_begins_with_the_newest(
    cast: Cast, store: Store, client_of: ClientOf, place: str
) -> None:
    order = make_store_order(store)
    answer = client_of(cast.merchant).get(page_url(order), {"older": place})
    assert answer.status_code == 200
    assert "Placed in the store" in titles(answer)
    assert Place.read(place) is None


def test_an_assistant_reads_no_whole_address_in_the_timeline(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, make_customer(store, email="ana.ruiz@example.com"))
    add_comment(order=order, text="She writes from ana.ruiz@example.com now", by=cast.merchant)
    record(
        by=cast.merchant,
        verb="order_changed_by_import",
        thing=order,
        before={"tags": ""},
        after={"tags": "x" * 180 + " ana.ruiz@example.com"},
    )
    assert "ana.ruiz" in text(client_of(cast.merchant).get(page_url(order)))
    assert "ana.ruiz" not in text(client_of(cast.assistant).get(page_url(order)))


def test_another_teams_trail_never_shows(
    cast: Cast, other_cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    record(by=other_cast.merchant, verb="order_promised", thing=order, team=other_cast.team)
    assert "Changed the promised date" not in titles(client_of(cast.merchant).get(page_url(order)))


def test_the_page_costs_the_same_queries_for_two_and_for_fifty_of_everything(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    def order_with(count: int) -> StoreOrder:
        order = make_store_order(store)
        source = make_import(cast, store)
        for number in range(count):
            bought = make_supplier_order(cast.team, order, came_with=source)
            make_supplier_order(cast.team, order, replaces=bought)
            incident = make_incident(cast.team, cast.merchant, [bought], reason=reason())
            open_case(incident=incident, by=cast.merchant)
            Closure.objects.filter(incident=incident).update(
                reopened_at=timezone.now(), outcome_by=cast.assistant
            )
            closure = Closure.objects.get(incident=incident)
            record(by=cast.assistant, verb="closure_reason_set", thing=closure, after={"reason": "own"})
            campaign_fields: dict[str, Any] = {"team": cast.team, "incident": incident}
            campaign = campaign_of(incident)
            message = Message.objects.create(
                campaign=campaign,
                kind=Kind.HOLDING,
                customer=order.customer,
                recipient="x@example.com",
                language="en",
                subject="x",
                body="x",
                message_id=f"<{order.pk}.{number}@example.com>",
                **campaign_fields,
            )
            message.closures.set(incident.closures.all())
            refund = Refund.objects.create(
                campaign=campaign,
                store_order=order,
                amount=Decimal(1),
                currency="EUR",
                percent=10,
                **campaign_fields,
            )
            record(by=cast.assistant, verb="refund_issued", thing=refund, after={"state": "issued"})
            DiscountCode.objects.create(
                store=store,
                campaign=campaign,
                incident=incident,
                customer=order.customer,
                code=f"C{order.pk}-{number}",
                percent=10,
                loaded_at=timezone.now(),
                loaded_by=cast.assistant,
            )
            add_comment(order=order, text=f"Comment {number}.", by=cast.merchant)
            order.files.create(
                by=cast.merchant, name="x.png", size=1, content_type="image/png", for_assistants=True
            )
            ImportChange.objects.create(
                source=source, thing="store_order", thing_id=order.pk, after={"total": "1"}
            )
        return order

    def campaign_of(incident: Any) -> Any:
        return incident.campaigns.create(
            team=cast.team, store=store, kind=Kind.HOLDING, created_by=cast.merchant
        )

    for who in (cast.merchant, cast.assistant):
        browser = client_of(who)
        browser.get(page_url(make_store_order(store)))
        costs = []
        for count in (2, 50):
            order = order_with(count)
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(page_url(order)).status_code == 200
            costs.append(len(queries))
        assert costs[0] == costs[1]
        assert costs[0] < 45
