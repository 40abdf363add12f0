"""A worker that sends a campaign: `python -m benchmarks.mails.worker <campaign> <connections>`.

It says that it is ready, waits for a line, and ends when nothing is due any more.
"""

from __future__ import annotations

import sys
from threading import Thread

import django

django.setup()

from django.db import connection  # noqa: E402 - Django must be set up first

from closedorders.outreach.models import Message  # noqa: E402 - as above
from closedorders.outreach.sending import send_due  # noqa: E402 - as above


def _send(campaign: int) -> None:
    try:
        while Message.objects.due().filter(campaign=campaign).exists():
            send_due(campaign)
    finally:
        connection.close()


def main() -> None:
    campaign, connections = int(sys.argv[1]), int(sys.argv[2])
    print("ready", flush=True)
    sys.stdin.readline()
    threads = [Thread(target=_send, args=(campaign,)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
