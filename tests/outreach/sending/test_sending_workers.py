from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from closedorders.core.mail.transports import open_transport
from closedorders.core.refusals import Refused
from closedorders.outreach import sending, tasks
from closedorders.outreach.models import Campaign, Kind, Message
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import committed_scene, make_scene, states
from tests.outreach.sending.workers import claimed_message, end_leases, only_message
from tests.smtp_sink import SmtpSink


def test_killed_before_the_final_dot_it_is_sent_once_later(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    claimed_message(campaign)
    end_leases()
    tasks.sweep()
    assert states(campaign) == ["deferred"]
    Message.objects.update(not_before=timezone.now())
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"]
    assert len(sink.received) == 1


def test_killed_after_the_final_dot_it_is_uncertain_and_not_sent_again(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    message = claimed_message(campaign)
    assert sending.mark_submitting(message)
    end_leases()
    tasks.sweep()
    Message.objects.update(not_before=timezone.now())
    sending.send_due(campaign.pk)
    assert states(campaign) == ["uncertain"]
    assert sink.connections == 0
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING


def test_a_worker_that_lost_its_row_cannot_send_or_settle(cast: Cast) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    slow = claimed_message(campaign)
    end_leases()
    assert not sending.mark_submitting(slow)
    tasks.sweep()
    Message.objects.update(not_before=timezone.now())
    quick = claimed_message(campaign)
    assert quick.attempt == slow.attempt + 1
    assert not sending.mark_submitting(slow)
    sending._settle(slow, {"state": "failed"})
    assert only_message(campaign).state == "sending"


def test_a_late_yes_of_the_server_counts(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    message = claimed_message(campaign)
    transport = open_transport()

    class Slow:
        def deliver(self, **words: object) -> object:
            delivery = transport.deliver(**words)  # type: ignore[arg-type]  # a stand-in
            end_leases()
            tasks.sweep()
            assert states(campaign) == ["uncertain"]
            return delivery

        def close(self) -> None: ...

    sending._send(sending.claimed(message.pk), Slow())  # type: ignore[arg-type]  # a stand-in
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
    sending.claim(row.pk, row.attempt, row.recipient)
    assert sending.sweep() == {}
    Message.objects.update(state="sent")
    assert sending.sweep() == {}
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.FINISHED


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
    rows = list(campaign.messages.values_list("pk", "attempt", "recipient"))
    start = threading.Barrier(6)
    won: list[int] = []

    def work() -> None:
        start.wait()
        mine = rows[:]
        random.shuffle(mine)
        won.extend(row[0] for row in mine if sending.claim(*row))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    assert sorted(won) == sorted(row[0] for row in rows)


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
