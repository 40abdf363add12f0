from __future__ import annotations

import mailbox
import os
import threading
from pathlib import Path

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from pytest_django import Settings

from closedorders.core.mail.delivery import Outcome, Phase, Reason
from closedorders.core.mail.mailbox import LocalMailbox
from closedorders.core.mail.mailbox_backend import LocalMailboxBackend


def mail(subject: str, *, team: str = "", body: str = "Hola, ¿qué tal?") -> bytes:
    team_line = f"X-Closed-Orders-Team: {team}\r\n" if team else ""
    return (
        f"From: Shop <shop@example.com>\r\nTo: maria@example.com\r\nSubject: {subject}\r\n{team_line}"
        'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    ).encode()


def put(box: LocalMailbox, subject: str, *, team: str = "") -> None:
    delivery = box.deliver(
        sender="shop@example.com",
        recipient="maria@example.com",
        content=mail(subject, team=team),
        before_final_dot=lambda: True,
    )
    assert delivery.outcome is Outcome.SENT


@pytest.fixture
def box(tmp_path: Path) -> LocalMailbox:
    return LocalMailbox(tmp_path / "mail")


def test_an_empty_mailbox_lists_nothing(box: LocalMailbox) -> None:
    assert box.messages() == []


def test_a_delivered_mail_can_be_listed_and_read(box: LocalMailbox) -> None:
    put(box, "Order #1001", team="7")
    [listed] = box.messages(team_header="7")
    read = box.get(listed.key)
    assert (listed.subject, listed.recipient, listed.team, listed.text) == (
        "Order #1001",
        "maria@example.com",
        "7",
        "",
    )
    assert read.text.strip() == "Hola, ¿qué tal?"
    assert read.received_at.tzinfo is not None
    assert b"Delivered-To: maria@example.com\r\n" in read.content


def test_the_newest_mail_comes_first_and_pages_do_not_overlap(box: LocalMailbox) -> None:
    for number in range(7):
        put(box, f"mail {number}")
    first = box.messages(limit=3)
    second = box.messages(limit=3, before=first[-1].key)
    third = box.messages(limit=3, before=second[-1].key)
    assert [found.subject for found in first + second + third] == [f"mail {n}" for n in range(6, -1, -1)]


def test_a_team_sees_its_own_mails_only(box: LocalMailbox) -> None:
    put(box, "ours", team="7")
    put(box, "theirs", team="77")
    put(box, "password reset")
    assert [found.subject for found in box.messages(team_header="7")] == ["ours"]
    assert [found.subject for found in box.messages(team_header="")] == ["password reset"]
    theirs = box.messages(team_header="77")[0].key
    with pytest.raises(KeyError):
        box.get(theirs, team_header="7")


def test_the_file_is_no_message_until_the_claim_is_committed(box: LocalMailbox, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    def commits() -> bool:
        seen.append((len(os.listdir(tmp_path / "mail" / "tmp")), len(box.messages())))
        return True

    box.deliver(sender="a@b.example", recipient="c@d.example", content=mail("x"), before_final_dot=commits)
    assert seen == [(1, 0)]
    assert len(box.messages()) == 1
    assert os.listdir(tmp_path / "mail" / "tmp") == []


def test_a_lost_claim_leaves_nothing_behind(box: LocalMailbox, tmp_path: Path) -> None:
    delivery = box.deliver(
        sender="a@b.example", recipient="c@d.example", content=mail("x"), before_final_dot=lambda: False
    )
    assert (delivery.outcome, delivery.reason) == (Outcome.DEFERRED, Reason.LOST_CLAIM)
    assert box.messages() == []
    assert os.listdir(tmp_path / "mail" / "tmp") == []


def test_a_commit_that_fails_leaves_nothing_behind(box: LocalMailbox, tmp_path: Path) -> None:
    def fails() -> bool:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        box.deliver(sender="a@b.example", recipient="c@d.example", content=mail("x"), before_final_dot=fails)
    assert box.messages() == []
    assert os.listdir(tmp_path / "mail" / "tmp") == []


def test_a_mailbox_that_cannot_be_written_defers(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    delivery = LocalMailbox(tmp_path / "mail").deliver(
        sender="a@b.example", recipient="c@d.example", content=mail("x"), before_final_dot=lambda: True
    )
    assert (delivery.outcome, delivery.phase, delivery.reason) == (Outcome.DEFERRED, Phase.DATA, Reason.DISK)


def test_a_mailbox_that_vanishes_during_the_commit_defers(box: LocalMailbox, tmp_path: Path) -> None:
    def vanishes() -> bool:
        (tmp_path / "mail" / "new").rmdir()
        return True

    delivery = box.deliver(
        sender="a@b.example", recipient="c@d.example", content=mail("x"), before_final_dot=vanishes
    )
    assert (delivery.outcome, delivery.phase, delivery.reason) == (
        Outcome.DEFERRED,
        Phase.FINAL_DOT,
        Reason.DISK,
    )
    assert os.listdir(tmp_path / "mail" / "tmp") == []


def test_a_recipient_with_a_line_break_is_refused(box: LocalMailbox) -> None:
    delivery = box.deliver(
        sender="a@b.example",
        recipient="c@d.example\r\nX-Closed-Orders-Team: 7",
        content=mail("x"),
        before_final_dot=lambda: True,
    )
    assert (delivery.outcome, delivery.reason) == (Outcome.FAILED, Reason.BAD_ADDRESS)
    assert box.messages() == []


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "..", "1.M1/../x", "nothing", "a\nb", "*"])
def test_a_made_up_key_finds_nothing(box: LocalMailbox, key: str) -> None:
    put(box, "x")
    with pytest.raises(KeyError):
        box.get(key)


def test_other_programs_mail_in_the_same_maildir_is_listed(box: LocalMailbox, tmp_path: Path) -> None:
    put(box, "ours")
    other = mailbox.Maildir(tmp_path / "mail", create=False)
    read = mailbox.MaildirMessage(mail("read in a mail program"))
    read.set_subdir("cur")
    read.set_flags("S")
    other.add(read)
    assert {found.subject for found in box.messages()} == {"ours", "read in a mail program"}
    assert {box.get(found.key).subject for found in box.messages()} == {"ours", "read in a mail program"}


def test_mails_written_at_once_are_all_kept(box: LocalMailbox) -> None:
    def writes(writer: int) -> None:
        for number in range(10):
            put(box, f"{writer}-{number}")

    writers = [threading.Thread(target=writes, args=(writer,)) for writer in range(8)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    assert len({found.subject for found in box.messages(limit=100)}) == 80


def test_system_mails_land_in_the_same_mailbox(tmp_path: Path, settings: Settings) -> None:
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    message = EmailMultiAlternatives(
        "Contraseña nueva",
        "Pulsa aquí",
        "Tienda <shop@example.com>",
        ["a@example.com"],
        bcc=["b@example.com"],
    )
    message.attach_alternative("<p>Pulsa aquí</p>", "text/html")
    assert LocalMailboxBackend().send_messages([message]) == 1
    box = LocalMailbox(tmp_path / "mail")
    mails = [box.get(found.key) for found in box.messages(team_header="")]
    assert [found.subject for found in mails] == ["Contraseña nueva"] * 2
    assert mails[0].text.strip() == "Pulsa aquí"
    assert mails[0].html.strip() == "<p>Pulsa aquí</p>"
    assert b"Delivered-To: b@example.com" in mails[0].content
    assert b"b@example.com" not in mails[1].content


def test_a_system_mail_that_cannot_be_written_is_not_silently_lost(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    message = EmailMessage("x", "y", "shop@example.com", ["a@example.com"])
    with pytest.raises(OSError, match="took no mail"):
        LocalMailboxBackend(file_path=str(tmp_path / "mail")).send_messages([message])
    assert (
        LocalMailboxBackend(fail_silently=True, file_path=str(tmp_path / "mail")).send_messages([message])
        == 0
    )
