"""The last lines of `make run`: once the site and a worker answer, the demo's sign-ins and the address."""

from __future__ import annotations

import http.client
import os
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections
from django.utils import timezone

from closedorders.core.health import worker_last_seen

READY_SECONDS = 60.0


class Command(BaseCommand):
    help = "Wait for the site, set up the demo unless DEMO=0, and print the address. Run by `serve`."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        began = timezone.now()
        host, port = os.environ["HOST"], int(os.environ["PORT"])
        # An address to listen on is not always one to connect to.
        self._wait_until_ready({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, began)  # noqa: S104 - never bound here
        if os.environ.get("DEMO") == "0":
            self.stdout.write(
                "Without demo. If nobody has signed up yet, the first page creates the first merchant."
            )
        else:
            try:
                call_command("demo", stdout=self.stdout)
            except CommandError as error:
                self.stdout.write(f"The demo could not be set up: {error}")
        self.stdout.write("Stop with Ctrl-C.")
        self.stdout.write(f"Closed Orders is ready: {settings.SITE_URL}")

    def _wait_until_ready(self, host: str, port: int, began: datetime) -> None:
        """Return once the site answers and a worker has shown itself since `began`.

        Says once what is missing after `READY_SECONDS`, and waits on: parts that end are started again.
        """
        deadline = time.monotonic() + READY_SECONDS
        while problem := _site_problem(host, port) or _worker_problem(began):
            if time.monotonic() > deadline:
                self.stdout.write(f"Closed Orders is not ready after {READY_SECONDS:.0f} seconds: {problem}")
                deadline = float("inf")
            time.sleep(0.1)


def _site_problem(host: str, port: int) -> str:
    """What `/ready` says, or an empty string if nothing is missing."""
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        words = answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return f"the site does not answer ({error})"
    finally:
        connection.close()
    return "" if answer.status == http.client.OK else words


def _worker_problem(began: datetime) -> str:
    seen = worker_last_seen()
    connections.close_all()
    return "" if seen is not None and seen >= began else "no worker has started"
