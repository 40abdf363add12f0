"""Workers killed without warning in the middle of a campaign, against a real mail server on a socket."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.utils import timezone

from closedorders.outreach import sending
from closedorders.outreach.message_states import UNRESOLVED
from closedorders.outreach.models import Campaign, Message
from tests.outreach import scenes
from tests.outreach.scenes import committed_scene
from tests.outreach.sending.own_workers import start_worker
from tests.smtp_sink import SmtpSink

PEOPLE = 60
KILL_AFTER = (10, 25, 40)


@pytest.mark.django_db(transaction=True)
def test_kills_send_nothing_twice_and_lose_nobody(tmp_path: Path) -> None:
    campaign = scenes.sending(committed_scene(PEOPLE))
    kills = 0
    with SmtpSink(delay=0.01) as sink:
        workers = [start_worker(sink.port, tmp_path) for _ in range(2)]
        ends = time.monotonic() + 40
        try:
            while time.monotonic() < ends:
                if kills < len(KILL_AFTER) and len(sink.received) >= KILL_AFTER[kills]:
                    workers.pop(0).kill()
                    kills += 1
                    workers.append(start_worker(sink.port, tmp_path))
                # A person's "resume" would also end the wait of those that a dead worker had begun.
                Message.objects.filter(state="deferred").update(not_before=timezone.now())
                if not Message.objects.filter(state__in={*UNRESOLVED} - {"uncertain"}).exists():
                    break
                time.sleep(0.02)
        finally:
            for worker in workers:
                worker.kill()
            for worker in workers:
                worker.wait()
    assert kills == len(KILL_AFTER)
    recipients = [received.recipient for received in sink.received]
    uncertain = set(Message.objects.filter(state="uncertain").values_list("recipient", flat=True))
    sent = set(Message.objects.filter(state="sent").values_list("recipient", flat=True))
    assert len(recipients) == len(set(recipients)), "somebody got two mails"
    assert sent <= set(recipients), "a mail counts as sent that never arrived"
    assert sent | uncertain == set(Message.objects.values_list("recipient", flat=True)), "somebody was lost"
    assert len(uncertain) <= kills
    sending.sweep()
    finished = Campaign.objects.get(pk=campaign.pk).state == Campaign.State.FINISHED
    assert finished is not bool(uncertain)
