"""What each state of a message means, and that every place that asks gives the same answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.test import Client

from closedorders.accounts.models import Membership
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.incidents.reads import count_incidents
from closedorders.orders.actions.orders import change_customer
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import changed_statuses as changed_statuses
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach import actions
from closedorders.outreach.audience import Exclusion, find_audience, not_told, waiting_incidents
from closedorders.outreach.message_states import MEANINGS, ON_THEIR_WAY, order_word
from closedorders.outreach.models import Campaign, Kind, Message
from closedorders.outreach.runs.progress import campaign_rows
from tests.cast import Cast
from tests.factories import make_customer, make_store, make_store_order, make_supplier_order
from tests.outreach import scenes
from tests.outreach.scenes import Scene, make_scene

SignIn = Callable[[Membership | None], Client]


class Seen(NamedTuple):
    """What the places show of one customer whose only message is in a state."""

    order: str
    audience: Exclusion | None
    not_told: int
    waiting: int
    told: int
    told_in_list: int
    to_decide: int
    binding: int


EXPECTED = {
    "queued": Seen("on_its_way", Exclusion.WAITING, 1, 0, 0, 0, 0, 1),
    "sending": Seen("on_its_way", Exclusion.WAITING, 1, 0, 0, 0, 0, 1),
    "deferred": Seen("on_its_way", Exclusion.WAITING, 1, 0, 0, 0, 0, 1),
    "uncertain": Seen("uncertain", Exclusion.UNCERTAIN, 1, 0, 0, 0, 1, 1),
    "sent": Seen("told", Exclusion.TOLD, 0, 0, 1, 1, 0, 1),
    "delivered": Seen("told", Exclusion.TOLD, 0, 0, 1, 1, 0, 1),
    "bounced": Seen("unreachable", Exclusion.BOUNCED, 1, 0, 0, 0, 1, 1),
    "complained": Seen("told", Exclusion.TOLD, 0, 0, 1, 1, 0, 1),
    "local": Seen("not_told", None, 1, 1, 0, 0, 0, 0),
    "failed": Seen("failed", Exclusion.FAILED, 1, 0, 0, 0, 1, 0),
    "skipped": Seen("not_told", None, 1, 1, 0, 0, 0, 0),
    "cancelled": Seen("not_told", None, 1, 1, 0, 0, 0, 0),
}


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return make_scene(cast.merchant, 1)


def _set(campaign: Campaign, state: str) -> Message:
    """The campaign's only message, as if the mail server's answers had brought it to `state`."""
    Message.objects.filter(campaign=campaign).update(state=state)
    refresh_status(StoreOrder.objects.values_list("pk", flat=True))
    return Message.objects.get(campaign=campaign)


def _correct(scene: Scene, email: str) -> None:
    customer = scene.customers[0]
    customer.refresh_from_db()
    change_customer(customer=customer, name=customer.name, email=email, by=scene.by)


def _why(scene: Scene) -> list[Exclusion]:
    found = find_audience(incident=scene.incident, store=scene.store, kind=Kind.RESOLUTION)
    return [left.why for left in found.excluded]


def test_every_state_has_a_meaning() -> None:
    assert set(MEANINGS) == set(EXPECTED) == set(Message.State.values)


@pytest.mark.parametrize("state", Message.State.values)
def test_every_place_says_the_same_of_a_message(scene: Scene, state: str) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    _set(campaign, state)
    counts = count_incidents(scene.team, [scene.incident])[scene.incident.pk]
    seen = Seen(
        order=StoreOrder.objects.get().told_state,
        audience=next(iter(_why(scene)), None),
        not_told=not_told(scene.team).count,
        waiting=sum(each.people for each in waiting_incidents(scene.team)),
        told=counts.told,
        told_in_list=campaign_rows([campaign])[0].told,
        to_decide=counts.to_decide,
        binding=Message.objects.binding().count(),
    )
    assert seen == EXPECTED[state]


def test_a_bounced_message_is_not_sent_again_to_the_same_address(scene: Scene) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    _set(campaign, "bounced")
    with pytest.raises(Refused):
        actions.retry_failed(campaign=campaign, by=scene.by)
    _correct(scene, scene.customers[0].email.upper())
    with pytest.raises(Refused):
        actions.retry_failed(campaign=campaign, by=scene.by)
    assert scenes.states(campaign) == ["bounced"]


def test_a_bounced_message_is_tried_again_once_the_address_was_corrected(
    scene: Scene, client_of: SignIn
) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    _set(campaign, "bounced")
    client = client_of(scene.by)
    page = client.get(campaign.get_absolute_url()).content.decode()
    assert "1 mail came back" in page
    assert "Try 1 again" not in page
    _correct(scene, "right@example.com")
    assert "Try 1 again" in client.get(campaign.get_absolute_url()).content.decode()
    assert actions.retry_failed(campaign=campaign, by=scene.by) == (1, 0)
    message = Message.objects.get()
    assert (message.state, message.recipient) == ("queued", "right@example.com")
    assert StoreOrder.objects.get().told_state == "on_its_way"


def test_who_shares_an_address_that_bounced_is_not_told_by_a_corrected_one(cast: Cast) -> None:
    first = make_customer(make_store(cast.team), "First", email="family@example.com")
    scene = make_scene(cast.merchant, store=first.store, customers=[first])
    other = make_customer(
        make_store(cast.team), "Second", email="family@example.com", edited_fields=["email"]
    )
    order = make_store_order(other.store, other)
    bought = make_supplier_order(cast.team, order)
    Closure.objects.create(
        team=cast.team, supplier_order=bought, incident=scene.incident, logged_by=cast.merchant
    )
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    _set(campaign, "bounced")
    assert set(StoreOrder.objects.values_list("told_state", flat=True)) == {"unreachable"}
    _correct(scene, "right@example.com")
    actions.retry_failed(campaign=campaign, by=scene.by)
    order.refresh_from_db()
    assert order.told_state == "not_told"
    assert changed_statuses(list(StoreOrder.objects.values_list("pk", flat=True))) == {}


def test_nobody_is_tried_again_at_an_address_that_bounced_for_another(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    first, second = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(state="failed")
    Message.objects.filter(pk=second.pk).update(state="bounced")
    scene.customers[0].email = second.recipient
    scene.customers[0].save(update_fields=["email"])
    with pytest.raises(Refused):
        actions.retry_failed(campaign=campaign, by=cast.merchant)
    assert scenes.states(campaign) == ["bounced", "failed"]


def test_what_bounced_in_a_cancelled_campaign_is_for_another_one_once_the_address_was_corrected(
    scene: Scene,
) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    _set(campaign, "bounced")
    actions.cancel_campaign(campaign=campaign, by=scene.by)
    assert _why(scene) == [Exclusion.BOUNCED]
    assert waiting_incidents(scene.team) == []
    _correct(scene, "right@example.com")
    assert _why(scene) == []
    assert [each.people for each in waiting_incidents(scene.team)] == [1]


@pytest.mark.parametrize("state", Message.State.values)
def test_the_word_for_the_order_agrees_with_what_the_state_of_its_message_means(state: str) -> None:
    meaning, word = MEANINGS[state], order_word(state)
    assert meaning.told == (word == "told")
    assert meaning.needs_person == (word in {"failed", "uncertain"})
    assert (state in ON_THEIR_WAY) == (word == "on_its_way")
    assert bool(word) == (meaning.binding or state == "failed")
