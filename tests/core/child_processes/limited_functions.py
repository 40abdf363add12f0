"""What the tests of `limited_process` run in a child."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO


def echo(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    """Each request, with so many bytes of the file as it asks for."""
    for request in requests:
        yield {"request": request, "read": file.read(request.get("bytes", -1)).decode()}


def surroundings(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    yield {"environment": dict(os.environ), "modules": sorted(sys.modules)}


def attempts(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    """What of that which is forbidden could be done."""
    ways: dict[str, Callable[[], object]] = {
        "open a file": lambda: os.open(__file__, os.O_RDONLY),
        "open a socket": socket.socket,
        "open a pipe": os.pipe,
        "write into the file": lambda: os.write(3, b"x"),
        "raise a limit": _raise_limit,
    }
    if os.geteuid():
        ways["start a thread"] = threading.Thread(target=int).start
        ways["start a process"] = os.fork
    done = []
    for name, way in ways.items():
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            way()
            done.append(name)
    yield done


def _raise_limit() -> None:
    import resource

    if not os.geteuid():
        raise ValueError("root may")
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))


def grows(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    pieces = []
    while True:
        pieces.append(b"x" * (1 << 20))
        if len(pieces) > 4096:
            yield "there is no limit"
            return


def never_ends(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    yield "begun"
    while True:
        pass


def sleeps(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    yield "begun"
    time.sleep(600)


def fails(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    for request in requests:
        raise ValueError(file.read().decode(), request)
    yield from ()


def ends(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    yield from ()


def chatters(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    yield "x" * (4 << 20)


def talks_nonsense(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    os.write(1, b"cos\nsystem\n(S'echo'\ntR.\n")
    yield "after it"


def counts(file: BinaryIO, requests: Iterator[Any]) -> Iterator[Any]:
    yield from range(200_000)
