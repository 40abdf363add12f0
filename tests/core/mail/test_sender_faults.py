from __future__ import annotations

import pytest

from closedorders.core.mail.delivery import Outcome, Phase, Reason
from closedorders.core.mail.sender_faults import SenderFault, sender_fault
from tests.core.mail.smtp_client import connect, hand_over
from tests.smtp_sink import DROP, HANG, Act, SmtpSink

UNAUTHENTICATED, NOT_ALLOWED, SIGN_IN = (
    SenderFault.UNAUTHENTICATED,
    SenderFault.NOT_ALLOWED,
    SenderFault.SIGN_IN,
)
# As the large servers word it.
REPLIES = [
    ("550 5.7.26 Your email has been blocked because the sender is unauthenticated.", UNAUTHENTICATED),
    ("550 5.7.515 Access denied, sending domain shop.example does not meet the level", UNAUTHENTICATED),
    ("550 5.7.1 Unauthenticated email from shop.example is not accepted: DMARC policy", UNAUTHENTICATED),
    ("550 5.7.23 The message was rejected because of Sender Policy Framework violation", UNAUTHENTICATED),
    ("550 5.7.1 Client was not authenticated to send as this sender", UNAUTHENTICATED),
    ("553 5.7.1 Sender address rejected: not owned by user shop", NOT_ALLOWED),
    ("554 5.7.1 Relay access denied", NOT_ALLOWED),
    ("550 5.7.60 SMTP; Client does not have permissions to send as this sender", NOT_ALLOWED),
    ("554 5.7.1 Service unavailable; client host blocked using a list", NOT_ALLOWED),
    ("535 5.7.8 Username and password not accepted", SIGN_IN),
    ("530 5.7.57 Client not authenticated to send mail", SIGN_IN),
    ("550 5.1.1 unknown", None),
    ("554 5.7.1 no", None),
    ("550 5.7.1 Recipient address rejected: Access denied", None),
    ("550 5.7.1 sender blocked by recipient: no such user", None),
    ("550 5.7.261 nothing known", None),
    ("552 5.2.2 mailbox full, see 15.7.26", None),
]


@pytest.mark.parametrize(("reply", "fault"), REPLIES)
def test_each_reply_is_sorted_by_whom_it_is_about(reply: str, fault: SenderFault | None) -> None:
    code, _, words = reply.partition(" ")
    assert sender_fault(int(code), words) is fault


@pytest.mark.parametrize("at", ["rcpt", "data", "dot"])
@pytest.mark.parametrize(
    "reply", [reply for reply, fault in REPLIES if fault and not reply.startswith("554")]
)
def test_a_refused_sender_fails_no_recipient_wherever_it_is_said(sink: SmtpSink, at: str, reply: str) -> None:
    sink.play(Act(at, reply))  # type: ignore[arg-type]
    with connect(sink.port) as connection:
        assert hand_over(connection).outcome is Outcome.SENDER_REFUSED


def test_a_refused_sender_that_is_asked_to_come_later_waits(sink: SmtpSink) -> None:
    sink.play(Act("rcpt", "421 4.7.26 rate limited, sender is unauthenticated"))
    with connect(sink.port) as connection:
        assert hand_over(connection).outcome is Outcome.DEFERRED


def test_a_probe_names_the_sender_and_leaves_no_mail(sink: SmtpSink) -> None:
    assert connect(sink.port).probe(sender="shop@example.com") is None
    assert [command.split(" ")[0].upper() for command in sink.commands] == ["EHLO", "MAIL", "RSET", "QUIT"]
    assert (sink.dots, sink.received) == (0, [])


def test_a_probe_says_how_the_sender_was_refused(sink: SmtpSink) -> None:
    sink.play(Act("mail", "553 5.7.1 not owned by user"))
    refused = connect(sink.port).probe(sender="shop@example.com")
    assert refused is not None
    assert (refused.outcome, refused.phase, refused.code) == (Outcome.SENDER_REFUSED, Phase.SENDER, 553)
    assert "QUIT" in sink.commands


@pytest.mark.parametrize(("act", "reason"), [(DROP, Reason.DROPPED), (HANG, Reason.TIMED_OUT)])
def test_a_probe_that_gets_no_answer_refuses_nobody(sink: SmtpSink, act: str, reason: Reason) -> None:
    sink.play(Act("mail", act))
    found = connect(sink.port, timeout=0.5).probe(sender="shop@example.com")
    assert found is not None
    assert (found.outcome, found.reason) == (Outcome.DEFERRED, reason)
