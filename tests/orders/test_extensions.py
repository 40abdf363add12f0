"""An app that orders know nothing of adds to them: a made-up one is registered, and seen wherever orders are shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from enum import IntEnum
from typing import Any

import pytest
from django.db.models import Exists, OuterRef
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from closedorders.accounts.models import Membership, Team
from closedorders.core.refusals import Refused
from closedorders.imports.actions import undo_import
from closedorders.imports.undo.run import undo_file
from closedorders.orderfiles.samples import shopify_csv
from closedorders.orders.actions.supplier_orders import match_supplier_order, may_move
from closedorders.orders.extensions import (
    Act,
    Condition,
    Link,
    OrderExtension,
    OrderView,
    StatusFacts,
    register,
    unregister,
)
from closedorders.orders.models import Customer, OrderComment, StoreOrder
from closedorders.orders.status import refresh_status
from closedorders.orders.timeline_events import Collector
from tests.cast import Cast
from tests.factories import make_store, make_store_order, make_supplier_order
from tests.imports.files import import_file

SignIn = Callable[[Membership | None], Client]
MOMENT = datetime(2026, 11, 3, 12, tzinfo=timezone.get_fixed_timezone(0))


class Ranks(IntEnum):
    CALLED = 55


class Calls(OrderExtension):
    """Calls to customers, of an app that there is not: an order with a comment was called about."""

    ranks = Ranks
    own_verbs = ("order_promised",)
    undo_reasons: Mapping[str, Promise] = {"called": gettext_lazy("Paid")}

    def __init__(self) -> None:
        self.changed: list[Collection[int]] = []

    def add_status_facts(self, facts: Mapping[int, StatusFacts]) -> None:
        for comment in OrderComment.objects.filter(order__in=list(facts)):
            facts[comment.order_id].messages.add("told")
            facts[comment.order_id].refunds.add("approved")
            facts[comment.order_id].lacks_reason = True

    def add_events(self, found: Collector, view: OrderView) -> None:
        found.add(MOMENT, Ranks.CALLED, view.order.pk, "The phone rang")

    def links(self, view: OrderView) -> Iterable[Link]:
        yield Link("Call", f"Call about {view.order}", "/call/", "two minutes", MOMENT)

    def facts(self, view: OrderView) -> Iterable[dict[str, Any]]:
        yield {"label": "Rings", "value": "3"}

    def next_act(self, view: OrderView) -> Act | None:
        return Act("Call back", "/call-back/") if not view.bought else None

    def last_updates(self, team: Team) -> Mapping[str, datetime]:
        return {"shop": MOMENT}

    def store_order_blockers(self) -> Mapping[str, Condition]:
        return {"called": Exists(OrderComment.objects.filter(order=OuterRef("pk")))}

    def supplier_order_blockers(self, since: datetime | None = None) -> Mapping[str, Condition]:
        return {"called": Exists(OrderComment.objects.filter(order=OuterRef("store_order")))}

    def keeps_customers(self) -> Condition:
        return Exists(Customer.objects.filter(pk=OuterRef("pk"), name__contains="7"))

    def on_changed(self, order_ids: Collection[int]) -> None:
        self.changed.append(set(order_ids))


@pytest.fixture
def calls() -> Iterator[Calls]:
    app = Calls()
    register("calls", app)
    yield app
    unregister("calls")


@pytest.fixture
def order(cast: Cast) -> StoreOrder:
    return make_store_order(make_store(cast.team), number="#1001")


def call_about(order: StoreOrder, by: Membership) -> None:
    OrderComment.objects.create(order=order, by=by, text="Called")


def test_what_an_app_knows_decides_the_status(cast: Cast, order: StoreOrder, calls: Calls) -> None:
    call_about(order, cast.merchant)
    refresh_status([order.pk])
    order.refresh_from_db()
    assert (order.told_state, order.money_state, order.lacks_reason) == ("told", "refund_approved", True)
    unregister("calls")
    refresh_status([order.pk])
    order.refresh_from_db()
    assert (order.told_state, order.money_state, order.lacks_reason) == ("", "", False)


def test_the_page_of_an_order_shows_what_an_app_adds(
    cast: Cast, order: StoreOrder, calls: Calls, client_of: SignIn
) -> None:
    page = client_of(cast.merchant).get(order.get_absolute_url()).content.decode()
    assert "The phone rang" in page
    assert '<a href="/call/">Call about #1001</a>' in page
    assert "two minutes" in page
    assert "Rings" in page
    assert '<a class="btn btn-primary" href="/call-back/"' in page
    unregister("calls")
    page = client_of(cast.merchant).get(order.get_absolute_url()).content.decode()
    assert "The phone rang" not in page
    assert "/call" not in page


def test_the_list_says_when_an_app_brought_it_up_to_date(
    cast: Cast, order: StoreOrder, calls: Calls, client_of: SignIn
) -> None:
    page = client_of(cast.merchant).get(reverse("orders:orders", args=[cast.team.slug])).content.decode()
    assert MOMENT.strftime("%Y-%m-%dT%H:%M") in page


def test_an_import_that_an_app_built_on_is_not_taken_back(
    cast: Cast, calls: Calls, client_of: SignIn
) -> None:
    source = import_file(shopify_csv(orders=2, start=MOMENT), store=make_store(cast.team), by=cast.merchant)
    call_about(StoreOrder.objects.earliest("pk"), cast.merchant)
    with pytest.raises(Refused):
        undo_import(source=source, by=cast.merchant)
    page = (
        client_of(cast.merchant)
        .get(reverse("imports:import_undo", args=[cast.team.slug, source.pk]))
        .content.decode()
    )
    assert str(calls.undo_reasons["called"]) in page


def test_customers_an_app_keeps_outlive_their_orders(cast: Cast, calls: Calls) -> None:
    source = import_file(shopify_csv(orders=2, start=MOMENT), store=make_store(cast.team), by=cast.merchant)
    first = Customer.objects.earliest("pk")
    Customer.objects.filter(pk=first.pk).update(name="Maria 7")
    undo_import(source=source, by=cast.merchant)
    undo_file(source.pk)
    assert list(Customer.objects.all()) == [first]


def test_an_aliexpress_order_that_an_app_built_on_stays_with_its_order(
    cast: Cast, order: StoreOrder, calls: Calls
) -> None:
    bought = make_supplier_order(cast.team, order)
    assert may_move(bought)
    call_about(order, cast.merchant)
    assert not may_move(bought)


def test_an_app_learns_which_orders_are_new_changed_or_gone(cast: Cast, calls: Calls) -> None:
    store = make_store(cast.team)
    source = import_file(shopify_csv(orders=3, start=MOMENT), store=store, by=cast.merchant)
    keys = set(StoreOrder.objects.values_list("pk", flat=True))
    assert set().union(*calls.changed) == keys
    calls.changed.clear()
    bought = make_supplier_order(cast.team)
    match_supplier_order(
        supplier_order=bought, store=store, number=StoreOrder.objects.earliest("pk").number, by=cast.merchant
    )
    assert calls.changed == [{min(keys)}]
    bought.delete()
    calls.changed.clear()
    undo_import(source=source, by=cast.merchant)
    undo_file(source.pk)
    assert set().union(*calls.changed) == keys


def test_no_two_apps_have_one_rank_in_timelines(calls: Calls) -> None:
    with pytest.raises(ValueError, match="55"):
        register("others", Calls())
