"""Uploads that stop half-way, as many as there are threads: pages are answered again soon, and nothing stays behind."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from http.client import HTTPConnection

from closedorders.core.http.web_worker import SILENT_SECONDS
from tests.e2e.harness import Product

_THREADS = 8


def _stalled(product: Product) -> socket.socket:
    """A connection that has sent one megabyte of four and sends nothing more."""
    client = socket.create_connection(("127.0.0.1", product.port), timeout=60)
    client.sendall(
        b"POST /account/sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4194304\r\n"
        b"Content-Type: multipart/form-data; boundary=xyz\r\n\r\n"
        b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="card.jpg"\r\n\r\n'
    )
    client.sendall(b"\xff\xd8" + b"0" * (1 << 20))
    return client


def test_pages_are_answered_again_soon_after_every_thread_waits_for_an_upload(product: Product) -> None:
    with ExitStack() as stack:
        began = time.monotonic()
        stalled = [stack.enter_context(_stalled(product)) for _ in range(2 * _THREADS)]
        time.sleep(1)
        for address in ("/live", "/ready"):
            probe = HTTPConnection("127.0.0.1", product.port, timeout=10)
            probe.request("GET", address)
            assert probe.getresponse().status == 200
        page = HTTPConnection("127.0.0.1", product.port, timeout=90)
        page.request("GET", "/account/sign-in/")
        assert page.getresponse().status in {200, 302}
        # Two rounds of threads were taken; then it was the page's turn.
        assert time.monotonic() - began < 2 * SILENT_SECONDS + 20
        for client in stalled[:_THREADS]:
            answer = client.recv(4096)
            assert not answer or answer.startswith(b"HTTP/1.1 4")
    incoming = product.data_dir / "files" / "incoming"
    assert not [path for path in incoming.rglob("*") if path.is_file()]
