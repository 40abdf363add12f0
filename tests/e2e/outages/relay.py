"""A way to the database that a test can cut, or make swallow everything."""

from __future__ import annotations

import contextlib
import socket
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

from tests.e2e.harness import free_port


class Relay:
    """Forwards a port of its own to the server of a database URL; `url` is that URL by way of the port.

    While `silent`, connections stay open and new ones are accepted, but every byte is swallowed, both ways.
    """

    def __init__(self, url: str) -> None:
        real = urlsplit(url)
        self._to = (real.hostname or "127.0.0.1", real.port or 5432)
        self.port = free_port()
        netloc = f"{real.username}:{real.password or ''}@127.0.0.1:{self.port}"
        self.url = urlunsplit(real._replace(netloc=netloc))
        self.silent = False
        self.open()

    def open(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self._ends: list[socket.socket] = []
        Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def cut(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = server.accept()[0]
                far = socket.create_connection(self._to)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while heard := one.recv(65536):
                if not self.silent:
                    other.sendall(heard)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
