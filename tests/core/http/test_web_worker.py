"""Which requests the threads of the probes answer."""

from __future__ import annotations

import socket

import pytest

from closedorders.core.http.web_worker import asks_for_probe


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
