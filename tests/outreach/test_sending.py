from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused, AnymailRequestsAPIError
from django.core import mail
from django.db import connection
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.core.mail.mailbox import LocalMailbox
from closedorders.core.mail.transports import BackendTransport, open_transport
from closedorders.core.refusals import Refused
from closedorders.outreach import actions, sending, tasks
from closedorders.outreach.models import Campaign, Kind, Message, Suppression
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import committed_scene, mail_goes_to, make_scene, states
from tests.smtp_sink import DROP, GARBAGE, HANG, Act, SmtpSink


@pytest.fixture
def sink(settings: pytest.FixtureRequest) -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        mail_goes_to(settings, server.port)
        yield server


def _one(campaign: Campaign) -> Message:
    return Message.objects.get(campaign=campaign)


def test_everyone_gets_one_mail_and_the_campaign_is_finished(cast: Cast, sink: SmtpSink) -> None:
    scene = make_scene(cast.merchant, 5)
    scene.store.reply_to = "answers@casaluna.example"
    scene.store.save()
    campaign = scenes.sending(scene)
    assert sending.send_due(campaign.pk) is False
    assert states(campaign) == ["sent"] * 5
    assert sorted(received.recipient for received in sink.received) == sorted(
        c.email for c in scene.customers
    )
    ids = {received.message_id for received in sink.received}
    assert ids == set(Message.objects.values_list("message_id", flat=True))
    assert {str(r.message["Reply-To"]) for r in sink.received} == {"answers@casaluna.example"}
    assert sink.connections == 1
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.FINISHED


def test_nothing_leaves_before_the_undo_time_is_over(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.approve(scenes.draft(make_scene(cast.merchant, 2), Kind.HOLDING), cast.merchant, 2)
    sending.send_due(campaign.pk)
    assert sink.connections == 0
    assert states(campaign) == ["queued", "queued"]


# What the mail server does, and what must become of the message. Nothing is ever sent twice by itself.
TABLE = [
    (Act("rcpt", "450 4.2.1 mailbox busy"), "deferred", 0),
    (Act("rcpt", "451 4.3.0 try later"), "deferred", 0),
    (Act("rcpt", "452 4.2.2 full"), "deferred", 0),
    (Act("rcpt", "550 5.1.1 unknown"), "failed", 0),
    (Act("data", "554 5.7.1 no"), "failed", 0),
    (Act("dot", "421 4.3.2 closing"), "deferred", 0),
    (Act("dot", "554 5.6.0 no"), "failed", 0),
    (Act("connect", DROP, times=None), "queued", 0),
    (Act("connect", HANG, times=None), "queued", 0),
    (Act("connect", "421 4.3.2 closing", times=None), "queued", 0),
    (Act("ehlo", "421 4.3.2 closing", times=None), "queued", 0),
    (Act("dot", DROP), "uncertain", 0),
    (Act("dot", DROP, keeps=True), "uncertain", 1),
    (Act("dot", HANG), "uncertain", 0),
    (Act("dot", GARBAGE, keeps=True), "uncertain", 1),
    (Act("quit", DROP), "sent", 1),
    (Act("mail", "550 5.7.1 sender not allowed"), "queued", 0),
]


@pytest.mark.parametrize(("act", "state", "kept"), TABLE, ids=lambda value: str(value))
def test_each_way_of_failing_has_its_state(
    cast: Cast, sink: SmtpSink, act: Act, state: str, kept: int
) -> None:
    # The table is read many times; a script is used up by playing it.
    sink.play(Act(act.at, act.does, times=act.times, keeps=act.keeps))
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk)
    message = _one(campaign)
    assert message.state == state
    assert len(sink.received) == kept
    tasks.sweep()
    sending.send_due(campaign.pk)
    assert len(sink.received) == kept
    assert _one(campaign).state == state


def test_a_server_that_drops_while_the_text_is_on_its_way_never_counts_as_sent(
    cast: Cast, sink: SmtpSink
) -> None:
    """Deferred when the drop is seen before the final dot, uncertain when the dot was faster than the news."""
    sink.play(Act("content", DROP))
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk)
    assert _one(campaign).state in {"deferred", "uncertain"}
    assert sink.received == []


def test_a_deferred_message_waits_longer_each_time_and_then_fails(cast: Cast, sink: SmtpSink) -> None:
    sink.play(Act("rcpt", "450 4.2.1 busy", times=None))
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    waits = []
    for _attempt in range(sending.MAX_ATTEMPTS):
        sending.send_due(campaign.pk)
        message = _one(campaign)
        waits.append(round((message.not_before - timezone.now()).total_seconds() / 60))
        Message.objects.update(not_before=timezone.now())
    assert waits[:4] == [1, 5, 15, 60]
    assert (message.state, message.reason) == ("failed", "gave_up")
    assert "450" in str(message.reply_code)
    actions.retry_failed(campaign=campaign, by=cast.merchant)
    sending.send_due(campaign.pk)
    assert _one(campaign).state == "deferred"


def test_an_unknown_address_is_not_written_to_again(cast: Cast, sink: SmtpSink) -> None:
    scene = make_scene(cast.merchant, 1)
    sink.play(Act("rcpt", "550 5.1.1 unknown", times=None))
    sending.send_due(scenes.sending(scene).pk)
    suppression = Suppression.objects.get()
    assert (suppression.email, suppression.cause) == (scene.customers[0].email, "bounced")
    assert "5.1.1" in suppression.detail


@pytest.mark.parametrize("words", ["550 5.7.1 policy", "550 no", "550 5.2.2 full"])
def test_other_refusals_block_no_address(cast: Cast, sink: SmtpSink, words: str) -> None:
    sink.play(Act("rcpt", words, times=None))
    sending.send_due(scenes.sending(make_scene(cast.merchant, 1)).pk)
    assert not Suppression.objects.exists()


def test_a_refused_sign_in_pauses_the_campaign_with_the_servers_words(
    cast: Cast, sink: SmtpSink, settings: pytest.FixtureRequest
) -> None:
    sink.credentials = ("me", "right")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "me", "wrong"  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    campaign = scenes.sending(make_scene(cast.merchant, 3))
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_cause) == ("paused", "sender_refused")
    assert "535" in campaign.pause_reason
    assert states(campaign) == ["queued"] * 3
    assert AuditEvent.objects.filter(verb="campaign_paused", actor=None).exists()
    settings.EMAIL_HOST_PASSWORD = "right"  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    actions.resume(campaign=campaign, by=cast.merchant)
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"] * 3


def test_a_campaign_that_was_resumed_often_has_used_up_no_message_s_tries(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sink.play(Act("mail", "550 5.7.1 sender not allowed", times=sending.MAX_ATTEMPTS - 1))
    for _time in range(sending.MAX_ATTEMPTS - 1):
        sending.send_due(campaign.pk)
        actions.resume(campaign=campaign, by=cast.merchant)
    sink.play(Act("rcpt", "450 4.2.1 busy"))
    sending.send_due(campaign.pk)
    assert states(campaign) == ["deferred"]


def test_ten_refusals_in_a_row_pause_the_campaign(cast: Cast, sink: SmtpSink) -> None:
    sink.play(Act("data", "554 5.7.1 out of order", times=None))
    campaign = scenes.sending(make_scene(cast.merchant, 14))
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_cause) == ("paused", "failures")
    assert "out of order" in campaign.pause_reason
    assert states(campaign) == ["failed"] * 10 + ["queued"] * 4
    sink.clear()
    actions.retry_failed(campaign=campaign, by=cast.merchant)
    actions.resume(campaign=campaign, by=cast.merchant)
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"] * 14


def test_an_address_blocked_after_the_approval_is_left_out(cast: Cast, sink: SmtpSink) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = scenes.sending(scene)
    actions.add_suppression(
        team=cast.team,
        email=scene.customers[0].email.upper(),
        cause=Suppression.Cause.ASKED,
        detail="",
        by=cast.merchant,
    )
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent", "skipped"]
    assert len(sink.received) == 1


def test_a_pause_stops_a_mail_before_its_final_dot(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    message = _claimed(campaign)
    actions.pause(campaign=campaign, by=cast.merchant)
    sending._send(message, open_transport())
    assert states(campaign) == ["queued"]
    assert sink.dots == 0


# -- Workers that die --------------------------------------------------------------------------------------------------


def _claimed(campaign: Campaign) -> Message:
    row = _one(campaign)
    assert sending.claim(row.pk, row.attempt)
    return Message.objects.select_related("campaign__store", "customer").get(pk=row.pk)


def _lease_over() -> None:
    Message.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))


def test_killed_before_the_final_dot_it_is_sent_once_later(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    _claimed(campaign)
    _lease_over()
    tasks.sweep()
    assert states(campaign) == ["deferred"]
    Message.objects.update(not_before=timezone.now())
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"]
    assert len(sink.received) == 1


def test_killed_after_the_final_dot_it_is_uncertain_and_not_sent_again(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    message = _claimed(campaign)
    assert sending.mark_submitting(message)
    _lease_over()
    tasks.sweep()
    Message.objects.update(not_before=timezone.now())
    sending.send_due(campaign.pk)
    assert states(campaign) == ["uncertain"]
    assert sink.connections == 0
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING


def test_a_worker_that_lost_its_row_cannot_send_or_settle(cast: Cast) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    slow = _claimed(campaign)
    _lease_over()
    assert not sending.mark_submitting(slow)
    tasks.sweep()
    Message.objects.update(not_before=timezone.now())
    quick = _claimed(campaign)
    assert quick.attempt == slow.attempt + 1
    assert not sending.mark_submitting(slow)
    sending._settle(slow, {"state": "failed"})
    assert _one(campaign).state == "sending"


def test_a_late_yes_of_the_server_counts(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    message = _claimed(campaign)
    transport = open_transport()

    class Slow:
        def deliver(self, **words: object) -> object:
            delivery = transport.deliver(**words)  # type: ignore[arg-type]  # a stand-in
            _lease_over()
            tasks.sweep()
            assert states(campaign) == ["uncertain"]
            return delivery

        def close(self) -> None: ...

    sending._send(message, Slow())  # type: ignore[arg-type]  # a stand-in
    assert states(campaign) == ["sent"]


def test_an_error_in_the_middle_leaves_what_is_known(cast: Cast) -> None:
    class Breaks:
        def __init__(self, after_mark: bool) -> None:
            self.after_mark = after_mark

        def deliver(self, *, before_final_dot: Callable[[], bool], **words: object) -> object:
            if self.after_mark:
                before_final_dot()
            raise TimeoutError

        def close(self) -> None: ...

    for after_mark, state in [(False, "deferred"), (True, "uncertain")]:
        campaign = scenes.sending(make_scene(cast.merchant, 1))
        with pytest.raises(TimeoutError):
            sending.send_due(campaign.pk, transport=Breaks(after_mark))  # type: ignore[arg-type]  # a stand-in
        assert states(campaign) == [state]


def test_the_sweep_rings_for_due_work_only_while_nobody_is_at_it(cast: Cast) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 3))
    assert sending.sweep() == {campaign.pk: 1}
    row = Message.objects.first()
    assert row is not None
    sending.claim(row.pk, row.attempt)
    assert sending.sweep() == {}
    Message.objects.update(state="sent")
    assert sending.sweep() == {}
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.FINISHED


# -- Other ways to send ------------------------------------------------------------------------------------------------


def test_the_local_mailbox_takes_campaigns(
    cast: Cast, settings: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mailbox")
    settings.EMAIL_BACKEND = "closedorders.core.mail.mailbox_backend.LocalMailboxBackend"  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    settings.EMAIL_FILE_PATH = str(folder)  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    campaign = scenes.sending(make_scene(cast.merchant, 3))
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"] * 3
    assert len(LocalMailbox(folder).messages(team_header=str(cast.team.pk))) == 3


def test_a_providers_backend_gets_the_whole_mail(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = scenes.sending(scene)
    sending.send_due(campaign.pk)
    sent = mail.outbox[0]
    message = _one(campaign)
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
    assert "maria@" not in _one(campaign).reply_words


# -- Many workers at once ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_mail_once(sink: SmtpSink) -> None:
    campaign = scenes.sending(committed_scene(60))
    errors: list[BaseException] = []

    def work() -> None:
        try:
            sending.send_due(campaign.pk, budget=20)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    assert errors == []
    assert states(campaign) == ["sent"] * 60
    recipients = [received.recipient for received in sink.received]
    assert len(recipients) == len(set(recipients)) == 60
    assert set(Message.objects.values_list("attempt", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_one_of_many_claims_of_a_row_succeeds() -> None:
    campaign = scenes.sending(committed_scene(8))
    rows = list(campaign.messages.values_list("pk", "attempt"))
    start = threading.Barrier(6)
    won: list[int] = []

    def work() -> None:
        start.wait()
        mine = rows[:]
        random.shuffle(mine)
        won.extend(pk for pk, attempt in mine if sending.claim(pk, attempt))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    assert sorted(won) == sorted(pk for pk, _ in rows)


@pytest.mark.django_db(transaction=True)
def test_two_windows_approving_at_once_send_once() -> None:
    scene = committed_scene(5)
    campaign = scenes.draft(scene, Kind.HOLDING)
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def approve() -> None:
        start.wait()
        try:
            scenes.approve(Campaign.objects.get(pk=campaign.pk), scene.by, 5)
            outcomes.append("approved")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    windows = [threading.Thread(target=approve) for _ in range(2)]
    for window in windows:
        window.start()
    for window in windows:
        window.join(timeout=30)
    assert sorted(outcomes) == ["approved", "refused"]
    assert Message.objects.count() == 5


def test_what_is_left_after_the_budget_is_worked_on_later(
    cast: Cast, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 3))
    assert sending.send_due(campaign.pk, budget=0.0) is True
    assert len(sink.received) == 1
    assert sending.send_due(campaign.pk) is False
    assert len(sink.received) == 3
