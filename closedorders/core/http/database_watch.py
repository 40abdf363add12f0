"""Limits how long a page waits for a PostgreSQL server that no longer answers.

A frozen server, or a proxy that swallows what it is sent, still acknowledges every packet. So neither keepalives nor
TCP timeouts notice, `statement_timeout` is the server's to keep, and the client waits for ever. Each web process
therefore has one thread that asks `SELECT 1` every second over a connection of its own. Once there is no answer for
`SILENCE_SECONDS`, it shuts down the sockets of the process's other connections, so that every page that waits gets an
error, and new connections are refused at once until there is an answer again.

A slow statement is not silence: the server answers the question meanwhile, and `statement_timeout` limits the
statement. An error is no silence either: pages get it, too, and at once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import time
from collections.abc import Callable, Mapping
from threading import Lock, Thread
from typing import Any
from weakref import WeakSet

import psycopg2
from django.conf import settings
from django.db import connections
from psycopg2.extensions import POLL_OK, POLL_READ

log = logging.getLogger(__name__)

QUESTION_PAUSE = 1.0
SILENCE_SECONDS = 5.0
"""Without an answer for so long the server is silent. A server that is only busy answers sooner."""
RETRY_SECONDS = 2.0
"""How long each question waits while the server is silent: what is swallowed once is not answered later."""
IDLE_TRANSACTION_SECONDS = 60


class PageConnection(psycopg2.extensions.connection):  # type: ignore[misc]  # psycopg2 is untyped
    """A connection of a web process, which another thread can make fail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if watch.silent:
            raise psycopg2.OperationalError("the database does not answer")
        super().__init__(*args, **kwargs)
        # A descriptor of our own: libpq may close its own, and the number be used again, at any moment.
        self._socket = socket.socket(fileno=os.dup(self.fileno()))
        watch.add(self)

    def close(self) -> None:
        watch.remove(self)
        self._socket.close()
        super().close()

    def shut_down(self) -> None:
        """End the TCP connection: whoever waits for the server gets an `OperationalError`."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


class Questioner:
    """Asks the server whether it is there, over a connection of its own, and never waits longer than it is told."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = parameters
        self._connection: Any = None

    def is_answered(self, seconds: float) -> bool:
        """Whether the server answers in that time. An error is an answer."""
        try:
            return self.ask(seconds)
        except (psycopg2.Error, OSError):
            return True

    def ask(self, seconds: float) -> bool:
        """Whether the server answers in that time. Raises `psycopg2.Error` or `OSError` where it refuses."""
        deadline = time.monotonic() + seconds
        answered = False
        try:
            answered = self._is_connected(deadline) and self._is_asked(deadline)
        finally:
            if not answered:
                self.close()
        return answered

    def _is_connected(self, deadline: float) -> bool:
        if self._connection is not None:
            return True
        self._connection = psycopg2.connect(**self._parameters, async_=True)
        return self._wait(deadline)

    def _is_asked(self, deadline: float) -> bool:
        # The cursor must live until the answer is there: psycopg2 delivers it to that one.
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return self._wait(deadline)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _wait(self, deadline: float) -> bool:
        while (state := self._connection.poll()) != POLL_OK:
            left = deadline - time.monotonic()
            poller = select.poll()
            poller.register(
                self._connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT
            )
            if not poller.poll(max(left, 0) * 1000) and left <= 0:
                return False
        return True


class DatabaseWatch:
    """Finds out in one thread of this process whether the database is silent."""

    def __init__(self) -> None:
        self.silent = False
        self._parameters: Callable[[], Mapping[str, Any]] | None = None
        self._connections: WeakSet[PageConnection] = WeakSet()
        self._reset()

    def _reset(self) -> None:
        """A forked process has its parent's objects, but not its thread."""
        self._lock = Lock()
        self._thread: Thread | None = None

    def enable(self, parameters: Callable[[], Mapping[str, Any]]) -> None:
        """From the next `start` on, ask the server that these connection parameters lead to."""
        self._parameters = parameters
        os.register_at_fork(after_in_child=self._reset)

    def start(self) -> None:
        """Start the thread of this process, if it is to have one and has none yet. Cheap: called for every page."""
        if self._thread is not None or self._parameters is None:
            return
        with self._lock:
            if self._thread is None:
                questioner = Questioner(self._parameters())
                self._thread = Thread(
                    target=self._run, args=(questioner,), name="database-watch", daemon=True
                )
                self._thread.start()

    def add(self, connection: PageConnection) -> None:
        with self._lock:
            self._connections.add(connection)
            if self.silent:
                connection.shut_down()

    def remove(self, connection: PageConnection) -> None:
        with self._lock:
            self._connections.discard(connection)

    def _run(self, questioner: Questioner) -> None:
        while True:
            self.judge(questioner)
            time.sleep(QUESTION_PAUSE)

    def judge(self, questioner: Questioner) -> None:
        """Ask once, and do what follows from the answer or its absence."""
        answered = questioner.is_answered(RETRY_SECONDS if self.silent else SILENCE_SECONDS)
        if answered and self.silent:
            self.silent = False
            log.warning("the database answers again")
        elif not answered and not self.silent:
            with self._lock:
                self.silent = True
                for connection in self._connections:
                    connection.shut_down()
            log.error("the database is silent: pages answer 503 until it answers")


watch = DatabaseWatch()


def limit_pages() -> None:
    """Give every later PostgreSQL connection of this process the limits of a page, and have the server watched.

    For web processes only: imports, migrations and other commands have statements that take long and are right to.
    """
    database = connections.settings["default"]
    options = database["OPTIONS"]
    if database["ENGINE"] != "django.db.backends.postgresql" or "connection_factory" in options:
        return
    limits = {
        "statement_timeout": settings.PAGE_STATEMENT_SECONDS * 1000,
        "idle_in_transaction_session_timeout": IDLE_TRANSACTION_SECONDS * 1000,
    }
    own = " ".join(f"-c {name}={milliseconds}" for name, milliseconds in limits.items())
    # What DATABASE_URL says comes last and so counts.
    options["options"] = f"{own} {options.get('options', '')}".strip()
    options["connection_factory"] = PageConnection
    watch.enable(question_parameters)


def question_parameters() -> dict[str, Any]:
    """What a `Questioner` needs to ask the default database, which must be PostgreSQL."""
    parameters: dict[str, Any] = connections["default"].get_connection_params()
    return {name: value for name, value in parameters.items() if not name.endswith("_factory")}
