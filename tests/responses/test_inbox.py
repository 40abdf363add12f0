"""Answers, returned mails and complaints, read from a real mailbox over IMAP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.orders.models import Store
from closedorders.outreach.models import Message, Suppression
from closedorders.responses.inbox import actions, reading
from closedorders.responses.inbox.models import ReplyMailbox
from closedorders.responses.models import Reply
from tests.cast import Cast
from tests.factories import make_store
from tests.imap_server import ImapServer
from tests.outreach.scenes import make_scene, sending

SignIn = Callable[[Membership | None], Client]


@pytest.fixture
def imap() -> Iterator[ImapServer]:
    with ImapServer() as server:
        yield server


@pytest.fixture
def message(cast: Cast) -> Message:
    campaign = sending(make_scene(cast.merchant, 1))
    Message.objects.filter(campaign=campaign).update(state=Message.State.SENT, settled_at=timezone.now())
    return Message.objects.select_related("campaign__store").get(campaign=campaign)


def set_up(server: ImapServer, store: Store, by: Membership, **other: object) -> ReplyMailbox:
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "username": "hola@casaluna.example",
        "password": "s3cret-word",
        "folder": "INBOX",
    }
    return actions.set_reply_mailbox(store=store, by=by, **{**values, **other})  # type: ignore[arg-type]


def look(mailbox: ReplyMailbox) -> ReplyMailbox:
    """One look of a worker, as if it were time for it."""
    ReplyMailbox.objects.filter(pk=mailbox.pk).update(due_at=timezone.now())
    reading.run(mailbox.pk)
    mailbox.refresh_from_db()
    return mailbox


@pytest.fixture
def mailbox(imap: ImapServer, message: Message, cast: Cast) -> ReplyMailbox:
    """Set up, and looked at once: what comes from now on is read."""
    return look(set_up(imap, message.campaign.store, cast.merchant))


def answer(message: Message, text: str, **headers: str) -> bytes:
    names = {"From": message.recipient, "Subject": "Re: your order", "In-Reply-To": message.message_id}
    lines = [f"{name}: {value}" for name, value in (names | headers).items()]
    return ("\n".join(lines) + f'\nContent-Type: text/plain; charset="utf-8"\n\n{text}\n').encode()


def returned(message: Message, *, status: str = "5.1.1", action: str = "failed", to: str = "") -> bytes:
    """As RFC 3464, appendix E, has it."""
    return f"""From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>
Subject: Returned mail
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
Auto-Submitted: auto-replied

--b1

The mail could not be delivered.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {to or message.recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user {message.recipient}

--b1
Content-Type: message/rfc822

Message-ID: {message.message_id}
Subject: Your order

Hello
--b1--
""".encode()


def complaint(message: Message) -> bytes:
    """As RFC 5965, appendix B, has it."""
    return f"""From: <abuse@mx.example>
Subject: FW: Your order
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2

This is an abuse report.
--b2
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <{message.recipient}>

--b2
Content-Type: text/rfc822-headers

Message-ID: {message.message_id}
Subject: Your order
--b2--
""".encode()


def state(message: Message) -> str:
    return str(Message.objects.get(pk=message.pk).state)


def test_what_a_customer_answers_by_mail_is_kept_without_the_mail_it_answers(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message, cast: Cast, client_of: SignIn
) -> None:
    imap.add(
        answer(
            message,
            "¿Cuándo llega? Pagué con 4111 1111 1111 1111.\n\n"
            "El mar, 1 dic 2026 a las 10:00, Casa Luna\n<hola@casaluna.example> escribió:\n> Hola",
        )
    )
    look(mailbox)
    reply = Reply.objects.get()
    assert (reply.message, reply.customer_id) == (message, message.customer_id)
    assert reply.came_by_mail
    assert reply.text.startswith("¿Cuándo llega?")
    assert "4111 1111" not in reply.text
    assert "escribió" not in reply.text
    assert "Hola" not in reply.text
    assert (mailbox.answers, mailbox.trouble) == (1, "")
    page = client_of(cast.merchant).get(f"/t/{cast.team.slug}/replies/").content.decode()
    assert "¿Cuándo llega?" in page
    assert "by e-mail" in page


def test_the_mailbox_itself_is_not_changed(imap: ImapServer, mailbox: ReplyMailbox, message: Message) -> None:
    imap.add(answer(message, "Where is it?"))
    look(mailbox)
    said = {command.split(" ")[0] for command in imap.commands}
    assert said == {"CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT"}
    assert {c.split(" ")[1] for c in imap.commands if c.startswith("UID")} == {"SEARCH", "FETCH"}
    assert all("PEEK" in command for command in imap.commands if "FETCH" in command)


def test_mails_that_were_there_before_it_was_set_up_are_not_read(
    imap: ImapServer, message: Message, cast: Cast
) -> None:
    imap.add(answer(message, "An old answer"))
    mailbox = look(set_up(imap, message.campaign.store, cast.merchant))
    look(mailbox)
    assert not Reply.objects.exists()
    imap.add(answer(message, "A new answer"))
    look(mailbox)
    assert Reply.objects.get().text == "A new answer"


def test_a_mail_is_taken_once_whatever_the_server_names_and_however_often_it_is_read(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message
) -> None:
    imap.add(answer(message, "Where is it?"))
    for _look in range(3):
        look(mailbox)
    assert Reply.objects.count() == 1
    assert mailbox.answers == 1


def test_a_mail_that_came_back_is_noted_and_its_address_gets_no_more(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message
) -> None:
    imap.add(returned(message))
    look(mailbox)
    assert state(message) == Message.State.BOUNCED
    assert Suppression.objects.get().cause == Suppression.Cause.BOUNCED
    words = Message.objects.get(pk=message.pk).reply_words
    assert "5.1.1 550 no such user" in words
    assert message.recipient not in words
    assert mailbox.returned == 1


def test_a_full_mailbox_brings_the_mail_back_and_does_not_block_the_address(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message
) -> None:
    imap.add(returned(message, status="5.2.2"))
    look(mailbox)
    assert state(message) == Message.State.BOUNCED
    assert not Suppression.objects.exists()


def test_a_mail_that_is_only_late_is_still_sent(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message
) -> None:
    imap.add(returned(message, action="delayed", status="4.4.1"))
    look(mailbox)
    assert state(message) == Message.State.SENT


def test_a_complaint_is_noted_and_its_address_gets_no_more(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message
) -> None:
    imap.add(complaint(message))
    look(mailbox)
    assert state(message) == Message.State.COMPLAINED
    assert Suppression.objects.get().cause == Suppression.Cause.COMPLAINED
    assert mailbox.complaints == 1


def test_what_is_not_ours_is_left_alone(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message, cast: Cast, other_cast: Cast
) -> None:
    theirs = sending(make_scene(other_cast.merchant, 1))
    Message.objects.filter(campaign=theirs).update(state=Message.State.SENT)
    for content in (
        answer(Message.objects.get(campaign=theirs), "Of another team"),
        returned(Message.objects.get(campaign=theirs)),
        returned(message, to="somebody@else.example"),
        answer(message, "I am away.", **{"Auto-Submitted": "auto-replied"}),
        answer(message, "A newsletter", Precedence="bulk"),
        answer(message, "About nothing of ours", **{"In-Reply-To": "<a@b.example>"}),
        b"\xff\xfe no mail at all",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nbroken",
    ):
        imap.add(content)
    look(mailbox)
    assert not Reply.objects.exists()
    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.SENT}
    assert mailbox.last_uid == 8


def test_a_worker_that_dies_between_two_mails_leaves_the_rest_to_the_next(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.add(answer(message, "First"))
    imap.add(answer(message, "Second"))
    real, seen = reading._take, []

    def dies_at_the_second(box: ReplyMailbox, found: object) -> str:
        seen.append(found)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(box, found)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "_take", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        look(mailbox)
    monkeypatch.undo()
    assert Reply.objects.count() == 1
    look(mailbox)  # Its lease still runs.
    assert Reply.objects.count() == 1
    ReplyMailbox.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    look(mailbox)
    assert sorted(Reply.objects.values_list("text", flat=True)) == ["First", "Second"]


def test_a_server_that_counts_its_mails_anew_is_read_from_its_end(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message
) -> None:
    imap.mails.clear()
    imap.uid_validity = 8
    imap.add(answer(message, "Read under another number, or never"))
    look(mailbox)
    assert not Reply.objects.exists()
    imap.add(answer(message, "A new one"))
    look(mailbox)
    assert Reply.objects.get().text == "A new one"


@pytest.mark.parametrize(
    ("other", "trouble"),
    [
        ({"password": "wrong"}, "sign_in"),
        ({"folder": "Answers"}, "folder"),
        ({"port": 1}, "silent"),
    ],
)
def test_trouble_is_said_and_tried_again_less_and_less_often(
    imap: ImapServer,
    message: Message,
    cast: Cast,
    client_of: SignIn,
    other: dict[str, object],
    trouble: str,
) -> None:
    mailbox = look(set_up(imap, message.campaign.store, cast.merchant, **other))
    assert mailbox.trouble == trouble
    first = mailbox.due_at - timezone.now()
    assert look(mailbox).due_at - timezone.now() > first * 1.9
    page = client_of(cast.merchant).get(f"/t/{cast.team.slug}/stores/{mailbox.store_id}/mailbox/")
    assert str(mailbox.get_trouble_display()) in page.content.decode()
    look(set_up(imap, mailbox.store, cast.merchant))
    assert ReplyMailbox.objects.get().trouble == ""


def test_a_server_that_falls_silent_loses_nothing(
    imap: ImapServer, mailbox: ReplyMailbox, message: Message
) -> None:
    imap.add(answer(message, "Where is it?"))
    imap.breaks_at_fetch = True
    assert look(mailbox).trouble == "silent"
    imap.breaks_at_fetch = False
    look(mailbox)
    assert Reply.objects.count() == 1


def test_the_password_is_sealed_and_kept_for_the_same_server_only(
    imap: ImapServer, message: Message, cast: Cast
) -> None:
    store = message.campaign.store
    mailbox = set_up(imap, store, cast.merchant)
    assert b"s3cret-word" not in bytes(mailbox.sealed_password)
    assert "s3cret-word" not in str(list(AuditEvent.objects.values_list("before", "after")))
    set_up(imap, store, cast.merchant, password="", folder="INBOX/Shop")
    with pytest.raises(Refused):
        set_up(imap, store, cast.merchant, password="", host="imap.elsewhere.example")
    ReplyMailbox.objects.update(host="imap.elsewhere.example")
    assert look(mailbox).trouble == "key"


def test_in_production_a_mailbox_is_public_and_its_password_is_not_readable_on_the_way(
    imap: ImapServer, cast: Cast, settings: Settings
) -> None:
    settings.EMBEDDED = settings.DEBUG = False
    store = make_store(cast.team)
    for other in ({}, {"port": 993}, {"host": "imap.shop.example", "port": 8080, "security": "tls"}):
        with pytest.raises(Refused):
            set_up(imap, store, cast.merchant, **other)
    mailbox = set_up(imap, store, cast.merchant, host="localhost", port=993, security="tls")
    assert look(mailbox).trouble == "not_public"
    assert imap.commands == []


def test_a_merchant_sets_the_mailbox_up_and_has_it_read_no_more(
    imap: ImapServer, message: Message, cast: Cast, client_of: SignIn
) -> None:
    person, url = client_of(cast.merchant), f"/t/{cast.team.slug}/stores/{message.campaign.store_id}/mailbox/"
    typed = {
        "host": "127.0.0.1",
        "port": imap.port,
        "security": "none",
        "username": "hola@casaluna.example",
        "password": "s3cret-word",
        "folder": "INBOX",
    }
    assert person.post(url, {**typed, "host": "not a host"}).status_code == 422
    assert person.post(url, {**typed, "folder": "Buzón"}).status_code == 422
    assert person.post(url, typed).status_code == 302
    assert "s3cret-word" not in person.get(url).content.decode()
    assert person.post(f"{url}reading/").status_code == 302
    look(ReplyMailbox.objects.get())
    assert person.post(f"{url}removal/").status_code == 302
    assert not ReplyMailbox.objects.exists()
