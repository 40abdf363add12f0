from __future__ import annotations

import pytest
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.core.mail.transports import open_transport
from closedorders.outreach import actions, sending, tasks
from closedorders.outreach.models import Campaign, Kind, Message, Suppression
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import make_scene, states
from tests.outreach.sending.workers import claimed_message, only_message
from tests.smtp_sink import DROP, GARBAGE, HANG, Act, SmtpSink


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
    (Act("rcpt", "550 5.7.26 the sender is unauthenticated"), "queued", 0),
    (Act("dot", "550 5.7.515 sending domain does not meet the level"), "queued", 0),
]


@pytest.mark.parametrize(("act", "state", "kept"), TABLE, ids=lambda value: str(value))
def test_each_way_of_failing_has_its_state(
    cast: Cast, sink: SmtpSink, act: Act, state: str, kept: int
) -> None:
    # The table is read many times; a script is used up by playing it.
    sink.play(Act(act.at, act.does, times=act.times, keeps=act.keeps))
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk)
    message = only_message(campaign)
    assert message.state == state
    assert len(sink.received) == kept
    tasks.sweep()
    sending.send_due(campaign.pk)
    assert len(sink.received) == kept
    assert only_message(campaign).state == state


def test_a_server_that_drops_while_the_text_is_on_its_way_never_counts_as_sent(
    cast: Cast, sink: SmtpSink
) -> None:
    """Deferred when the drop is seen before the final dot, uncertain when the dot was faster than the news."""
    sink.play(Act("content", DROP))
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk)
    assert only_message(campaign).state in {"deferred", "uncertain"}
    assert sink.received == []


def test_a_deferred_message_waits_longer_each_time_and_then_fails(cast: Cast, sink: SmtpSink) -> None:
    sink.play(Act("rcpt", "450 4.2.1 busy", times=None))
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    waits = []
    for _attempt in range(sending.MAX_ATTEMPTS):
        sending.send_due(campaign.pk)
        message = only_message(campaign)
        waits.append(round((message.not_before - timezone.now()).total_seconds() / 60))
        Message.objects.update(not_before=timezone.now())
    assert waits[:4] == [1, 5, 15, 60]
    assert (message.state, message.reason) == ("failed", "gave_up")
    assert "450" in str(message.reply_code)
    actions.retry_failed(campaign=campaign, by=cast.merchant)
    sending.send_due(campaign.pk)
    assert only_message(campaign).state == "deferred"


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
    message = claimed_message(campaign)
    actions.pause(campaign=campaign, by=cast.merchant)
    sending._send(sending.claimed(message.pk), open_transport())
    assert states(campaign) == ["queued"]
    assert sink.dots == 0
