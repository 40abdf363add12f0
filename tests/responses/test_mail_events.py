"""What the mail provider reports of a mail: its state, and the address that is not written to again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from closedorders.core.text.masks import mask_email
from closedorders.outreach.models import Message, Suppression
from closedorders.outreach.sending import send_due
from closedorders.responses.models import MailEvent
from tests.cast import Cast
from tests.outreach.conftest import sink as sink
from tests.outreach.scenes import make_scene, sending
from tests.smtp_sink import SmtpSink

KEY, LOGIN, TOKEN = "a-webhook-signing-key", "postmark:a-long-password", "t1"


@pytest.fixture
def message(cast: Cast) -> Message:
    campaign = sending(make_scene(cast.merchant, 1))
    Message.objects.filter(campaign=campaign).update(state=Message.State.SENT, settled_at=timezone.now())
    return Message.objects.get(campaign=campaign)


def mailgun(
    settings: Settings, mail: Message, *, key: str = KEY, token: str = TOKEN, at: float = 0, **data: Any
) -> int:
    """Mailgun's documented shape; `failed`, `permanent` unless told otherwise."""
    settings.MAIL_EVENTS, settings.MAIL_EVENTS_SECRET = "mailgun", KEY
    at = at or time.time()
    signed = hmac.new(key.encode(), f"{int(at)}{token}".encode(), hashlib.sha256).hexdigest()
    event = {
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "id": "G9Bn5sl1TC6nu79C8C0bwg",
        "timestamp": at,
        "recipient": mail.recipient,
        "message": {"headers": {"to": mail.recipient, "message-id": mail.message_id.strip("<>")}},
        "delivery-status": {"code": 550, "description": f"No such user {mail.recipient}"},
    } | data
    payload = {
        "signature": {"timestamp": str(int(at)), "token": token, "signature": signed},
        "event-data": event,
    }
    return (
        Client(enforce_csrf_checks=True)
        .post("/mail-events/", json.dumps(payload), content_type="application/json")
        .status_code
    )


def postmark(settings: Settings, message: Message, *, login: str = LOGIN, **data: Any) -> int:
    """Postmark's documented shape of a bounce."""
    settings.MAIL_EVENTS, settings.MAIL_EVENTS_SECRET = "postmark", LOGIN
    payload = {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Metadata": {"message": str(message.pk)},
        "Description": "The server was unable to deliver your message.",
        "Email": message.recipient,
        "BouncedAt": timezone.now().isoformat(),
    } | data
    header = "Basic " + base64.b64encode(login.encode()).decode()
    return (
        Client(enforce_csrf_checks=True)
        .post(
            "/mail-events/", json.dumps(payload), content_type="application/json", HTTP_AUTHORIZATION=header
        )
        .status_code
    )


def test_without_a_provider_nobody_can_report(message: Message) -> None:
    assert Client().post("/mail-events/", "{}", content_type="application/json").status_code == 404


def test_a_mail_that_came_back_is_said_so_and_its_address_is_not_written_to(
    message: Message, settings: Settings
) -> None:
    assert mailgun(settings, message) == 200
    message.refresh_from_db()
    assert message.state == "bounced"
    block = Suppression.objects.get()
    assert (block.email, block.cause, block.team) == (message.recipient, "bounced", message.team)
    assert block.detail == f"No such user {mask_email(message.recipient)}"


def test_postmark_reports_by_the_header_that_we_gave_its_mail(
    message: Message, settings: Settings, sink: SmtpSink
) -> None:
    assert postmark(settings, message) == 200
    message.refresh_from_db()
    assert message.state == "bounced"
    Message.objects.update(state="queued")
    Suppression.objects.all().delete()
    send_due(message.campaign_id)
    assert sink.received[0].message["X-PM-Metadata-message"] == str(message.pk)


def test_a_full_mailbox_returns_a_mail_and_blocks_nobody(message: Message, settings: Settings) -> None:
    postmark(settings, message, Type="SoftBounce")
    message.refresh_from_db()
    assert message.state == "bounced"
    assert not Suppression.objects.exists()


def test_whoever_marks_a_mail_as_spam_is_not_written_to(message: Message, settings: Settings) -> None:
    postmark(settings, message, RecordType="SpamComplaint", Type="SpamComplaint")
    message.refresh_from_db()
    assert message.state == "complained"
    assert Suppression.objects.get().cause == "complained"
    # A report that comes late is not the last word.
    mailgun(settings, message, event="delivered")
    message.refresh_from_db()
    assert message.state == "complained"


def test_a_delivered_mail_is_certain_even_where_it_was_not(message: Message, settings: Settings) -> None:
    Message.objects.update(state="uncertain")
    mailgun(settings, message, event="delivered")
    message.refresh_from_db()
    assert message.state == "delivered"
    assert not Suppression.objects.exists()


def test_a_delay_changes_nothing(message: Message, settings: Settings) -> None:
    assert mailgun(settings, message, severity="temporary") == 200
    message.refresh_from_db()
    assert message.state == "sent"


def test_a_report_that_comes_again_does_nothing(message: Message, settings: Settings) -> None:
    mailgun(settings, message)
    Message.objects.update(state="sent")
    Suppression.objects.update(released_at=timezone.now())
    assert mailgun(settings, message) == 200
    message.refresh_from_db()
    assert message.state == "sent"
    assert not Suppression.objects.live().exists()


def test_an_old_report_is_not_taken_and_old_ones_are_forgotten(message: Message, settings: Settings) -> None:
    old = time.time() - 31 * 86_400
    assert mailgun(settings, message, at=old, timestamp=time.time()) == 200
    message.refresh_from_db()
    assert message.state == "sent"
    MailEvent.objects.create(
        key="old", kind="bounced", message=message, at=timezone.now() - timedelta(days=40)
    )
    mailgun(settings, message, token="t2")
    assert not MailEvent.objects.filter(key="old").exists()


def test_what_the_provider_did_not_sign_is_refused(message: Message, settings: Settings) -> None:
    assert mailgun(settings, message, key="another key") == 400
    assert postmark(settings, message, login="postmark:wrong") == 400
    for body in ("", "[]", "{}", "null", "not json", '{"signature": 1}', '{"signature": {"token": 1}}'):
        for provider, secret in (("mailgun", KEY), ("postmark", LOGIN)):
            settings.MAIL_EVENTS, settings.MAIL_EVENTS_SECRET = provider, secret
            answer = Client().post("/mail-events/", body, content_type="application/json")
            assert answer.status_code == 400, body
    message.refresh_from_db()
    assert message.state == "sent"
    assert not MailEvent.objects.exists()


def test_mails_of_others_and_of_another_recipient_are_ignored(message: Message, settings: Settings) -> None:
    unknown: dict[str, Any] = {"message": {"headers": {"message-id": "unknown@example.com"}}}
    assert mailgun(settings, message, **unknown) == 200
    assert mailgun(settings, message, recipient="someone@example.com") == 200
    assert postmark(settings, message, Metadata={"message": "9" * 18}) == 200
    assert postmark(settings, message, Metadata={}) == 200
    assert not MailEvent.objects.exists()
    assert not Suppression.objects.exists()
