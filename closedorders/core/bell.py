"""The connection of workers, and of who rings, to a broker of which nothing is expected but a bell (`queue.py`)."""

from __future__ import annotations

from kombu.transport import redis


class Channel(redis.Channel):
    """Leaves what it holds unacknowledged where it is, instead of putting it back when it is closed.

    Every task can be rung again from the database, so nothing is lost by it. Putting back is what ends a worker that
    loses its broker with a message in hand: kombu 5.7 tries it once more over a connection that Celery 5.7 has taken
    apart (`Consumer.on_connection_error_after_connected`), and its `AttributeError` is none that Celery expects.
    """

    do_restore = False


class Transport(redis.Transport):
    Channel = Channel
