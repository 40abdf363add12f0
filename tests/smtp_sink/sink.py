"""The server: its script, what it received, and its connections."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO, Self, cast

from tests.smtp_sink.acts import Act, At, Hangup, ReceivedMail
from tests.smtp_sink.conversation import Conversation


class SmtpSink:
    """Start with `start()` or `with`. Thread-safe; every connection has a thread of its own.

    `fate` is asked where no act that was played fits: what is reached, and for which recipients. One call at a time.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        features: tuple[str, ...] = ("SIZE 20000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"),
        credentials: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        delay: float = 0.0,
        log: IO[str] | None = None,
        fate: Callable[[At, Sequence[str]], Act | None] | None = None,
    ) -> None:
        self.host = host
        self.features = features
        self.credentials = credentials
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.delay = delay
        self._log = log
        self._fate = fate
        self._lock = threading.Lock()
        self._acts: list[Act] = []
        self._received: list[ReceivedMail] = []
        self._commands: list[str] = []
        self._partial: list[bytes] = []
        self._connections = 0
        self._dots = 0
        self._open: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._listener = socket.create_server((host, port), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="smtp-sink", daemon=True)

    # -- what a test says and asks ---------------------------------------------------------------------------------

    def play(self, *acts: Act) -> None:
        """Add to the script. The first act that fits wins."""
        with self._lock:
            self._acts.extend(acts)

    @property
    def received(self) -> list[ReceivedMail]:
        with self._lock:
            return list(self._received)

    @property
    def commands(self) -> list[str]:
        """Every command line of every connection, in order."""
        with self._lock:
            return list(self._commands)

    @property
    def partial(self) -> list[bytes]:
        """Content that arrived without its final dot before the client hung up."""
        with self._lock:
            return list(self._partial)

    @property
    def connections(self) -> int:
        with self._lock:
            return self._connections

    @property
    def dots(self) -> int:
        """How many final dots arrived, whatever was answered."""
        with self._lock:
            return self._dots

    def received_for(self, recipient: str) -> list[ReceivedMail]:
        return [mail for mail in self.received if recipient in mail.recipients]

    def wait_for(self, count: int, *, seconds: float = 5.0) -> list[ReceivedMail]:
        """The mails once there are `count`; raises TimeoutError otherwise."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.received)} of {count} mails arrived")
            time.sleep(0.01)
        return self.received

    def wait_for_partial(self, *, seconds: float = 2.0) -> list[bytes]:
        deadline = time.monotonic() + seconds
        while not self.partial and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.partial

    def clear(self) -> None:
        """Forget mails, commands and the script."""
        with self._lock:
            for kept in (self._acts, self._received, self._commands, self._partial):
                cast("list[object]", kept).clear()
            self._dots = self._connections = 0

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- serving ---------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    @contextmanager
    def _tracked(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._connections += 1
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)

    def _converse(self, connection: socket.socket) -> None:
        with self._tracked(connection):
            try:
                if self.tls is not None and self.implicit_tls:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                Conversation(self, connection).run()
            except (Hangup, OSError, ValueError):
                pass
            finally:
                with suppress(OSError):
                    connection.close()

    def _act(self, at: At, recipients: list[str]) -> Act | None:
        with self._lock:
            for act in self._acts:
                if act.at == at and (act.recipient is None or act.recipient in recipients):
                    if act.times is not None:
                        act.times -= 1
                        if act.times <= 0:
                            self._acts.remove(act)
                    return act
            return self._fate(at, recipients) if self._fate else None

    def _note_command(self, line: str) -> None:
        with self._lock:
            self._commands.append(line)

    def _note_partial(self, content: bytes) -> None:
        with self._lock:
            self._partial.append(content)

    def _note_dot(self) -> None:
        with self._lock:
            self._dots += 1

    def _keep(self, mail: ReceivedMail) -> None:
        with self._lock:
            self._received.append(mail)
            if self._log is not None:
                entry = {
                    "recipients": mail.recipients,
                    "sender": mail.sender,
                    "message_id": mail.message_id,
                    "at": mail.at,
                    "content": base64.b64encode(mail.content).decode("ascii"),
                }
                self._log.write(json.dumps(entry) + "\n")
                self._log.flush()
