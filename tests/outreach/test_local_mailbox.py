"""Without a mail server every mail reaches nobody, and every page says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import Membership
from closedorders.core.refusals import Refused
from closedorders.incidents.next_step import Step, decide
from closedorders.incidents.reads import incident_view
from closedorders.orders.models import StoreOrder
from closedorders.outreach import actions, sending
from closedorders.outreach.audience import find_audience, not_told
from closedorders.outreach.models import Campaign, Kind, Message
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import Scene, mail_goes_to, make_scene
from tests.smtp_sink import SmtpSink

SignIn = Callable[[Membership | None], Client]
NO_SERVER = "No mail server is set up"


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return make_scene(cast.merchant, 2)


@pytest.fixture(autouse=True)
def _local(settings: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.EMAIL_BACKEND = "closedorders.core.mail.mailbox_backend.LocalMailboxBackend"  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    settings.EMAIL_FILE_PATH = str(tmp_path_factory.mktemp("mailbox"))  # type: ignore[attr-defined]  # as above


def _send(scene: Scene, kind: Kind = Kind.RESOLUTION) -> Campaign:
    campaign = scenes.sending(scene, kind)
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    return campaign


def test_a_mail_in_the_local_mailbox_has_told_nobody(scene: Scene) -> None:
    campaign = _send(scene)
    assert (campaign.state, scenes.states(campaign)) == ("finished", ["local", "local"])
    assert not_told(scene.team).count == 2
    assert set(StoreOrder.objects.values_list("told_state", flat=True)) == {"not_told"}
    view = incident_view(scene.incident, role="merchant")
    assert (view.situation.customers_told, view.situation.in_local_mailbox) == (0, 2)
    assert decide(view.situation) == Step.SET_UP_MAIL


def test_nor_has_a_note_to_wait(scene: Scene) -> None:
    _send(scene, Kind.HOLDING)
    assert not_told(scene.team).told_to_wait == 0


@pytest.mark.parametrize("who", ["merchant", "assistant"])
def test_every_page_of_a_campaign_and_today_say_it(
    cast: Cast, scene: Scene, client_of: SignIn, who: str
) -> None:
    client = client_of(getattr(cast, who))
    campaign = scenes.make_ready(scenes.draft(scene), cast.merchant)
    pages = [
        scene.team.get_absolute_url(),
        reverse("outreach:campaigns", args=[scene.team.slug]),
        campaign.get_absolute_url(),
    ]
    for url in pages:
        assert NO_SERVER in client.get(url).content.decode(), url
    sending.send_due(scenes.start(scenes.approve(campaign, cast.merchant, 2)).pk)
    page = client.get(campaign.get_absolute_url()).content.decode()
    assert NO_SERVER in page
    assert "2 mails are in the local mailbox: nobody has read them" in page
    assert ">Sent<" not in page
    assert page.count("In the local mailbox") >= 3, "a tab, and each person"
    assert "2 in the local mailbox" in client.get(pages[1]).content.decode()
    assert "reached nobody" in client.get(scene.team.get_absolute_url()).content.decode()


def test_once_there_is_a_mail_server_they_are_tried_again_and_leave(
    scene: Scene, client_of: SignIn, settings: pytest.FixtureRequest
) -> None:
    campaign = _send(scene)
    with pytest.raises(Refused):
        actions.retry_failed(campaign=campaign, by=scene.by)
    client = client_of(scene.by)
    assert "Try 2 again" not in client.get(campaign.get_absolute_url()).content.decode()
    with SmtpSink() as server:
        mail_goes_to(settings, server.port)
        page = client.get(campaign.get_absolute_url()).content.decode()
        assert "There is a mail server now" in page
        assert "Try 2 again" in page
        assert actions.retry_failed(campaign=campaign, by=scene.by).queued == 2
        sending.send_due(scenes.start(campaign).pk)
        assert len(server.received) == 2
    assert scenes.states(campaign) == ["sent", "sent"]
    assert not_told(scene.team).count == 0
    assert NO_SERVER not in client.get(scene.team.get_absolute_url()).content.decode()


def test_another_campaign_may_write_to_whom_nothing_reached(scene: Scene) -> None:
    _send(scene)
    found = find_audience(incident=scene.incident, store=scene.store, kind=Kind.RESOLUTION)
    assert len(found.included) == 2
    assert Message.objects.binding().count() == 0


def test_a_test_mail_does_not_say_that_it_is_on_its_way(scene: Scene, client_of: SignIn) -> None:
    campaign = scenes.draft(scene, Kind.HOLDING)
    url = reverse("outreach:test_mail", args=[scene.team.slug, campaign.pk])
    answer = client_of(scene.by).post(url, {"address": "me@example.com", "person": 1}, follow=True)
    assert "the test is in the local mailbox" in answer.content.decode()
