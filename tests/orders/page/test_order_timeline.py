"""What happened to an order, as its page tells it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from closedorders.accounts.audit import record
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases.actions import open_case
from closedorders.closures.actions import add_reason, reopen_closure, set_reason
from closedorders.closures.models import Closure
from closedorders.imports.actions import undo_import
from closedorders.imports.models import ImportChange
from closedorders.imports.undo import undo_file
from closedorders.orders.actions.notes import add_comment
from closedorders.orders.actions.orders import promise_order_by
from closedorders.orders.bulk.actions import apply_bulk_edit
from closedorders.orders.bulk.plan import VERBS
from closedorders.orders.models import Store, StoreOrder
from closedorders.orders.timeline import PAGE, Place
from closedorders.outreach import actions as outreach
from closedorders.outreach.models import DiscountCode, Kind, Message, Refund
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import ali_row, csv_file, import_file, preview, save, shopify_row, text
from tests.orders.page.order_pages import make_import, name_person, page_url, titles
from tests.outreach.scenes import draft, make_ready, make_scene, sending

ClientOf = Callable[[Membership | None], Client]


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team)


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
    approved = ("Put a refund on the worklist", "State: Proposed → On the worklist", who)
    for by in (cast.merchant, cast.assistant):
        assert told(order, by) == [
            proposed,
            approved,
            ("Noted a refund as issued", "State: On the worklist → Issued", who),
            ("Put a refund on the worklist", "State: Issued → On the worklist", who),
            ("Dropped a refund", "State: On the worklist → Dropped", who),
        ]
        assert told(other, by) == [proposed, approved]
    # Another offer proposes it anew, and none at all drops it.
    for percent in (20, 30, 0):
        outreach.change_offer(campaign=campaign, by=cast.merchant, refund_percent=percent)
        outreach.prepare(campaign=campaign, by=cast.merchant)
    assert told(other, cast.assistant)[2:] == [
        ("Proposed a refund", "State: On the worklist → Proposed", who),
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


def test_what_an_import_changed_stands_there_once_with_old_and_new_file_and_line(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    source = make_import(cast, store, "october.csv", created_at=timezone.now() - timedelta(minutes=1))
    source.finished_at = timezone.now() + timedelta(minutes=1)
    source.save()
    change: dict[str, Any] = {"before": {"total": "45.00"}, "after": {"total": "40.00", "came_on_line": 3}}
    record(by=cast.merchant, verb="order_changed_by_import", thing=order, **change)
    ImportChange.objects.create(source=source, thing="store_order", thing_id=order.pk, line=7, **change)
    ImportChange.objects.create(
        source=source,
        thing="customer",
        thing_id=order.customer.pk,
        line=7,
        before={"email": "old.address@example.com"},
        after={"email": "new.address@example.com"},
    )
    answer = client_of(cast.merchant).get(page_url(order))
    page = text(answer)
    assert titles(answer).count("Changed by an import") == 2
    assert "An import changed the order" not in titles(answer)
    assert "Total: 45.00 → 40.00\noctober.csv, line 7" in page
    assert "new.address@example.com" in page
    assert "address@" not in text(client_of(cast.assistant).get(page_url(order)))


def test_what_real_imports_did_is_told_in_words(cast: Cast, store: Store, client_of: ClientOf) -> None:
    number = "8201447122035519"
    import_file(csv_file([shopify_row()]), store=store, by=cast.assistant)
    import_file(
        csv_file(
            [
                shopify_row(
                    Financial_Status="refunded",
                    Total="26.10",
                    Lineitem_quantity="3",
                    Lineitem_name="Other lamp",
                    Phone="600 000 000",
                )
            ]
        ),
        store=store,
        by=cast.assistant,
    )
    import_file(csv_file([ali_row(Order_ID=number)]), store=store, by=cast.assistant)
    import_file(csv_file([{"Order": "#1001", "AliExpress order": number}]), store=store, by=cast.assistant)
    order = StoreOrder.objects.get()
    assert order.supplier_orders.get().number == number
    answer = client_of(cast.assistant).get(page_url(order))
    page = text(answer)
    for words in (
        "Payment: Paid → Refunded",
        "Total: 25.00 → 26.10",
        "Products: 1 × Lamp → 3 × Other lamp",
        "Store order: – → #1001",
        "o.csv, line 2",
    ):
        assert words in page
    assert "An import changed the order" not in titles(answer)
    assert titles(answer).count("Came in with an import") == 2


def test_another_supplier_another_customer_and_an_undo_are_told_by_their_names(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    number = "8201447122035519"
    name_person(cast.merchant, "Mia Undoes")
    import_file(csv_file([shopify_row(Email="ana.ruiz@example.com")]), store=store, by=cast.assistant)
    import_file(csv_file([{"Order": "#1001", "AliExpress order": number}]), store=store, by=cast.assistant)
    for seller in ("Lamp House", "Light Hall"):
        import_file(csv_file([ali_row(Order_ID=number, Store=seller)]), store=store, by=cast.assistant)
    moved = import_file(
        csv_file([shopify_row(Email="bo.lund$=@example.net")]), store=store, by=cast.assistant
    )
    order = StoreOrder.objects.get()
    page = unescape(text(client_of(cast.merchant).get(page_url(order))))
    assert "Supplier: Lamp House → Light Hall" in page
    assert "Customer's e-mail: ana.ruiz@example.com → bo.lund$=@example.net" in page
    masked = text(client_of(cast.assistant).get(page_url(order)))
    assert "ana.ruiz@" not in masked
    assert "bo.lund$" not in masked
    undo_import(source=moved, by=cast.merchant)
    undo_file(moved.pk)
    page = unescape(text(client_of(cast.merchant).get(page_url(order))))
    assert "Customer's e-mail: ana.ruiz@example.com → one that is gone" in page
    assert "Taken back by Mia Undoes on " in page


def test_who_had_a_file_saved_stands_beside_what_came_with_it_and_not_who_uploaded_it(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    name_person(cast.assistant, "Ines Uploads")
    name_person(cast.merchant, "Mia Saves")
    for total in ("25.00", "26.00"):
        save(preview(csv_file([shopify_row(Total=total)]), store=store, by=cast.assistant), by=cast.merchant)
    page = text(client_of(cast.assistant).get(page_url(StoreOrder.objects.get())))
    timeline = page[page.index("Changed by an import") :]
    assert timeline.count("Mia Saves") == 2
    assert "Ines Uploads" not in timeline


def test_a_change_by_an_import_that_kept_nothing_is_told_by_the_trail(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    record(
        by=cast.merchant,
        verb="order_changed_by_import",
        thing=order,
        before={"total": "1"},
        after={"total": "2"},
    )
    assert "An import changed the order" in titles(client_of(cast.merchant).get(page_url(order)))


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
