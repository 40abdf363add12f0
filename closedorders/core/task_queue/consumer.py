"""A Celery consumer that pauses before it reconnects to a broker."""

from __future__ import annotations

import time

from celery.worker import consumer

PAUSE_SECONDS = 2.0


class Consumer(consumer.Consumer):
    """Pauses before it reconnects to a broker that refused a command: Celery alone tries six times a second."""

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        super().on_connection_error_before_connected(exc)
        time.sleep(PAUSE_SECONDS)
