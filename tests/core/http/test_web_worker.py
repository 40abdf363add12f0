"""Which requests the threads of the probes answer, and how long a thread waits for the rest of a request."""

from __future__ import annotations

import socket

import pytest

from closedorders.core.http.web_worker import asks_for_probe, give_up_silent_sender


@pytest.mark.parametrize(
    ("sent", "probe"),
    [
        (b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (b"HEAD /live?at=1 HTTP/1.0\r\n\r\n", True),
        (b"GET /lively HTTP/1.1\r\nHost: x\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", False),
        (b"POST /live HTTP/1.1\r\nHost: x\r\n\r\n", False),
        # Whoever sends a part of a request must not keep a thread of the probes.
        (b"GET /live HTTP/1.1\r\nHost: x\r\n", False),
        (b"\x16\x03\x01\x02", False),
        (b"", False),
    ],
)
def test_a_whole_request_for_a_probe_is_recognised_and_left_to_be_read(sent: bytes, probe: bool) -> None:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(sent)
        assert asks_for_probe(near) is probe
        near.setblocking(False)
        if sent:
            assert near.recv(4096) == sent


def test_reading_from_a_sender_who_falls_silent_fails_and_writing_to_it_does_not() -> None:
    near, far = socket.socketpair()
    with near, far:
        give_up_silent_sender(near, seconds=1)
        far.sendall(b"POST / HTTP/1.1")
        near.setblocking(True)  # as gunicorn sets it for whoever reads
        assert near.recv(4096)
        with pytest.raises(OSError, match="temporarily unavailable"):
            near.recv(4096)
        near.sendall(b"HTTP/1.1 400 Bad Request")
