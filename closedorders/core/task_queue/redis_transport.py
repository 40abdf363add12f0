"""Celery's connection to Redis, for a broker that may lose every message (`enqueue.py`)."""

from __future__ import annotations

from kombu.transport import redis, virtual
from redis.exceptions import ResponseError


class QoS(redis.QoS):
    """Counts a message as dealt with also where the broker did not hear of it.

    A worker takes no more messages than it may have unacknowledged. One whose acknowledgement was refused would count
    for as long as the connection lasts, and nothing ends that: Celery 5.7 logs the refusal and goes on. After two of
    them a worker of two processes waited for ever. The broker gives the message out once more after its visibility
    timeout, and a task that is run again finds nothing to do.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    """Does not requeue unacknowledged messages when it is closed.

    Every task can be enqueued again from the database, so nothing is lost by it. Putting back is what ends a worker
    that loses its broker with a message in hand: kombu 5.7 tries it once more over a connection that Celery 5.7 has
    taken apart (`Consumer.on_connection_error_after_connected`), and its `AttributeError` is none that Celery expects.
    """

    do_restore = False
    QoS = QoS


class Transport(redis.Transport):
    """Counts a command that the broker refuses as a lost connection, after which a worker connects again and goes on.

    A broker refuses to write while its disk or its memory is full or its replicas are away. Celery 5.7 ends a worker
    that gets such an answer.
    """

    Channel = Channel
    connection_errors = (*redis.Transport.connection_errors, ResponseError)
