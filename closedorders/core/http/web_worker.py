"""gunicorn's worker of threads, with threads of their own for the probes.

Pages that wait, for the database or for anything else, can have every thread of a worker. `/live` and `/ready` are
answered all the same: a supervisor must not restart a process because its pages wait.

A request whose sender falls silent half-way is given up: eight uploads that never end would have every thread of
`serve`.
"""

from __future__ import annotations

import re
import selectors
import socket
import struct
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn.workers.gthread import DEFAULT_WORKER_DATA_TIMEOUT, TConn, ThreadWorker

PROBE_THREADS = 4
SILENT_SECONDS = 20
"""How long a thread waits for the next bytes of a request. A telephone that changes its network needs a few."""
_PROBE = re.compile(rb"(?:GET|HEAD) /(?:live|ready)[ ?]")
_LONGEST_PROBE = 4096


def asks_for_probe(client: socket.socket) -> bool:
    """Whether a whole request for a probe is there to be read. One that arrives in parts waits like a page."""
    try:
        head = client.recv(_LONGEST_PROBE, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return False
    return _PROBE.match(head) is not None and b"\r\n\r\n" in head


def give_up_silent_sender(client: socket.socket, seconds: int = SILENT_SECONDS) -> None:
    """Let reading fail once nothing came for so long. Sending is not limited: a download may take its time."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", seconds, 0))


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn is untyped
    """`--worker-class closedorders.core.http.web_worker.Worker`."""

    def init_process(self) -> None:
        self.probe_pool = ThreadPoolExecutor(PROBE_THREADS, thread_name_prefix="probe")
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection and wait for its first bytes in the main loop, which no page can keep busy.

        gunicorn's own way waits for them in a thread, so a probe would need a free one to be recognised.
        """
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        give_up_silent_sender(client)
        connection = TConn(self.cfg, client, address, listener.getsockname())
        connection.timeout = time.monotonic() + DEFAULT_WORKER_DATA_TIMEOUT
        self.pending_conns.append(connection)
        self.poller.register(
            client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, connection)
        )

    def enqueue_req(self, conn: TConn) -> None:
        pool = self.probe_pool if asks_for_probe(conn.sock) else self.tpool
        request: Future[Any] = pool.submit(self.handle, conn)
        request.add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))

    def _cap_keepalive(self, deadline: float) -> None:
        """A worker that stops waits no longer for a new connection's first bytes than for a kept one's next ones."""
        super()._cap_keepalive(deadline)
        for connection in self.pending_conns:
            connection.timeout = min(connection.timeout, deadline)
