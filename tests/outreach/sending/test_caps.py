"""A store's limit of mails in an hour and in a day, exact for any number of workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.outreach import sending, tasks
from closedorders.outreach.models import Campaign, Message
from closedorders.senders.models import SendingRules
from closedorders.senders.pace.caps import Allowance, give_back, reached, reserve
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.pages.responses import text_of, url_of
from tests.outreach.scenes import Scene, committed_scene, make_scene, states
from tests.outreach.sending.own_workers import start_worker
from tests.smtp_sink import SmtpSink

SignIn = Callable[[Membership | None], Client]
MORNING = datetime(2026, 12, 1, 13, 5, tzinfo=UTC)


def _capped(scene: Scene, *, hourly: int | None = None, daily: int | None = None) -> SendingRules:
    return SendingRules.objects.create(store=scene.store, hourly_cap=hourly, daily_cap=daily)


def test_no_more_mails_leave_than_the_hour_allows_and_the_rest_go_on_after_it(
    cast: Cast, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, client_of: SignIn
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    scene = make_scene(cast.merchant, 5)
    _capped(scene, hourly=3)
    campaign = scenes.sending(scene)
    assert sending.send_due(campaign.pk) is False
    assert states(campaign) == ["queued"] * 2 + ["sent"] * 3
    page = text_of(client_of(cast.merchant).get(url_of("campaign", campaign)))
    there = timezone.localtime(MORNING + timedelta(hours=1), cast.team.zone)
    assert f"Waiting until {there:%H:%M}" in page
    assert "limit of mails in an hour is reached" in page
    # Nobody is rung for what may not leave.
    assert sending.sweep() == {}
    monkeypatch.setattr(timezone, "now", lambda: MORNING + timedelta(hours=1))
    assert sending.sweep() == {campaign.pk: 1}
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"] * 5
    assert len({mail.recipient for mail in sink.received}) == len(sink.received) == 5


def test_the_days_limit_holds_beside_that_of_the_hour(
    cast: Cast, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    scene = make_scene(cast.merchant, 6)
    _capped(scene, hourly=3, daily=4)
    campaign = scenes.sending(scene)
    sending.send_due(campaign.pk)
    monkeypatch.setattr(timezone, "now", lambda: MORNING + timedelta(hours=1))
    sending.send_due(campaign.pk)
    assert states(campaign).count("sent") == 4
    campaign.refresh_from_db()
    assert campaign.waits_for == Campaign.WaitCause.DAILY_CAP
    assert campaign.waits_until == MORNING + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: MORNING + timedelta(days=1))
    tasks.sweep()
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"] * 6


def test_what_was_reserved_and_not_sent_is_given_back(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    _capped(scene, hourly=15)
    first = reserve(scene.store.pk)
    second = reserve(scene.store.pk)
    assert (first.number, second.number, reserve(scene.store.pk).number) == (10, 5, 0)
    assert reached(scene.store.pk) is not None
    give_back(first, 4)
    assert reached(scene.store.pk) is None
    assert reserve(scene.store.pk).number == 4


def test_a_mail_that_is_left_out_costs_nothing_of_the_limit(cast: Cast, sink: SmtpSink) -> None:
    scene = make_scene(cast.merchant, 3)
    rules = _capped(scene, hourly=3)
    campaign = scenes.sending(scene)
    first = Message.objects.order_by("pk")[0]
    scene.customers[0].orders.update(cancelled_at=timezone.now())
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent", "sent", "skipped"]
    assert first.recipient not in {mail.recipient for mail in sink.received}
    rules.refresh_from_db()
    assert rules.hour_used == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_who_reserve_at_once_all_together_get_what_is_left() -> None:
    scene = committed_scene(1)
    _capped(scene, hourly=57, daily=1000)
    got: list[int] = []
    start = threading.Barrier(6)

    def work() -> None:
        start.wait()
        allowance = Allowance(scene.store.pk)
        number = 0
        while allowance.take():
            number += 1
        got.append(number)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert len(got) == 6
    assert sum(got) == 57


@pytest.mark.django_db(transaction=True)
def test_two_worker_processes_send_as_many_as_the_hour_allows_and_nobody_twice(tmp_path: Path) -> None:
    scene = committed_scene(40)
    _capped(scene, hourly=25)
    campaign = scenes.sending(scene)
    with SmtpSink() as sink:
        workers = [start_worker(sink.port, tmp_path) for _ in range(2)]
        try:
            _until(lambda: len(sink.received) >= 25)
            time.sleep(1)
            assert len(sink.received) == 25
            # As if the hour were over.
            SendingRules.objects.update(hour_began=timezone.now() - timedelta(hours=1))
            Campaign.objects.update(waits_until=None, waits_for="")
            _until(lambda: states(campaign) == ["sent"] * 40)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
    assert len({mail.recipient for mail in sink.received}) == len(sink.received) == 40


def _until(happens: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < ends
        time.sleep(0.05)
