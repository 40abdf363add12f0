from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from threading import Thread

import pytest
import requests
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused, AnymailRequestsAPIError
from django.core import mail

from closedorders.core.mail.mailbox import LocalMailbox
from closedorders.core.mail.transports import BackendTransport
from closedorders.outreach import sending
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import make_scene, states
from tests.outreach.sending.workers import only_message


def test_the_local_mailbox_takes_campaigns(
    cast: Cast, settings: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mailbox")
    settings.EMAIL_BACKEND = "closedorders.core.mail.mailbox_backend.LocalMailboxBackend"  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    settings.EMAIL_FILE_PATH = str(folder)  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    campaign = scenes.sending(make_scene(cast.merchant, 3))
    sending.send_due(campaign.pk)
    assert states(campaign) == ["local"] * 3, "nobody has read them"
    assert len(LocalMailbox(folder).messages(team_header=str(cast.team.pk))) == 3


def test_a_providers_backend_gets_the_whole_mail(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = scenes.sending(scene)
    sending.send_due(campaign.pk)
    sent = mail.outbox[0]
    message = only_message(campaign)
    assert message.state == "sent"
    assert sent.subject == message.subject
    assert sent.extra_headers["Message-ID"] == message.message_id
    assert sent.body.strip() == message.body.strip()
    assert scene.customers[0].email in sent.to[0]


@pytest.mark.parametrize(
    ("error", "state", "campaign_state"),
    [
        (AnymailRecipientsRefused("no"), "failed", "finished"),
        (AnymailAPIError("bad key"), "uncertain", "sending"),
        (ConnectionResetError(), "uncertain", "sending"),
    ],
)
def test_what_a_provider_does_not_clearly_refuse_is_uncertain(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, error: Exception, state: str, campaign_state: str
) -> None:
    def send_messages(self: object, messages: object) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send_messages)
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk, transport=BackendTransport())
    assert states(campaign) == [state]
    campaign.refresh_from_db()
    assert campaign.state == campaign_state


@pytest.fixture
def provider(settings: pytest.FixtureRequest) -> Iterator[socket.socket]:
    """Where a provider's API listens, on this machine; nothing there accepts yet."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"  # type: ignore[attr-defined]  # django-stubs lets nobody set one
        settings.ANYMAIL = {  # type: ignore[attr-defined]  # django-stubs lets nobody set one
            "POSTMARK_SERVER_TOKEN": "token",
            "POSTMARK_API_URL": f"http://127.0.0.1:{listener.getsockname()[1]}/",
        }
        yield listener


def test_a_provider_that_cannot_be_reached_lets_the_campaign_wait_and_leaves_nothing_uncertain(
    cast: Cast, provider: socket.socket
) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 12))
    sending.send_due(campaign.pk, transport=BackendTransport())
    assert states(campaign) == ["queued"] * 12
    campaign.refresh_from_db()
    assert campaign.state == "sending"
    assert campaign.no_server_since is not None


def test_a_provider_that_drops_the_connection_may_have_taken_the_mail(
    cast: Cast, provider: socket.socket
) -> None:
    provider.listen()

    def drop() -> None:
        connection, _address = provider.accept()
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    Thread(target=drop, daemon=True).start()
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk, transport=BackendTransport())
    assert states(campaign) == ["uncertain"]


@pytest.mark.parametrize(
    ("status", "state"),
    [(401, "queued"), (429, "deferred"), (422, "failed"), (500, "uncertain")],
)
def test_a_providers_status_is_read(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, status: int, state: str
) -> None:
    def send_messages(self: object, messages: object) -> int:
        response = requests.Response()
        response.status_code = status
        raise AnymailRequestsAPIError("to maria@example.com", response=response)

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send_messages)
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk)
    assert states(campaign) == [state]
    assert "maria@" not in only_message(campaign).reply_words
