"""Approving many: a worker prepares every mail, and nothing leaves before all of them are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures.models import Closure
from closedorders.core.database.jobs import ClaimLost
from closedorders.core.refusals import Refused
from closedorders.orders.models import StoreOrder
from closedorders.outreach import actions, sending, tasks
from closedorders.outreach.approving import outbox, running
from closedorders.outreach.models import Approval, Campaign, Kind, Message
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.pages.responses import text_of, url_of
from tests.outreach.scenes import Scene, draft, make_scene, states
from tests.smtp_sink import SmtpSink

SignIn = Callable[[Membership | None], Client]


@pytest.fixture(autouse=True)
def _batches_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few people are many here: their approval is left to a worker, who writes two rows at a time."""
    monkeypatch.setattr("closedorders.outreach.actions.approvals.AT_ONCE", 0)
    monkeypatch.setattr(running, "BATCH", 2)


def _approving(scene: Scene) -> Campaign:
    return scenes.approve(draft(scene, Kind.HOLDING), scene.by, len(scene.customers))


def _job() -> Approval:
    return Approval.objects.latest("pk")


def _told_states(scene: Scene) -> list[str]:
    found = StoreOrder.objects.filter(customer__in=scene.customers).order_by("pk")
    return list(found.values_list("told_state", flat=True))


def test_the_page_comes_back_at_once_and_a_worker_prepares_the_mails(
    cast: Cast, client_of: SignIn, sink: SmtpSink
) -> None:
    scene = make_scene(cast.merchant, 5)
    campaign = draft(scene, Kind.HOLDING)
    client = client_of(cast.merchant)
    client.post(url_of("approval", campaign), {"count": "5"})
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.APPROVING
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "Checking every mail" in page
    assert "Stop, send nothing" in page
    assert not Message.objects.exists()
    tasks.run_approval(_job().pk)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING
    assert states(campaign) == ["queued"] * 5
    assert _told_states(scene) == ["on_its_way"] * 5
    assert AuditEvent.objects.filter(verb="campaign_approved").count() == 1
    scenes.start(campaign)
    sending.send_due(campaign.pk)
    assert len(sink.received) == 5


def test_what_the_list_before_sending_refuses_leaves_a_draft_and_says_why(
    cast: Cast, client_of: SignIn
) -> None:
    scene = make_scene(cast.merchant, 3)
    campaign = draft(scene, Kind.HOLDING)
    actions.approve_campaign(campaign=campaign, typed_count=4, by=scene.by)
    tasks.run_approval(_job().pk)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT
    assert _job().state == Approval.State.REFUSED
    assert not Message.objects.exists()
    page = text_of(client_of(cast.merchant).get(url_of("campaign", campaign)))
    assert "You typed 4, but 3 people would be written to" in page


def test_no_mail_leaves_before_all_are_written(
    cast: Cast, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(cast.merchant, 5)
    campaign = _approving(scene)
    write = outbox.Outbox.write
    written = count(1)

    def send_meanwhile(self: outbox.Outbox, rows: list[outbox.Row]) -> None:
        write(self, rows)
        next(written)
        tasks.sweep()
        sending.send_due(campaign.pk)

    monkeypatch.setattr(outbox.Outbox, "write", send_meanwhile)
    tasks.run_approval(_job().pk)
    assert next(written) == 4
    assert sink.received == []


def test_a_worker_that_is_killed_is_followed_by_one_that_begins_anew(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(cast.merchant, 5)
    campaign = _approving(scene)
    _break_after(monkeypatch, batches=2, error=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        running.run(_job().pk)
    assert Message.objects.count() == 4
    monkeypatch.undo()
    monkeypatch.setattr(running, "BATCH", 2)
    # Nobody takes it before its lease is over.
    running.run(_job().pk)
    assert Message.objects.count() == 4
    Approval.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    tasks.run_approval(_job().pk)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING
    assert states(campaign) == ["queued"] * 5
    assert len(set(Message.objects.values_list("recipient", flat=True))) == 5


def test_stopped_in_the_middle_it_is_a_draft_again_and_can_be_approved_again(
    cast: Cast, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(cast.merchant, 5)
    campaign = _approving(scene)
    client = client_of(cast.merchant)
    rows = outbox.Outbox.rows

    def stop_after_two(*of: Any) -> Iterator[outbox.Row]:
        for number, row in enumerate(rows(*of)):
            if number == 2:
                client.post(url_of("approval_stop", campaign))
            yield row

    monkeypatch.setattr(outbox.Outbox, "rows", stop_after_two)
    running.run(_job().pk)
    assert _job().state == Approval.State.UNDOING
    tasks.run_approval(_job().pk)
    campaign.refresh_from_db()
    assert (campaign.state, _job().state) == (Campaign.State.DRAFT, Approval.State.CANCELLED)
    assert not Message.objects.exists()
    assert _told_states(scene) == ["not_told"] * 5
    monkeypatch.setattr(outbox.Outbox, "rows", rows)
    scenes.approve(campaign, scene.by, 5)
    tasks.run_approval(_job().pk)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING


def test_a_closure_that_comes_while_the_mails_are_written_stops_the_approval(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(cast.merchant, 4)
    campaign = _approving(scene)
    write = outbox.Outbox.write

    def reopen_one(self: outbox.Outbox, rows: list[outbox.Row]) -> None:
        write(self, rows)
        Closure.objects.filter(incident=scene.incident).update(reopened_at=timezone.now())

    monkeypatch.setattr(outbox.Outbox, "write", reopen_one)
    assert "Something changed" in running.run(_job().pk)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT
    assert not Message.objects.exists()


def test_a_draft_cannot_be_changed_or_approved_again_while_it_is_prepared(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = _approving(scene)
    for act in (
        lambda: scenes.approve(campaign, scene.by, 2),
        lambda: scenes.write_text(scene, campaign, "Hello"),
        lambda: actions.leave_out(campaign=campaign, customer=scene.customers[0], by=scene.by),
        lambda: actions.withdraw_approval(campaign=campaign, by=scene.by),
    ):
        with pytest.raises(Refused, match="being prepared"):
            act()


def test_the_sweep_takes_up_what_no_worker_has(
    cast: Cast, django_capture_on_commit_callbacks: object
) -> None:
    scene = make_scene(cast.merchant, 2)
    _approving(scene)
    assert list(Approval.objects.due()) == [_job()]
    job = _job()
    Approval.objects.update(state="running", claimed_until=timezone.now() + timedelta(minutes=1))
    assert not Approval.objects.due().exists()
    assert running.run(job.pk) == ""
    assert not Message.objects.exists()


def test_a_page_asks_as_much_of_the_database_for_many_as_for_few(cast: Cast) -> None:
    numbers = []
    for people in (2, 12):
        scene = make_scene(cast.merchant, people)
        campaign = draft(scene, Kind.HOLDING)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            scenes.approve(campaign, scene.by, people)
        numbers.append(len(queries))
        running.run(_job().pk)
    assert numbers[0] == numbers[1]


def _break_after(
    monkeypatch: pytest.MonkeyPatch, *, batches: int, error: type[BaseException] = ClaimLost
) -> None:
    """As if the worker were killed once so many batches are written."""
    write = outbox.Outbox.write
    done = count()

    def break_later(self: outbox.Outbox, rows: list[outbox.Row]) -> None:
        if next(done) == batches:
            raise error
        write(self, rows)

    monkeypatch.setattr(outbox.Outbox, "write", break_later)


def test_many_are_taken_back_by_a_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("closedorders.outreach.actions.sends.AT_ONCE", 0)
    scene = make_scene(cast.merchant, 3)
    campaign = _approving(scene)
    running.run(_job().pk)
    actions.withdraw_approval(campaign=campaign, by=scene.by)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.APPROVING
    tasks.run_approval(_job().pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.starts_at) == (Campaign.State.DRAFT, None)
    assert not Message.objects.exists()
    assert _told_states(scene) == ["not_told"] * 3


def test_the_orders_of_many_that_are_cancelled_follow_with_the_sweep(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("closedorders.outreach.actions.sends.AT_ONCE", 0)
    scene = make_scene(cast.merchant, 3)
    campaign = _approving(scene)
    running.run(_job().pk)
    assert actions.cancel_campaign(campaign=campaign, by=scene.by) == 3
    assert states(campaign) == ["cancelled"] * 3
    Message.objects.update(settled_at=timezone.now() - timedelta(minutes=1))
    sending.sweep()
    assert _told_states(scene) == ["not_told"] * 3
