"""A note to wait comes before the apology, is counted as what it is, and is linked to what follows."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import Membership
from closedorders.core.refusals import Refused
from closedorders.incidents.reads import count_incidents
from closedorders.outreach import sending
from closedorders.outreach.audience import (
    Exclusion,
    find_audience,
    not_told,
    waiting_incidents,
)
from closedorders.outreach.models import Campaign, Kind, Message
from closedorders.outreach.plans.plan import Plan
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach import scenes
from tests.outreach.scenes import Scene, make_scene
from tests.smtp_sink import SmtpSink

SignIn = Callable[[Membership | None], Client]


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return make_scene(cast.merchant, 3)


def _send(scene: Scene, kind: Kind) -> Campaign:
    campaign = scenes.sending(scene, kind)
    sending.send_due(campaign.pk)
    return campaign


@pytest.mark.parametrize("state", ["sent", "queued", "uncertain", "delivered"])
def test_there_is_no_note_to_wait_after_an_apology_or_beside_one(scene: Scene, state: str) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    first = Message.objects.order_by("pk").first()
    assert first is not None
    Message.objects.exclude(pk=first.pk).update(state="cancelled")
    Message.objects.filter(pk=first.pk).update(state=state)
    Campaign.objects.filter(pk=campaign.pk).update(state="finished")
    note = scenes.draft(scene, Kind.HOLDING)
    left_out = {left.person.customer: left.why for left in Plan(note).audience.excluded}
    assert left_out == {first.customer: Exclusion.RESOLVED}
    assert len(Plan(note).people) == 2


def test_nor_to_another_customer_at_the_address_of_the_apology(cast: Cast) -> None:
    store = make_store(cast.team)
    first = make_customer(store, "First", email="family@example.com")
    scene = make_scene(cast.merchant, store=store, customers=[first])
    _send(scene, Kind.RESOLUTION)
    first.orders.update(customer=make_customer(store, "Second", email="", edited_fields=["email"]))
    store.customers.filter(name="Second").update(email="family@example.com")
    note = scenes.draft(scene, Kind.HOLDING)
    assert [left.why for left in Plan(note).audience.excluded] == [Exclusion.RESOLVED]


def test_a_note_that_waits_is_left_out_once_the_apology_is_on_its_way(scene: Scene) -> None:
    note = scenes.sending(scene, Kind.HOLDING)
    apology = scenes.make_ready(scenes.draft(scene, Kind.RESOLUTION), scene.by)
    scenes.approve(apology, scene.by, 3)
    sending.send_due(note.pk)
    assert scenes.states(note) == ["skipped"] * 3
    assert set(note.messages.values_list("skip_reason", flat=True)) == {"resolved"}
    note.refresh_from_db()
    assert note.state == "finished"


def test_whom_a_note_reached_is_told_to_wait_everywhere(scene: Scene, client_of: SignIn) -> None:
    assert not_told(scene.team).told_to_wait == 0
    _send(scene, Kind.HOLDING)
    Message.objects.filter(customer=scene.customers[0]).update(state="bounced")
    assert not_told(scene.team).count == 3, "a note tells nobody what became of it"
    assert not_told(scene.team).told_to_wait == 2
    assert count_incidents(scene.team, [scene.incident])[scene.incident.pk].told_to_wait == 2
    assert [item.told_to_wait for item in waiting_incidents(scene.team)] == [2]
    client = client_of(scene.by)
    for url, words in (
        (scene.team.get_absolute_url(), "told: waiting, 2"),
        (reverse("outreach:campaigns", args=[scene.team.slug]), "Told: waiting, 2"),
        (scene.incident.get_absolute_url(), "told: waiting, 2"),
    ):
        assert words in client.get(url).content.decode(), url


def test_who_had_the_apology_does_not_wait_any_more(scene: Scene) -> None:
    _send(scene, Kind.HOLDING)
    _send(scene, Kind.RESOLUTION)
    assert (not_told(scene.team).told_to_wait, not_told(scene.team).count) == (0, 0)


def test_an_apology_follows_the_note_in_the_ledger_and_in_the_mail_program(
    scene: Scene, sink: SmtpSink, client_of: SignIn
) -> None:
    _send(scene, Kind.HOLDING)
    apology = _send(scene, Kind.RESOLUTION)
    notes = {note.customer_id: note for note in Message.objects.filter(kind=Kind.HOLDING)}
    for message in apology.messages.all():
        assert message.follows == notes[message.customer_id]
    mails = [message_from_bytes(mail.content, policy=policy.default) for mail in sink.received]
    answers = {mail["In-Reply-To"] for mail in mails if mail["In-Reply-To"]}
    assert answers == {note.message_id for note in notes.values()}
    page = client_of(scene.by).get(apology.get_absolute_url()).content.decode()
    assert page.count("Follows the holding note of") == 3


def test_a_second_note_about_the_same_orders_is_refused(scene: Scene) -> None:
    _send(scene, Kind.HOLDING)
    found = find_audience(incident=scene.incident, store=scene.store, kind=Kind.HOLDING)
    assert (found.included, {left.why for left in found.excluded}) == ([], {Exclusion.TOLD})
    with pytest.raises(Refused, match="nobody to write to"):
        scenes.approve(scenes.draft(scene, Kind.HOLDING), scene.by, 0)
