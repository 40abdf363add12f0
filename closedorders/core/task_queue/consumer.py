"""How a Celery worker listens to its broker."""

from __future__ import annotations

import time

from celery.worker import consumer

PAUSE_SECONDS = 2.0


class Consumer(consumer.Consumer):
    """Waits a little before it asks a broker again that refused a command: Celery alone asks six times a second."""

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        super().on_connection_error_before_connected(exc)
        time.sleep(PAUSE_SECONDS)
