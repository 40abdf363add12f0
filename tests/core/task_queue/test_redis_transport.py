"""Celery's connection to a broker that refuses a command for a moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from kombu import Connection, Message, Queue
from redis import Redis
from redis.exceptions import ResponseError

from closedorders.core.task_queue.embedded_broker import EmbeddedBroker
from closedorders.core.task_queue.redis_transport import Transport


def test_a_message_whose_acknowledgement_is_refused_does_not_keep_others_from_being_taken(
    tmp_path: Path,
) -> None:
    with (
        EmbeddedBroker(tmp_path) as broker,
        Redis.from_url(broker.url) as client,
        Connection(broker.url, transport=Transport) as connection,
    ):
        queue = Queue("refused")(connection.channel())
        queue.declare()
        for body in ("first", "second"):
            connection.Producer().publish(body, routing_key="refused", serializer="json")
        taken: list[Message] = []
        with connection.Consumer(queue, on_message=taken.append) as consumer:
            consumer.qos(prefetch_count=1)
            connection.drain_events(timeout=5)
            client.config_set("min-replicas-to-write", 1)
            with pytest.raises(ResponseError):
                taken[0].ack()
            client.config_set("min-replicas-to-write", 0)
            connection.drain_events(timeout=5)
        assert [message.decode() for message in taken] == ["first", "second"]
