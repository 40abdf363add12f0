"""Run a function on a hostile file in a child process of its own, within limits of memory and time.

    process = LimitedProcess("closedorders.orderfiles.tables.workbook_sheets:answers", file, Limits(memory=512 << 20))
    process.send({"look": "Sheet1"})
    print(process.receive())

The function is a generator of the form `answers(file, requests)`: it takes requests from an iterator and yields
answers, both JSON values. What comes back is read as data and nothing else, because whoever wrote the file may have
taken over the child. A child that is ahead of its reader waits, so neither side ever has more than one answer and what
a pipe holds.

Enforced by the kernel, from before the file is looked at (`limited_child`):

* memory (`RLIMIT_AS`; macOS accepts it and does not enforce it: there only the time limits hold) and CPU time,
* no byte written to any file, no core dump,
* no file, socket or pipe opened: no network and no program that could be started,
* no further process or thread, unless the product runs as root.

The environment is empty, so no secret of ours is in it. It is no sandbox: the child is the same user on the same
machine, and may send signals or delete files by name. What it parses is meant to be kept harmless by the parser; the
limits are for files that make an honest parser take all memory or never end.

The child ends when this process ends, however that happens, because its standard input closes.

This module has no Django import. It starts children with `subprocess`: Celery's workers may not have children of
`multiprocessing`, and a fork of a process with threads is not safe.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any, BinaryIO, cast

from . import limited_child

_PIECE = 64 * 1024
#: For a child whose output has closed.
_SECONDS_TO_END = 5
#: Where a Python that was built by hand finds its own library.
_PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Limits:
    """`memory` is address space in bytes, of which an idle child uses 30 MB; `cpu_seconds` is what it computes.

    `wait_seconds` is how long this process waits for it in all: a reader may take its time between two answers.
    """

    memory: int
    cpu_seconds: int = 60
    wait_seconds: float = 120.0
    answer_bytes: int = 32 * 1024 * 1024


class ChildFailed(Exception):
    """The child ended before it answered: for a reason of its own, unless it is a subclass."""


class OutOfMemory(ChildFailed):
    """It asked for more memory than it may have, or answered at greater length."""


class OutOfTime(ChildFailed):
    """It computed longer than it may, or kept this process waiting for longer."""


class LimitedProcess:
    """A child that runs `function`, named as `module:name`, on `file`.

    A file without a descriptor is copied into one first. With one, the bytes behind the descriptor are what the child
    reads, at a position of its own: several children may read the same file.
    """

    def __init__(self, function: str, file: BinaryIO, limits: Limits) -> None:
        self._limits = limits
        self._waited = 0.0
        self._received = bytearray()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with _descriptor(file) as descriptor:
            self._process = subprocess.Popen(
                # Isolated and without `site`: the module path is passed on below.
                [sys.executable, "-I", "-S", limited_child.__file__, str(descriptor)],
                # Memory that malloc sets aside for each thread would count against the limit.
                env={**environment, "MALLOC_ARENA_MAX": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[descriptor],
                bufsize=0,
                start_new_session=True,  # A Ctrl-C in the terminal is for this process to answer.
            )
        self._input, self._output = (
            cast(IO[bytes], self._process.stdin),
            cast(IO[bytes], self._process.stdout),
        )
        # Not at exit: processes forked from this one would end the child as well. There the pipes close.
        self._end = weakref.finalize(self, _end, self._process)
        self._end.atexit = False
        path = [str(Path(each).resolve()) for each in sys.path]
        self.send({"function": function, "path": path, "limits": asdict(limits)})

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, request: Any) -> None:
        # A child that has ended is noticed when its answer is read.
        if not self._input.closed:
            with contextlib.suppress(BrokenPipeError):
                self._input.write(json.dumps(request).encode() + b"\n")

    def receive(self) -> Any:
        """The next answer. Raises `OutOfMemory`, `OutOfTime` or `ChildFailed`; then the child is gone."""
        try:
            line = self._line()
            try:
                return json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ChildFailed("not an answer") from error
        except BaseException:  # Also a time limit of Celery's: whoever gets it will not read on.
            self.close()
            raise

    def close(self) -> None:
        """End the child, whatever it does. Nothing happens the second time."""
        self._end()

    def _line(self) -> bytes:
        looked_at = 0
        while (end := self._received.find(b"\n", looked_at)) < 0:
            looked_at = len(self._received)
            if looked_at > self._limits.answer_bytes:
                raise OutOfMemory("the answer is too long")
            piece = self._piece()
            if not piece:
                raise self._failure()
            self._received += piece
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def _piece(self) -> bytes:
        """What the child wrote meanwhile, b"" if it has ended."""
        if self._output.closed:
            raise ChildFailed("closed")
        ready = select.poll()
        ready.register(self._output, select.POLLIN)
        since = monotonic()
        found = ready.poll(max(0.0, self._limits.wait_seconds - self._waited) * 1000)
        self._waited += monotonic() - since
        if not found:
            raise OutOfTime("waited too long")
        return os.read(self._output.fileno(), _PIECE)

    def _failure(self) -> ChildFailed:
        try:
            code = self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            return ChildFailed("closed its output")
        if code in (limited_child.NO_MEMORY, -signal.SIGABRT, -signal.SIGKILL):
            # Rust ends a process that gets no memory with SIGABRT, the kernel with SIGKILL.
            return OutOfMemory(f"ended with {code}")
        if code == -signal.SIGXCPU:
            return OutOfTime(f"ended with {code}")
        return ChildFailed(f"ended with {code}: {self._received.decode(errors='replace')}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


@contextlib.contextmanager
def _descriptor(file: BinaryIO) -> Iterator[int]:
    try:
        descriptor = file.fileno()
    except (AttributeError, OSError):
        with tempfile.TemporaryFile() as copy:
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield copy.fileno()
    else:
        file.flush()
        yield descriptor
