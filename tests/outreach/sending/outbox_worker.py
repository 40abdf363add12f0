"""A worker of the outbox as a process of its own, to be killed: `python -m tests.outreach.sending.outbox_worker`."""

from __future__ import annotations

import time

import django

django.setup()

from closedorders.outreach import sending  # noqa: E402 - Django must be set up first


def work() -> None:
    while True:
        for campaign_id in sending.sweep():
            sending.send_due(campaign_id)
        time.sleep(0.05)


if __name__ == "__main__":
    work()
