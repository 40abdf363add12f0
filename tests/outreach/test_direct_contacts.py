"""Customers whom no mail reaches: who they are, what to say to them, and that a person told them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases.models import Case
from closedorders.core.refusals import Refused
from closedorders.incidents.reads import count_incidents
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import changed_statuses as changed_statuses
from closedorders.outreach import actions
from closedorders.outreach.audience import Exclusion, find_audience, not_told
from closedorders.outreach.models import DirectContact, DiscountCode, Kind, Message, Refund, Suppression
from closedorders.outreach.texts.direct import direct_text
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach import scenes
from tests.outreach.scenes import Scene, make_scene

ClientOf = Callable[[Membership | None], Client]
RELAY = "x1@members.ebay.com"


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """One customer who can be mailed, and one who has a marketplace's address."""
    store = make_store(cast.team, language="es")
    customers = [
        make_customer(store, "Ana Ruiz"),
        make_customer(store, "Bo Díaz", email=RELAY, language="es"),
    ]
    return make_scene(cast.merchant, store=store, customers=customers)


def _told(scene: Scene) -> list[str]:
    orders = StoreOrder.objects.order_by("customer")
    assert changed_statuses([order.pk for order in orders]) == {}
    return [order.told_state for order in orders]


def _page(scene: Scene, client: Client, name: str, *args: object, query: str = "") -> str:
    url = reverse(f"outreach:{name}", args=[scene.team.slug, *args])
    return client.get(url + query).content.decode()


def test_who_cannot_be_mailed_is_a_group_of_its_own_wherever_customers_are_counted(
    scene: Scene, client_of: ClientOf
) -> None:
    assert _told(scene) == ["not_told", "unreachable"]
    found = not_told(scene.team)
    assert (found.count, found.unreachable) == (2, 1)
    counts = count_incidents(scene.team, [scene.incident])[scene.incident.pk]
    assert (counts.not_told, counts.to_write, counts.unreachable) == (2, 1, 1)
    client = client_of(scene.by)
    assert "1 customer cannot be mailed" in client.get(scene.incident.get_absolute_url()).content.decode()
    assert "1 of them cannot be mailed" in client.get(f"/t/{scene.team.slug}/").content.decode()
    outreach = _page(scene, client, "campaigns")
    assert "A marketplace address · 1" in outreach
    listed = _page(scene, client, "unreachable", query=f"?incident={scene.incident.number}")
    assert "Bo Díaz" in listed
    assert "Ana Ruiz" not in listed


@pytest.mark.parametrize(
    ("email", "why"),
    [("", "blank"), ("no address", "invalid"), (RELAY, "relay"), ("no@example.com", "suppressed")],
)
def test_a_blocked_address_is_noticed_at_once_and_so_is_its_release(cast: Cast, email: str, why: str) -> None:
    store = make_store(cast.team)
    scene = make_scene(cast.merchant, store=store, customers=[make_customer(store, email=email)])
    if why == "suppressed":
        assert _told(scene) == ["not_told"]
        block = actions.add_suppression(
            team=cast.team, email=email, cause=Suppression.Cause.ASKED, detail="", by=cast.merchant
        )
        assert _told(scene) == ["unreachable"]
        actions.release_suppression(suppression=block, by=cast.merchant)
        assert _told(scene) == ["not_told"]
    else:
        assert _told(scene) == ["unreachable"]
        found = find_audience(incident=scene.incident, store=store, kind=Kind.RESOLUTION)
        assert [left.why for left in found.excluded] == [Exclusion(why)]


def test_who_was_told_by_a_person_counts_as_told_until_that_is_taken_back(
    scene: Scene, client_of: ClientOf
) -> None:
    client, bo = client_of(scene.by), scene.customers[1]
    url = reverse("outreach:customer_contact", args=[scene.team.slug, scene.incident.number, bo.pk])
    page = client.post(url, {"how": "marketplace", "note": "Wrote in the eBay chat."}, follow=True)
    assert "Bo Díaz counts as told." in page.content.decode()
    contact = DirectContact.objects.get()
    assert (contact.created_by, contact.how, contact.note) == (
        scene.by, "marketplace", "Wrote in the eBay chat."
    )  # fmt: skip
    assert _told(scene) == ["not_told", "told"]
    found, counts = not_told(scene.team), count_incidents(scene.team, [scene.incident])[scene.incident.pk]
    assert (found.count, found.unreachable, counts.told, counts.unreachable) == (1, 0, 1, 0)
    audience = find_audience(incident=scene.incident, store=scene.store, kind=Kind.RESOLUTION)
    assert [left.why for left in audience.excluded] == [Exclusion.TOLD]
    order = StoreOrder.objects.get(customer=bo)
    shown = client.get(order.get_absolute_url()).content.decode()
    assert "Told a customer without a mail" in shown
    assert "Marketplace chat" in shown
    assert "Wrote in the eBay chat." in shown
    client.post(reverse("outreach:contact_undo", args=[scene.team.slug, contact.pk]))
    assert _told(scene) == ["not_told", "unreachable"]
    assert not_told(scene.team).count == 2
    verbs = AuditEvent.objects.filter(thing="outreach.directcontact").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == [
        "customer_told_in_person", "customer_told_in_person_undone",
    ]  # fmt: skip


def test_an_order_closed_after_a_customer_was_told_is_a_new_thing_to_tell(scene: Scene) -> None:
    bo = scene.customers[1]
    actions.note_contact(incident=scene.incident, customer=bo, how="phone", note="", by=scene.by)
    make_scene(scene.by, store=scene.store, customers=[bo])
    assert sorted(_told(scene)) == ["not_told", "told", "unreachable"]
    with pytest.raises(Refused, match="told already"):
        actions.note_contact(incident=scene.incident, customer=bo, how="phone", note="", by=scene.by)


def test_nobody_is_marked_as_told_while_a_mail_is_on_its_way_or_nothing_is_solved(
    cast: Cast, client_of: ClientOf
) -> None:
    scene = make_scene(cast.merchant, 1)
    customer = scene.customers[0]
    scenes.sending(scene, Kind.RESOLUTION)
    with pytest.raises(Refused, match="on its way"):
        actions.note_contact(incident=scene.incident, customer=customer, how="phone", note="", by=scene.by)
    Message.objects.update(state="cancelled")
    Case.objects.create(
        team=cast.team,
        incident=scene.incident,
        buyer_account=scene.incident.buyer_account,
        opened_by=cast.merchant,
    )
    with pytest.raises(Refused, match="not unblocked"):
        actions.note_contact(incident=scene.incident, customer=customer, how="phone", note="", by=scene.by)
    page = _page(scene, client_of(scene.by), "customer_contact", scene.incident.number, customer.pk)
    assert "only asks to wait" in page
    assert "good news" not in page
    assert not DirectContact.objects.exists()


def test_the_text_is_in_the_customers_language_and_promises_only_what_exists(scene: Scene) -> None:
    bo = scene.customers[1]
    text = direct_text(scene.incident, scene.store, bo)
    assert text is not None
    assert text.body.startswith("Hola Bo:")
    assert "dímelo por aquí" in text.body
    assert "{" not in text.body
    assert not text.offers
    campaign = scenes.draft(scene)
    order = StoreOrder.objects.get(customer=bo)
    code = DiscountCode.objects.create(
        store=scene.store,
        campaign=campaign,
        incident=scene.incident,
        customer=bo,
        code="bo10-7k2xq",
        percent=10,
    )
    refund = Refund.objects.create(
        team=scene.team,
        campaign=campaign,
        incident=scene.incident,
        store_order=order,
        amount=Decimal("4.50"),
        currency="EUR",
        percent=10,
    )
    text = direct_text(scene.incident, scene.store, bo)
    assert text is not None
    assert not text.offers, "a code that is in no shop and a refund that nobody approved"
    actions.mark_codes_loaded(codes=DiscountCode.objects.filter(pk=code.pk), by=scene.by)
    actions.approve_refunds(refunds=Refund.objects.filter(pk=refund.pk), by=scene.by)
    text = direct_text(scene.incident, scene.store, bo)
    assert text is not None
    assert text.offers
    assert "bo10-7k2xq" in text.body
    assert "4,50" in text.body


def test_a_failed_mail_is_not_tried_again_for_whom_a_person_told(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    Message.objects.update(state="failed")
    actions.note_contact(
        incident=scene.incident, customer=scene.customers[0], how="phone", note="", by=scene.by
    )
    with pytest.raises(Refused):
        actions.retry_failed(campaign=campaign, by=scene.by)


def test_the_list_costs_the_same_queries_for_2_and_60_and_has_pages(cast: Cast, client_of: ClientOf) -> None:
    client, spent = client_of(cast.merchant), []
    client.get(reverse("outreach:unreachable", args=[cast.team.slug]))
    for people in (2, 60):
        store = make_store(cast.team)
        customers = [make_customer(store, f"Person {number}", email="") for number in range(people)]
        make_scene(cast.merchant, store=store, customers=customers)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("outreach:unreachable", args=[cast.team.slug])).content.decode()
        spent.append(len(queries))
    assert spent[0] == spent[1]
    assert "before=50" in page
    rest = client.get(reverse("outreach:unreachable", args=[cast.team.slug]) + "?before=50")
    assert rest.content.decode().count("data-row-link") == 12


def test_a_returned_mail_waits_for_nobody_once_a_person_told_the_customer(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    scenes.sending(scene, Kind.RESOLUTION)
    Message.objects.update(state="bounced")
    counts = count_incidents(cast.team, [scene.incident])[scene.incident.pk]
    assert (counts.to_decide, counts.unreachable) == (1, 1)
    actions.note_contact(
        incident=scene.incident, customer=scene.customers[0], how="phone", note="", by=scene.by
    )
    counts = count_incidents(cast.team, [scene.incident])[scene.incident.pk]
    assert (counts.to_decide, counts.unreachable, counts.told, counts.not_told) == (0, 0, 1, 0)
