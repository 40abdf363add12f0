"""Celery's connection to Redis, for a broker that may lose every message (`enqueue.py`)."""

from __future__ import annotations

from kombu.transport import redis, virtual
from redis.exceptions import ResponseError


class QoS(redis.QoS):
    """Gives a message's place to the next one even where the broker does not take note that the message is done.

    Kombu 5.7 frees the place only after the broker has answered, and Celery logs that error and goes on. A worker all
    of whose places are such asks for no message any more, and so never hears that its broker is well again: it waits
    for ever, with its processes idle. The broker gives what it did not take note of to a worker once more, when the
    visibility timeout is over; every task may run twice.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except BaseException:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        except BaseException:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    """Does not requeue unacknowledged messages when it is closed.

    Every task can be enqueued again from the database, so nothing is lost by it. Putting back is what ends a worker
    that loses its broker with a message in hand: kombu 5.7 tries it once more over a connection that Celery 5.7 has
    taken apart (`Consumer.on_connection_error_after_connected`), and its `AttributeError` is none that Celery expects.
    """

    QoS = QoS
    do_restore = False


class Transport(redis.Transport):
    """Counts a command that the broker refuses as a lost connection, after which a worker connects again and goes on.

    A broker refuses to write while its disk or its memory is full or its replicas are away. Celery 5.7 ends a worker
    that gets such an answer.
    """

    Channel = Channel
    connection_errors = (*redis.Transport.connection_errors, ResponseError)
