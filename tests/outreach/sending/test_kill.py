"""Workers killed without warning in the middle of a campaign, against a real mail server on a socket."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from closedorders.outreach import sending
from closedorders.outreach.message_states import UNRESOLVED
from closedorders.outreach.models import Campaign, Message
from tests.outreach import scenes
from tests.outreach.scenes import committed_scene
from tests.smtp_sink import SmtpSink

PEOPLE = 60
KILL_AFTER = (10, 25, 40)
LEASE = 2


def _database_url() -> str:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    secret = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
    return f"postgres://{known['USER']}{secret}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"


def _worker(port: int, folder: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "closedorders.settings",
        "DEPLOYMENT": "embedded",
        "DATABASE_URL": _database_url(),
        "DATA_DIR": str(folder),
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "OUTBOX_LEASE_SECONDS": str(LEASE),
        "SMTP_FINAL_REPLY_TIMEOUT": "1",
        "EMAIL_TIMEOUT": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.outreach.sending.outbox_worker"],
        cwd=django_settings.BASE_DIR,
        env=environment,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.django_db(transaction=True)
def test_kills_send_nothing_twice_and_lose_nobody(tmp_path: Path) -> None:
    campaign = scenes.sending(committed_scene(PEOPLE))
    kills = 0
    with SmtpSink(delay=0.01) as sink:
        workers = [_worker(sink.port, tmp_path) for _ in range(2)]
        ends = time.monotonic() + 40
        try:
            while time.monotonic() < ends:
                if kills < len(KILL_AFTER) and len(sink.received) >= KILL_AFTER[kills]:
                    workers.pop(0).kill()
                    kills += 1
                    workers.append(_worker(sink.port, tmp_path))
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
