"""A number that was mistyped is taken out of the log, while nothing was built on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures import actions
from closedorders.closures.models import Closure, Incident
from closedorders.core.refusals import Refused
from closedorders.orders.models import StoreOrder, SupplierOrder
from closedorders.outreach import actions as outreach
from closedorders.outreach.models import Kind, Message, Refund
from tests.cast import Cast
from tests.factories import make_buyer_account, make_store, make_store_order, make_supplier_order, reason
from tests.outreach import scenes
from tests.outreach.scenes import make_scene

ClientOf = Callable[[Membership | None], Client]
NUMBER = "8201447122035519"


def _log(cast: Cast, number: str = NUMBER) -> Closure:
    result = actions.log_closures(
        team=cast.team,
        numbers=[number],
        reason=reason(),
        buyer_account=make_buyer_account(cast.team),
        by=cast.assistant,
    )
    return result.logged[0]


def test_a_mistyped_number_goes_with_the_order_that_only_the_log_knew(
    cast: Cast, client_of: ClientOf
) -> None:
    closure = _log(cast)
    client = client_of(cast.assistant)
    assert "Remove the closure" in client.get(closure.get_absolute_url()).content.decode()
    page = client.post(reverse("closures:closure_removal", args=[cast.team.slug, closure.pk]), follow=True)
    assert f"{NUMBER} is no longer in the log" in page.content.decode()
    assert not Closure.objects.exists()
    assert not SupplierOrder.objects.exists()
    assert Incident.objects.open().count() == 1, "the right number belongs to it"
    event = AuditEvent.objects.get(verb="closure_removed")
    assert (event.label, event.before["reason"]) == (NUMBER, "fraud_review")
    again = _log(cast)
    assert again.supplier_order.number == NUMBER


def test_an_order_that_a_file_brought_stays_and_is_open_again(cast: Cast) -> None:
    sale = make_store_order(make_store(cast.team))
    bought = make_supplier_order(cast.team, sale, status_code="closed")
    closure = _log(cast, bought.number)
    assert StoreOrder.objects.get().supplier_state == "closed_open"
    actions.remove_closure(closure=closure, by=cast.assistant)
    bought.refresh_from_db()
    assert not bought.closure_logged
    order = StoreOrder.objects.get()
    assert (order.supplier_state, order.told_state, order.untold) == ("closed", "", False)


def test_what_something_was_built_on_stays(cast: Cast, client_of: ClientOf) -> None:
    scene = make_scene(cast.merchant, 1)
    closure = Closure.objects.get()
    actions.set_outcome(closure=closure, outcome="written_off", by=cast.merchant)
    with pytest.raises(Refused, match="outcome"):
        actions.remove_closure(closure=closure, by=cast.assistant)
    actions.set_outcome(closure=closure, outcome="open", by=cast.merchant)
    outreach.prepare(campaign=scenes.draft(scene), by=cast.merchant)
    with pytest.raises(Refused, match="refund"):
        actions.remove_closure(closure=closure, by=cast.assistant)
    Refund.objects.update(state="dropped")
    scenes.sending(scene, Kind.HOLDING)
    with pytest.raises(Refused, match="mailed"):
        actions.remove_closure(closure=closure, by=cast.assistant)
    assert Message.objects.get().closures.get() == closure
    page = client_of(cast.assistant).get(closure.get_absolute_url()).content.decode()
    assert "Remove the closure" not in page
    assert "It cannot be removed" in page


def test_a_closure_of_an_ended_incident_or_with_a_replacement_stays(cast: Cast) -> None:
    closure = _log(cast)
    Incident.objects.update(ended_at=closure.logged_at)
    with pytest.raises(Refused, match="ended"):
        actions.remove_closure(closure=Closure.objects.get(), by=cast.merchant)
    Incident.objects.update(ended_at=None)
    make_supplier_order(cast.team, replaces=closure.supplier_order)
    with pytest.raises(Refused, match="placed instead"):
        actions.remove_closure(closure=Closure.objects.get(), by=cast.merchant)


def test_removing_it_twice_says_that_it_is_gone(cast: Cast) -> None:
    closure = _log(cast)
    same = Closure.objects.get()
    actions.remove_closure(closure=closure, by=cast.merchant)
    with pytest.raises(Refused, match="gone already"):
        actions.remove_closure(closure=same, by=cast.merchant)
