"""The last lines of `make run`: once the site answers, the demo's sign-ins and the address."""

from __future__ import annotations

import http.client
import os
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

READY_SECONDS = 60.0


class Command(BaseCommand):
    help = "Wait for the site, set up the demo unless DEMO=0, and print the address. Run by `serve`."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = os.environ["HOST"], int(os.environ["PORT"])
        # An address to listen on is not always one to connect to.
        problem = _wait_until_ready({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)  # noqa: S104 - never bound here
        if problem:
            sys.exit(f"The site is not ready after {READY_SECONDS:.0f} seconds: {problem}")
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


def _wait_until_ready(host: str, port: int) -> str:
    """What `/ready` said last, or an empty string as soon as it is content."""
    deadline = time.monotonic() + READY_SECONDS
    problem = ""
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(host, port, timeout=3)
        try:
            connection.request("GET", "/ready")
            answer = connection.getresponse()
            problem = answer.read().decode()
            if answer.status == http.client.OK:
                return ""
        except OSError as error:
            problem = str(error)
        finally:
            connection.close()
        time.sleep(0.1)
    return problem
