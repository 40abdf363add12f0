"""A mail server that takes no mail: campaigns wait for it, longer each time, and go on by themselves."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.outreach import actions, sending, tasks
from closedorders.outreach.models import Campaign, Kind, Message
from closedorders.outreach.runs import server_trouble
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import mail_goes_to, make_scene, states
from tests.smtp_sink import DROP, Act, SmtpSink

SignIn = Callable[[Membership | None], Client]


@pytest.fixture
def port(settings: pytest.FixtureRequest) -> int:
    """Where campaigns look for a mail server, and where nobody listens until a test starts one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        found = int(free.getsockname()[1])
    mail_goes_to(settings, found)
    return found


def _pause_over() -> None:
    Campaign.objects.update(next_try_at=timezone.now())


def test_a_campaign_goes_on_by_itself_when_the_mail_server_is_back(cast: Cast, port: int) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 12))
    for _try in range(15):
        assert sending.send_due(campaign.pk) is False
        _pause_over()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_cause) == ("sending", "")
    assert states(campaign) == ["queued"] * 12
    with SmtpSink(port=port) as server:
        tasks.sweep()
        sending.send_due(campaign.pk)
        assert len({received.recipient for received in server.received}) == len(server.received) == 12
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.FINISHED
    assert (campaign.no_server_since, campaign.no_server_tries, campaign.next_try_at) == (None, 0, None)


def test_the_pauses_grow_and_every_campaign_is_left_alone_while_they_last(cast: Cast, port: int) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 2))
    pauses = []
    for _try in range(9):
        sending.send_due(campaign.pk)
        campaign.refresh_from_db()
        assert campaign.next_try_at is not None
        pauses.append(round((campaign.next_try_at - timezone.now()).total_seconds()))
        attempts = sum(Message.objects.values_list("attempt", flat=True))
        assert sending.sweep() == {}
        sending.send_due(campaign.pk)
        assert sum(Message.objects.values_list("attempt", flat=True)) == attempts
        _pause_over()
    assert pauses == [15, 30, 60, 120, 300, 600, 900, 900, 900]


def test_a_message_has_all_its_own_tries_left_after_an_outage(cast: Cast, port: int) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    for _try in range(sending.MAX_ATTEMPTS - 1):
        sending.send_due(campaign.pk)
        _pause_over()
    with SmtpSink(port=port) as server:
        server.play(Act("rcpt", "450 4.2.1 busy"))
        sending.send_due(campaign.pk)
        assert states(campaign) == ["deferred"]
        Message.objects.update(not_before=timezone.now())
        sending.send_due(campaign.pk)
        assert states(campaign) == ["sent"]


def test_ten_messages_put_off_in_a_row_make_the_campaign_wait_and_not_stop(cast: Cast, port: int) -> None:
    with SmtpSink(port=port) as server:
        server.play(Act("rcpt", "451 4.3.0 out of order", times=None))
        campaign = scenes.sending(make_scene(cast.merchant, 14))
        sending.send_due(campaign.pk)
        campaign.refresh_from_db()
        assert campaign.state == Campaign.State.SENDING
        assert campaign.no_server_words == "451 4.3.0 out of order"
        assert states(campaign) == ["deferred"] * 10 + ["queued"] * 4
        server.clear()
        _pause_over()
        Message.objects.update(not_before=timezone.now())
        sending.send_due(campaign.pk)
        assert states(campaign) == ["sent"] * 14


def test_of_many_workers_that_find_no_server_the_first_pause_stands(cast: Cast) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    known: dict[str, object] = {"reason": "unreachable", "reply_code": None, "reply_words": "gone"}
    server_trouble.wait_for_server(campaign.pk, known)
    first = Campaign.objects.get(pk=campaign.pk)
    server_trouble.wait_for_server(campaign.pk, known)
    second = Campaign.objects.get(pk=campaign.pk)
    assert (second.no_server_tries, second.next_try_at) == (1, first.next_try_at)


def test_a_campaign_that_was_stopped_does_not_wait(cast: Cast) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    actions.cancel_campaign(campaign=campaign, by=cast.merchant)
    known: dict[str, object] = {"reason": "unreachable", "reply_code": None, "reply_words": ""}
    server_trouble.wait_for_server(campaign.pk, known)
    campaign.refresh_from_db()
    assert campaign.no_server_since is None


def test_a_merchant_may_try_at_once(cast: Cast, port: int) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 2))
    with pytest.raises(Refused):
        actions.resume(campaign=campaign, by=cast.merchant)
    sending.send_due(campaign.pk)
    with SmtpSink(port=port):
        actions.resume(campaign=campaign, by=cast.merchant)
        sending.send_due(campaign.pk)
        assert states(campaign) == ["sent", "sent"]
    assert AuditEvent.objects.filter(verb="campaign_resumed").count() == 1


def test_a_full_disk_of_the_local_mailbox_is_waited_for_as_well(
    cast: Cast, settings: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mailbox") / "a file in its place"
    folder.write_text("")
    settings.EMAIL_BACKEND = "closedorders.core.mail.mailbox_backend.LocalMailboxBackend"  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    settings.EMAIL_FILE_PATH = str(folder)  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.no_server_reason) == ("sending", "disk")
    assert states(campaign) == ["queued"]


@pytest.mark.parametrize("kind", [Kind.HOLDING, Kind.RESOLUTION])
def test_today_and_the_campaign_say_that_there_is_no_mail_server(
    cast: Cast, port: int, client_of: SignIn, kind: Kind
) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 2), kind)
    today, page = f"/t/{cast.team.slug}/", campaign.get_absolute_url()
    words = "The mail server has taken no mail"
    merchant, assistant = client_of(cast.merchant), client_of(cast.assistant)
    for url in (today, page):
        assert words not in merchant.get(url).content.decode()
    sending.send_due(campaign.pk)
    for url in (today, page):
        assert words in merchant.get(url).content.decode()
        assert words in assistant.get(url).content.decode()
    assert "The apologies are being sent" not in merchant.get(today).content.decode()
    assert "Try now" in merchant.get(page).content.decode()
    assert "Try now" not in assistant.get(page).content.decode()
    assert words not in client_of(cast.reviewer).get(today).content.decode()
    _pause_over()
    with SmtpSink(port=port):
        sending.send_due(campaign.pk)
    for url in (today, page):
        assert words not in merchant.get(url).content.decode()


def test_the_page_of_a_waiting_campaign_is_renewed_when_it_goes_on(
    cast: Cast, port: int, client_of: SignIn
) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 2))
    sending.send_due(campaign.pk)
    merchant = client_of(cast.merchant)
    progress = f"{campaign.get_absolute_url()}progress/"
    assert "HX-Refresh" not in merchant.get(progress + "?phase=no_server")
    _pause_over()
    with SmtpSink(port=port):
        sending.send_due(campaign.pk)
    assert merchant.get(progress + "?phase=no_server")["HX-Refresh"] == "true"


def test_the_words_of_a_mail_server_are_not_shown_to_assistants(
    cast: Cast, port: int, client_of: SignIn
) -> None:
    with SmtpSink(port=port) as server:
        server.play(Act("connect", "450 4.7.1 not now, maria", times=None))
        campaign = scenes.sending(make_scene(cast.merchant, 1))
        sending.send_due(campaign.pk)
    assert "not now, maria" in client_of(cast.merchant).get(campaign.get_absolute_url()).content.decode()
    assert "not now, maria" not in client_of(cast.assistant).get(campaign.get_absolute_url()).content.decode()


def test_a_server_that_hangs_up_on_everyone_never_stops_the_campaign(cast: Cast, port: int) -> None:
    with SmtpSink(port=port) as server:
        server.play(Act("connect", DROP, times=None))
        campaign = scenes.sending(make_scene(cast.merchant, 12))
        for _try in range(30):
            sending.send_due(campaign.pk)
            _pause_over()
        campaign.refresh_from_db()
        assert campaign.state == Campaign.State.SENDING
        since = campaign.no_server_since
        assert since is not None
        assert since > timezone.now() - timedelta(minutes=1)
