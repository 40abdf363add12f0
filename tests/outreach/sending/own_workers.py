"""Workers of the outbox as processes of their own, on the database of the test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

LEASE = 2


def database_url() -> str:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    secret = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
    return f"postgres://{known['USER']}{secret}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"


def start_worker(port: int, folder: Path) -> subprocess.Popen[bytes]:
    """A worker that sends what is due to a mail server on this port, until it is killed."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "closedorders.settings",
        "DEPLOYMENT": "embedded",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(folder),
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "OUTBOX_LEASE_SECONDS": str(LEASE),
        "SMTP_FINAL_REPLY_TIMEOUT": "1",
        "EMAIL_TIMEOUT": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.outreach.sending.outbox_worker"],
        cwd=settings.BASE_DIR,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
