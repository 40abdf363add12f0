"""One mail of an incident and kind goes to one address, however many customers have it; the others count as told."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from closedorders.accounts.models import Membership
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.incidents.reads import incident_view
from closedorders.orders.actions.orders import change_customer
from closedorders.orders.models import Customer, Store, StoreOrder, SupplierOrder
from closedorders.orders.status import changed_statuses as changed_statuses
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach import actions, sending
from closedorders.outreach.audience import Exclusion, find_audience, not_told, waiting_incidents
from closedorders.outreach.message_states import BINDING
from closedorders.outreach.models import Campaign, Kind, Message
from closedorders.outreach.order_status import refresh_marked
from tests.cast import Cast
from tests.factories import make_customer, make_store, make_store_order, make_supplier_order
from tests.outreach import scenes
from tests.outreach.scenes import Scene, committed_scene, make_scene

SignIn = Callable[[Membership | None], Client]
SHARED = "family@example.com"


def _close_one_more(scene: Scene, customer: Customer) -> StoreOrder:
    """Another customer's order is closed in the same incident."""
    order = make_store_order(customer.store, customer)
    bought: SupplierOrder = make_supplier_order(scene.team, order)
    Closure.objects.create(
        team=scene.team, supplier_order=bought, incident=scene.incident, logged_by=scene.by
    )
    refresh_status([order.pk])
    return order


def _twin(store: Store, name: str = "Second") -> Customer:
    """A customer of whom a person typed the address that another one has."""
    return make_customer(store, name, email=SHARED, edited_fields=["email"])


def _why(scene: Scene, store: Store, kind: Kind = Kind.RESOLUTION) -> dict[str, Exclusion]:
    found = find_audience(incident=scene.incident, store=store, kind=kind)
    return {left.person.customer.name: left.why for left in found.excluded}


def _customer_status(order: StoreOrder) -> str:
    order.refresh_from_db()
    assert changed_statuses([order.pk]) == {}, "what is stored is not what the facts say"
    return order.told_state


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """One customer of one store, with the address that another customer will turn out to have as well."""
    store = make_store(cast.team)
    return make_scene(cast.merchant, store=store, customers=[make_customer(store, "First", email=SHARED)])


@pytest.fixture
def elsewhere(scene: Scene) -> Customer:
    """A customer of another store of the team with the same address."""
    return _twin(make_store(scene.team))


@pytest.mark.parametrize("state", BINDING)
def test_who_has_the_address_of_a_mail_that_left_or_waits_is_not_written_to(
    scene: Scene, elsewhere: Customer, state: str
) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    _close_one_more(scene, elsewhere)
    Message.objects.filter(campaign=campaign).update(state=state)
    waits = state in {"queued", "sending", "deferred"}
    by_hand = {"uncertain": Exclusion.UNCERTAIN, "bounced": Exclusion.BOUNCED}
    expected = Exclusion.WAITING if waits else Exclusion.TOLD
    assert _why(scene, elsewhere.store) == {"Second": by_hand.get(state, expected)}


@pytest.mark.parametrize("state", sorted(set(Message.State.values) - set(BINDING)))
def test_a_mail_that_did_not_leave_keeps_nobody_else_from_being_written_to(
    scene: Scene, elsewhere: Customer, state: str
) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    _close_one_more(scene, elsewhere)
    Message.objects.filter(campaign=campaign).update(state=state)
    assert _why(scene, elsewhere.store) == {}


def test_the_kinds_and_the_incidents_are_apart(cast: Cast, scene: Scene, elsewhere: Customer) -> None:
    scenes.sending(scene, Kind.HOLDING)
    _close_one_more(scene, elsewhere)
    assert _why(scene, elsewhere.store, Kind.RESOLUTION) == {}
    other = make_scene(cast.merchant, store=elsewhere.store, customers=[elsewhere])
    assert _why(other, elsewhere.store, Kind.HOLDING) == {}


def test_the_database_refuses_a_second_mail_to_the_address(scene: Scene, elsewhere: Customer) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    first = Message.objects.get(campaign=campaign)
    second = Message(
        team=scene.team,
        campaign=campaign,
        incident=scene.incident,
        kind=Kind.RESOLUTION,
        customer=elsewhere,
        recipient=first.recipient,
        language="en",
        subject="",
        body="",
        message_id="<second@example.com>",
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()
    Message.objects.filter(pk=first.pk).update(state=Message.State.CANCELLED)
    second.save()


def test_whoever_shares_an_address_counts_as_told_wherever_it_is_said(
    cast: Cast, scene: Scene, elsewhere: Customer, client_of: SignIn
) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    order = _close_one_more(scene, elsewhere)
    assert _customer_status(order) == "on_its_way"
    assert waiting_incidents(cast.team) == []
    sending.send_due(campaign.pk)
    assert _customer_status(order) == "told"
    assert not_told(cast.team).count == 0
    assert waiting_incidents(cast.team) == []
    situation = incident_view(scene.incident, role=cast.merchant.role).situation
    assert (situation.customers_untold, situation.customers_unreachable) == (0, 0)
    assert "Tell 1 customer" not in client_of(cast.merchant).get(f"/t/{cast.team.slug}/").content.decode()


def test_what_becomes_of_the_mail_is_said_of_both_customers(
    cast: Cast, scene: Scene, elsewhere: Customer
) -> None:
    order = _close_one_more(scene, elsewhere)
    campaign = scenes.make_ready(scenes.draft(scene), cast.merchant)
    assert _customer_status(order) == "not_told"
    campaign = scenes.approve(campaign, cast.merchant, 1)
    assert _customer_status(order) == "on_its_way"
    actions.withdraw_approval(campaign=campaign, by=cast.merchant)
    assert _customer_status(order) == "not_told"
    campaign = scenes.start(scenes.approve(campaign, cast.merchant, 1))
    message = Message.objects.get(campaign=campaign)
    assert sending.claim(message.pk, message.attempt, message.recipient)
    message.refresh_from_db()
    sending._settle(message, {"state": Message.State.UNCERTAIN})
    refresh_marked([message.pk])
    assert _customer_status(order) == "uncertain"
    actions.mark_uncertain_as_sent(message=message, by=cast.merchant)
    assert _customer_status(order) == "told"


def test_two_customers_of_one_list_are_told_by_one_mail(cast: Cast) -> None:
    store = make_store(cast.team)
    first, second = make_customer(store, "First", email=SHARED), make_customer(store, "Second", email="")
    scene = make_scene(cast.merchant, store=store, customers=[first, second])
    change_customer(customer=second, name="Second", email=SHARED.upper(), by=cast.merchant)
    campaign = scenes.make_ready(scenes.draft(scene), cast.merchant)
    campaign = scenes.start(scenes.approve(campaign, cast.merchant, 1))
    sending.send_due(campaign.pk)
    assert [_customer_status(order) for order in StoreOrder.objects.filter(store=store)] == ["told", "told"]
    assert incident_view(scene.incident, role=cast.merchant.role).situation.customers_not_told == 0
    # What did not reach the address has told neither of them.
    Message.objects.filter(state="sent").update(state="failed")
    orders = StoreOrder.objects.filter(store=store)
    refresh_status(orders.values_list("pk", flat=True))
    assert sorted(_customer_status(order) for order in orders) == ["failed", "not_told"]


def test_an_address_corrected_to_one_that_was_written_to_makes_its_customer_told(
    cast: Cast, scene: Scene
) -> None:
    other = make_customer(scene.store, "Second", email="typo@example.com")
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    sending.send_due(campaign.pk)
    order = _close_one_more(scene, other)
    assert _customer_status(order) == "not_told"
    assert not_told(cast.team).count == 1
    change_customer(customer=other, name="Second", email=SHARED, by=cast.merchant)
    assert _customer_status(order) == "told"
    assert not_told(cast.team).count == 0


def test_trying_again_does_not_write_to_an_address_that_was_written_to(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team)
    first, second = make_customer(store, "First", email=SHARED), make_customer(store, "Second")
    scene = make_scene(cast.merchant, store=store, customers=[first, second])
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    sending.send_due(campaign.pk)
    Message.objects.filter(customer=second).update(state="failed")
    change_customer(customer=second, name="Second", email=SHARED, by=cast.merchant)
    answer = client_of(cast.merchant).post(
        f"/t/{cast.team.slug}/outreach/{campaign.pk}/retries/", follow=True
    )
    assert "1 customer has the address of somebody who was written to" in answer.content.decode()
    row = Message.objects.get(customer=second)
    assert (row.state, row.skip_reason) == ("skipped", "same_address")
    order = StoreOrder.objects.get(customer=second)
    assert _customer_status(order) == "told"
    with pytest.raises(Refused):
        actions.retry_failed(campaign=campaign, by=cast.merchant)


def test_of_two_corrected_to_one_address_one_is_tried_again(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    Message.objects.update(state="deferred")
    for customer in scene.customers:
        change_customer(customer=customer, name="Ana", email=SHARED, by=cast.merchant)
    assert actions.retry_failed(campaign=campaign, by=cast.merchant) == (1, 1)
    assert scenes.states(campaign) == ["queued", "skipped"]


def test_two_customers_who_exchange_their_addresses_are_both_tried_again(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    Message.objects.update(state="deferred")
    first, second = (customer.email for customer in scene.customers)
    for customer, email in zip(scene.customers, (second, first), strict=True):
        change_customer(customer=customer, name="Ana", email=email, by=cast.merchant)
    assert actions.retry_failed(campaign=campaign, by=cast.merchant) == (2, 0)
    assert {m.customer_id: m.recipient for m in Message.objects.all()} == {
        scene.customers[0].pk: second,
        scene.customers[1].pk: first,
    }


@pytest.mark.django_db(transaction=True)
def test_campaigns_of_two_stores_that_are_approved_at_once_write_to_an_address_once() -> None:
    scene = committed_scene(1)
    Customer.objects.update(email=SHARED)
    twin = _twin(make_store(scene.team))
    _close_one_more(scene, twin)
    campaigns = [
        actions.create_campaign(incident=scene.incident, kind=Kind.HOLDING, store=store, by=scene.by)
        for store in (scene.store, twin.store)
    ]
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def approve(campaign: Campaign) -> None:
        start.wait()
        try:
            scenes.approve(Campaign.objects.get(pk=campaign.pk), scene.by, 1)
            outcomes.append("approved")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    windows = [threading.Thread(target=approve, args=[campaign]) for campaign in campaigns]
    for window in windows:
        window.start()
    for window in windows:
        window.join(timeout=30)
    assert sorted(outcomes) == ["approved", "refused"]
    assert Message.objects.filter(state="queued").count() == 1
