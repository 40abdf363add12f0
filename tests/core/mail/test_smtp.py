from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from closedorders.core.mail.smtp import Delivery, Outcome, Phase, Reason
from tests.core.mail.smtp_client import CONTENT, MARIA, PATIENT, SHORT, Claim, connect, hand_over
from tests.smtp_sink import DROP, GARBAGE, HANG, Act, SmtpSink


def test_a_message_arrives_once_and_byte_for_byte(sink: SmtpSink) -> None:
    claim = Claim(sink)
    with connect(sink.port) as connection:
        delivery = hand_over(connection, claim=claim)
    assert delivery == Delivery(
        outcome=Outcome.SENT,
        phase=Phase.FINAL_DOT,
        reason=Reason.ACCEPTED,
        code=250,
        enhanced="2.0.0",
        words="2.0.0 queued",
    )
    assert [mail.content for mail in sink.received] == [CONTENT]
    assert sink.received[0].recipient == MARIA
    assert sink.received[0].message_id == "<m1@example.com>"


def test_the_claim_is_asked_exactly_once_and_before_the_dot(sink: SmtpSink) -> None:
    claim = Claim(sink)
    with connect(sink.port) as connection:
        hand_over(connection, claim=claim)
    assert claim.calls == 1
    assert claim.dots_seen == 0
    assert sink.dots == 1


def test_a_lost_claim_leaves_the_message_without_its_dot(sink: SmtpSink) -> None:
    with connect(sink.port) as connection:
        delivery = hand_over(connection, claim=Claim(owned=False))
        assert (delivery.outcome, delivery.reason) == (Outcome.DEFERRED, Reason.LOST_CLAIM)
        assert sink.wait_for_partial()[0].endswith(b"Hello")
        assert (sink.dots, sink.received) == (0, [])
        assert hand_over(connection).outcome is Outcome.SENT


def test_a_commit_that_fails_leaves_the_message_without_its_dot(sink: SmtpSink) -> None:
    def fails() -> None:
        raise RuntimeError("database is gone")

    with connect(sink.port) as connection, pytest.raises(RuntimeError):
        hand_over(connection, claim=Claim(then=fails))
    assert sink.wait_for_partial()
    assert (sink.dots, sink.received) == (0, [])


# What the server does, and what must be concluded. `claimed` is how often the dot was announced.
D, F, U, S, R = Outcome.DEFERRED, Outcome.FAILED, Outcome.UNCERTAIN, Outcome.SENT, Outcome.SENDER_REFUSED
TABLE: list[tuple[Act, Outcome, Phase, Reason, int | None, int]] = [
    (Act("connect", "421 4.3.2 too busy"), D, Phase.CONNECT, Reason.REFUSED, 421, 0),
    (Act("connect", "554 5.7.1 go away"), R, Phase.CONNECT, Reason.REFUSED, 554, 0),
    (Act("connect", HANG), D, Phase.CONNECT, Reason.TIMED_OUT, None, 0),
    (Act("connect", DROP), D, Phase.CONNECT, Reason.DROPPED, None, 0),
    (Act("connect", GARBAGE), D, Phase.CONNECT, Reason.GARBLED, None, 0),
    (Act("ehlo", HANG), D, Phase.HELLO, Reason.TIMED_OUT, None, 0),
    (Act("ehlo", DROP), D, Phase.HELLO, Reason.DROPPED, None, 0),
    (Act("mail", "421 4.3.2 closing"), D, Phase.SENDER, Reason.REFUSED, 421, 0),
    (Act("mail", "451 4.3.0 later"), D, Phase.SENDER, Reason.REFUSED, 451, 0),
    (Act("mail", "452 4.3.1 disk full"), D, Phase.SENDER, Reason.REFUSED, 452, 0),
    (Act("mail", "530 5.7.0 sign in first"), R, Phase.SENDER, Reason.REFUSED, 530, 0),
    (Act("mail", "550 5.7.1 sender refused"), R, Phase.SENDER, Reason.REFUSED, 550, 0),
    (Act("mail", HANG), D, Phase.SENDER, Reason.TIMED_OUT, None, 0),
    (Act("mail", DROP), D, Phase.SENDER, Reason.DROPPED, None, 0),
    (Act("mail", GARBAGE), D, Phase.SENDER, Reason.GARBLED, None, 0),
    (Act("rcpt", "421 4.7.0 slow down"), D, Phase.RECIPIENT, Reason.REFUSED, 421, 0),
    (Act("rcpt", "450 4.2.1 busy"), D, Phase.RECIPIENT, Reason.REFUSED, 450, 0),
    (Act("rcpt", "451 4.7.1 greylisted"), D, Phase.RECIPIENT, Reason.REFUSED, 451, 0),
    (Act("rcpt", "452 4.2.2 over quota"), D, Phase.RECIPIENT, Reason.REFUSED, 452, 0),
    (Act("rcpt", "550 5.1.1 no such user"), F, Phase.RECIPIENT, Reason.REFUSED, 550, 0),
    (Act("rcpt", "530 5.7.0 sign in first"), R, Phase.RECIPIENT, Reason.REFUSED, 530, 0),
    (Act("rcpt", HANG), D, Phase.RECIPIENT, Reason.TIMED_OUT, None, 0),
    (Act("rcpt", DROP), D, Phase.RECIPIENT, Reason.DROPPED, None, 0),
    (Act("rcpt", GARBAGE), D, Phase.RECIPIENT, Reason.GARBLED, None, 0),
    (Act("data", "451 4.3.0 not now"), D, Phase.DATA, Reason.REFUSED, 451, 0),
    (Act("data", "554 5.6.0 no"), F, Phase.DATA, Reason.REFUSED, 554, 0),
    (Act("data", "250 2.0.0 what?"), D, Phase.DATA, Reason.GARBLED, None, 0),
    (Act("data", HANG), D, Phase.DATA, Reason.TIMED_OUT, None, 0),
    (Act("data", DROP), D, Phase.DATA, Reason.DROPPED, None, 0),
    (Act("dot", "421 4.3.2 closing"), D, Phase.FINAL_DOT, Reason.REFUSED, 421, 1),
    (Act("dot", "451 4.3.0 try later"), D, Phase.FINAL_DOT, Reason.REFUSED, 451, 1),
    (Act("dot", "452 4.3.1 disk full"), D, Phase.FINAL_DOT, Reason.REFUSED, 452, 1),
    (Act("dot", "550 5.7.1 spam"), F, Phase.FINAL_DOT, Reason.REFUSED, 550, 1),
    (Act("dot", "554 5.7.1 content refused"), F, Phase.FINAL_DOT, Reason.REFUSED, 554, 1),
    (Act("dot", HANG, keeps=True), U, Phase.FINAL_DOT, Reason.TIMED_OUT, None, 1),
    (Act("dot", HANG), U, Phase.FINAL_DOT, Reason.TIMED_OUT, None, 1),
    (Act("dot", DROP, keeps=True), U, Phase.FINAL_DOT, Reason.DROPPED, None, 1),
    (Act("dot", DROP), U, Phase.FINAL_DOT, Reason.DROPPED, None, 1),
    (Act("dot", GARBAGE, keeps=True), U, Phase.FINAL_DOT, Reason.GARBLED, None, 1),
    (Act("dot", "354 more?", keeps=True), U, Phase.FINAL_DOT, Reason.GARBLED, None, 1),
    (Act("dot", "25", keeps=True), U, Phase.FINAL_DOT, Reason.GARBLED, None, 1),
    (Act("dot", "250"), S, Phase.FINAL_DOT, Reason.ACCEPTED, 250, 1),
    (Act("dot", "250-one\r\n250 two", keeps=True), S, Phase.FINAL_DOT, Reason.ACCEPTED, 250, 1),
    (Act("quit", DROP), S, Phase.FINAL_DOT, Reason.ACCEPTED, 250, 1),
    (Act("quit", HANG), S, Phase.FINAL_DOT, Reason.ACCEPTED, 250, 1),
    (Act("quit", GARBAGE), S, Phase.FINAL_DOT, Reason.ACCEPTED, 250, 1),
]


@pytest.mark.parametrize(
    ("act", "outcome", "phase", "reason", "code", "claimed"),
    TABLE,
    ids=[
        f"{row[0].at}-{row[0].does[:3].strip(chr(0))}-{'kept' if row[0].keeps else 'lost'}" for row in TABLE
    ],
)
def test_each_misfortune_has_one_conclusion(
    sink: SmtpSink, act: Act, outcome: Outcome, phase: Phase, reason: Reason, code: int | None, claimed: int
) -> None:
    sink.play(Act(act.at, act.does, keeps=act.keeps))
    claim = Claim()
    with connect(sink.port, timeout=SHORT if act.does == HANG else PATIENT) as connection:
        delivery = hand_over(connection, claim=claim)
    assert (delivery.outcome, delivery.phase, delivery.reason, delivery.code) == (
        outcome,
        phase,
        reason,
        code,
    )
    assert claim.calls == claimed
    assert sink.dots == claimed
    assert len(sink.received) == int(act.keeps or act.at == "quit")


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row[1] is not Outcome.SENT], ids=lambda row: str(row[0].at)
)
def test_the_next_message_gets_through_after_any_misfortune(
    sink: SmtpSink, row: tuple[Act, Outcome, Phase, Reason, int | None, int]
) -> None:
    sink.play(Act(row[0].at, row[0].does))
    with connect(sink.port, timeout=SHORT if row[0].does == HANG else PATIENT) as connection:
        hand_over(connection, content=b"Message-ID: <first@x>\r\n\r\nfirst\r\n")
        second = hand_over(
            connection, recipient="luis@example.com", content=b"Message-ID: <second@x>\r\n\r\nb\r\n"
        )
    assert second.outcome is Outcome.SENT
    assert [mail.message_id for mail in sink.received_for("luis@example.com")] == ["<second@x>"]


def test_nobody_listening_is_deferred() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    delivery = hand_over(connect(port))
    assert (delivery.outcome, delivery.phase, delivery.reason) == (D, Phase.CONNECT, Reason.UNREACHABLE)
    assert delivery.words == "Connection refused"


def test_a_host_that_does_not_answer_is_deferred_in_time() -> None:
    with contextlib.ExitStack() as held:
        listener = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # a full queue of waiting connections: the next one is not even refused
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        began = time.monotonic()
        delivery = hand_over(connect(listener.getsockname()[1], timeout=SHORT))
    assert (delivery.outcome, delivery.phase, delivery.reason) == (D, Phase.CONNECT, Reason.TIMED_OUT)
    assert time.monotonic() - began < 10 * SHORT


def test_a_server_that_trickles_its_last_answer_cannot_hold_the_worker() -> None:
    """Every byte comes within the timeout, the whole answer does not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"220 hi\r\n")
                for answer in (b"250 hi", b"250 ok", b"250 ok", b"354 go"):
                    connection.recv(4096)
                    connection.sendall(answer + b"\r\n")
                content = b""
                while not content.endswith(b"\r\n.\r\n"):
                    content += connection.recv(4096)
                while True:
                    connection.sendall(b"250-wait\r\n")
                    time.sleep(SHORT / 3)

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        began = time.monotonic()
        connection = connect(listener.getsockname()[1], timeout=SHORT)
        delivery = hand_over(connection, content=b"Subject: x\r\n\r\nbody\r\n")
        thread.join(timeout=2)
    assert time.monotonic() - began < 6 * SHORT
    assert (delivery.outcome, delivery.reason) == (Outcome.UNCERTAIN, Reason.TIMED_OUT)


def test_a_server_that_speaks_before_the_dot_is_not_mistaken_for_one_that_accepted(sink: SmtpSink) -> None:
    sink.play(Act("data", "354 go\r\n250 2.0.0 queued"))
    claim = Claim()
    delivery = hand_over(connect(sink.port), claim=claim)
    assert (delivery.outcome, delivery.phase, delivery.reason) == (D, Phase.DATA, Reason.GARBLED)
    assert (claim.calls, sink.dots) == (0, 0)


def test_a_server_that_gives_up_in_the_middle_of_the_content_got_no_message(sink: SmtpSink) -> None:
    sink.play(Act("content", DROP))

    def waits_for_the_drop() -> None:
        sink.wait_for_partial()
        time.sleep(0.1)

    delivery = hand_over(connect(sink.port), claim=Claim(then=waits_for_the_drop))
    assert (delivery.outcome, delivery.phase, delivery.reason) == (D, Phase.DATA, Reason.DROPPED)
    assert (sink.dots, sink.received) == (0, [])


def test_a_server_that_leaves_during_the_commit_certainly_got_no_message(sink: SmtpSink) -> None:
    def leaves() -> None:
        sink.stop()
        time.sleep(0.1)

    claim = Claim(then=leaves)
    delivery = hand_over(connect(sink.port), claim=claim)
    assert (delivery.outcome, delivery.phase, delivery.reason) == (D, Phase.DATA, Reason.DROPPED)
    assert (claim.calls, sink.dots) == (1, 0)


def test_one_connection_carries_many_messages(sink: SmtpSink) -> None:
    with connect(sink.port) as connection:
        outcomes = {hand_over(connection, recipient=f"customer{n}@example.com").outcome for n in range(20)}
    assert outcomes == {Outcome.SENT}
    assert len(sink.received) == 20
    assert sink.connections == 1
    assert sink.commands[-1] == "QUIT"


def test_a_refused_customer_does_not_cost_the_connection(sink: SmtpSink) -> None:
    sink.play(Act("rcpt", "550 5.1.1 unknown", recipient=MARIA, times=None))
    with connect(sink.port) as connection:
        assert hand_over(connection).outcome is Outcome.FAILED
        assert hand_over(connection, recipient="luis@example.com").outcome is Outcome.SENT
        assert hand_over(connection).outcome is Outcome.FAILED
    assert sink.connections == 1


@pytest.mark.parametrize("goodbye", ["421 4.4.2 idle too long", DROP])
def test_a_server_that_hangs_up_between_messages_costs_nobody_anything(sink: SmtpSink, goodbye: str) -> None:
    sink.play(Act("idle", goodbye))
    with connect(sink.port) as connection:
        assert hand_over(connection).outcome is Outcome.SENT
        time.sleep(0.1)
        claim = Claim()
        assert hand_over(connection, recipient="luis@example.com", claim=claim).outcome is Outcome.SENT
    assert claim.calls == 1
    assert sink.connections == 2
    assert [mail.recipient for mail in sink.received] == [MARIA, "luis@example.com"]


def test_a_stray_answer_between_messages_is_not_taken_for_the_next_one(sink: SmtpSink) -> None:
    sink.play(Act("idle", "250 2.0.0 stray"))
    with connect(sink.port) as connection:
        assert hand_over(connection).outcome is Outcome.SENT
        time.sleep(0.1)
        assert hand_over(connection, recipient="luis@example.com").outcome is Outcome.SENT
    assert sink.connections == 2


def test_a_server_that_hangs_up_on_every_second_message_is_tried_again_once(sink: SmtpSink) -> None:
    with connect(sink.port) as connection:
        assert hand_over(connection).outcome is Outcome.SENT
        sink.play(Act("mail", "421 4.7.0 too many messages on this connection", times=2))
        delivery = hand_over(connection, recipient="luis@example.com")
        assert (delivery.outcome, delivery.code, sink.connections) == (Outcome.DEFERRED, 421, 2)
        assert hand_over(connection, recipient="luis@example.com").outcome is Outcome.SENT


def test_the_words_of_a_refusal_are_kept_without_the_address(sink: SmtpSink) -> None:
    sink.play(Act("rcpt", f"550-5.1.1 <{MARIA}>: user\x07 unknown\r\n550 5.1.1 see https://x.example/help"))
    delivery = hand_over(connect(sink.port))
    assert delivery.enhanced == "5.1.1"
    assert delivery.words == "5.1.1 <m•••@e•••.com>: user unknown 5.1.1 see https://x.example/help"


def test_endless_words_are_cut(sink: SmtpSink) -> None:
    sink.play(
        Act("rcpt", "\r\n".join(f"550{'-' if n < 50 else ' '}5.1.1 {'sorry ' * 20}" for n in range(51)))
    )
    assert len(hand_over(connect(sink.port)).words) == 500


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: x\r\n\r\n.\r\n..\r\n.leading\r\nend\r\n",
        b"Subject: x\n\n.\nunix line ends\n.\n",
        b"Subject: x\r\n\r\nno line end at the end",
        b"Subject: x\r\n\r\nsmuggled\n.\nMAIL FROM:<x@y>\r.\r\r\n",
    ],
)
def test_dots_and_line_ends_cannot_end_a_message_early(sink: SmtpSink, content: bytes) -> None:
    with connect(sink.port) as connection:
        assert hand_over(connection, content=content).outcome is Outcome.SENT
    normal = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert [mail.content for mail in sink.received] == [normal.removesuffix(b"\r\n") + b"\r\n"]
    assert sink.dots == 1


@pytest.mark.parametrize(
    "recipient", ["a@b.example\r\nRCPT TO:<evil@x.example>", "", "no-at-sign", "a b@x.example", "<a@x>"]
)
def test_an_address_that_could_end_the_command_is_never_spoken(sink: SmtpSink, recipient: str) -> None:
    delivery = hand_over(connect(sink.port), recipient=recipient)
    assert (delivery.outcome, delivery.reason) == (Outcome.FAILED, Reason.BAD_ADDRESS)
    assert sink.connections == 0


def test_a_bad_sender_is_our_fault_and_not_the_customers(sink: SmtpSink) -> None:
    assert hand_over(connect(sink.port), sender="shop").outcome is Outcome.SENDER_REFUSED


def test_an_address_beyond_ascii_goes_out_where_the_server_can(sink: SmtpSink) -> None:
    with connect(sink.port) as connection:
        assert hand_over(connection, recipient="josé@bücher.example").outcome is Outcome.SENT
        assert hand_over(connection).outcome is Outcome.SENT
    assert [mail.recipient for mail in sink.received] == ["josé@xn--bcher-kva.example", MARIA]
    mails = [command for command in sink.commands if command.startswith("mail")]
    assert [command.endswith("SMTPUTF8") for command in mails] == [True, False]


def test_an_address_beyond_ascii_fails_with_a_reason_where_the_server_cannot() -> None:
    with SmtpSink(features=()) as plain, connect(plain.port) as connection:
        delivery = hand_over(connection, recipient="josé@example.com")
        assert (delivery.outcome, delivery.reason) == (Outcome.FAILED, Reason.NON_ASCII_ADDRESS)
        assert hand_over(connection, recipient="jose@bücher.example").outcome is Outcome.SENT
