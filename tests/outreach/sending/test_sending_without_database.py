"""The database goes away while a mail is handed over: what the mail server said is written down all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection

from closedorders.core.mail.delivery import Delivery, MailTransport
from closedorders.core.mail.transports import open_transport
from closedorders.outreach import sending
from closedorders.outreach.models import Message
from tests.outreach import scenes
from tests.outreach.scenes import committed_scene, mail_goes_to, states
from tests.smtp_sink import SmtpSink


@pytest.fixture
def sink(settings: pytest.FixtureRequest) -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        mail_goes_to(settings, server.port)
        yield server


def end_connection() -> None:
    """As when the server restarts or an administrator ends the session: its end is noticed at the next statement."""
    assert connection.connection is not None
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()


class Carrier:
    """The real transport, and something that happens before the final dot or after the answer to it."""

    def __init__(
        self, *, before_dot: Callable[[], None] = lambda: None, after: Callable[[], None] = lambda: None
    ) -> None:
        self.real: MailTransport = open_transport()
        self.before_dot = before_dot
        self.after = after

    def deliver(
        self, *, sender: str, recipient: str, content: bytes, before_final_dot: Callable[[], bool]
    ) -> Delivery:
        def ask() -> bool:
            self.before_dot()
            return before_final_dot()

        delivery = self.real.deliver(
            sender=sender, recipient=recipient, content=content, before_final_dot=ask
        )
        self.after()
        return delivery

    def close(self) -> None:
        self.real.close()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_mail_that_was_taken_is_sent_although_the_connection_dropped_after_the_answer(
    sink: SmtpSink,
) -> None:
    campaign = scenes.sending(committed_scene(10))
    sending.send_due(campaign.pk, transport=Carrier(after=end_connection))
    assert states(campaign) == ["sent"] * 10
    assert len({received.recipient for received in sink.received}) == len(sink.received) == 10


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_mail_is_not_sent_when_the_connection_drops_before_the_final_dot(sink: SmtpSink) -> None:
    campaign = scenes.sending(committed_scene(1))
    dropped: list[bool] = []

    def drop_once() -> None:
        if not dropped:
            dropped.append(True)
            end_connection()

    sending.send_due(campaign.pk, transport=Carrier(before_dot=drop_once))
    assert states(campaign) == ["sent"]
    assert sink.dots == 1
    assert Message.objects.get().attempt == 2


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.django_db(transaction=True)
def test_a_result_is_written_down_again_and_again_until_the_database_answers(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    campaign = scenes.sending(committed_scene(1))
    waits: list[float] = []
    monkeypatch.setattr("closedorders.outreach.sending.time.sleep", waits.append)
    settle = sending.settle

    def away_for_a_while(message: Message, delivery: Delivery) -> None:
        if len(waits) < 4:
            raise error
        settle(message, delivery)

    monkeypatch.setattr(sending, "settle", away_for_a_while)
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"]
    assert waits == sorted(waits)
    assert len(waits) == 4


@pytest.mark.django_db(transaction=True)
def test_a_result_that_cannot_be_written_down_for_long_leaves_the_mail_uncertain(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scenes.sending(committed_scene(1))
    monkeypatch.setattr(sending, "RESULT_SECONDS", 0.0)

    def away(message: Message, delivery: Delivery) -> None:
        raise OperationalError

    monkeypatch.setattr(sending, "settle", away)
    with pytest.raises(OperationalError):
        sending.send_due(campaign.pk)
    assert states(campaign) == ["uncertain"]
    assert len(sink.received) == 1


@pytest.mark.django_db(transaction=True)
def test_a_result_whose_first_write_takes_long_to_fail_is_written_over_a_new_connection(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scenes.sending(committed_scene(1))
    monkeypatch.setattr(sending, "RESULT_SECONDS", 0.0)
    settle = sending.settle
    calls: list[int] = []

    def fails_late(message: Message, delivery: Delivery) -> None:
        calls.append(message.pk)
        if len(calls) == 1:
            raise OperationalError
        settle(message, delivery)

    monkeypatch.setattr(sending, "settle", fails_late)
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"]


@pytest.mark.django_db(transaction=True)
def test_a_time_limit_while_the_result_is_written_down_does_not_make_the_mail_uncertain(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scenes.sending(committed_scene(1))
    settle = sending.settle
    calls: list[int] = []

    def out_of_time(message: Message, delivery: Delivery) -> None:
        calls.append(message.pk)
        if len(calls) == 1:
            raise SoftTimeLimitExceeded
        settle(message, delivery)

    monkeypatch.setattr(sending, "settle", out_of_time)
    with pytest.raises(SoftTimeLimitExceeded):
        sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"]


@pytest.mark.django_db(transaction=True)
def test_a_result_that_was_committed_unnoticed_is_written_once(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scenes.sending(committed_scene(1))
    settle = sending.settle
    calls: list[int] = []

    def committed_but_not_heard(message: Message, delivery: Delivery) -> None:
        calls.append(message.pk)
        settle(message, delivery)
        if len(calls) == 1:
            raise OperationalError

    monkeypatch.setattr(sending, "settle", committed_but_not_heard)
    sending.send_due(campaign.pk)
    assert len(calls) == 2
    assert states(campaign) == ["sent"]
    campaign.refresh_from_db()
    assert campaign.state == "finished"
