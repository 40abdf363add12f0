"""Runs the processes of the product and restarts each one that ends by itself.

This module has no Django import.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from closedorders.core.child_processes.guarded_process import GuardedProcess, ParentPipe

LONGEST_PAUSE = 60.0
RAN_WELL = 60.0
"""Seconds after which an end is the first one again: the pause before the next start is short."""

Start = Callable[[], GuardedProcess]


@dataclass(eq=False)
class Part:
    """Something that runs. `ended` counts how many times in a row it ended before it had run well."""

    name: str
    start: Start
    start_again: bool = True
    ends_with_us: bool = True
    process: GuardedProcess | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    ended: int = 0


@dataclass(eq=False)
class _Output:
    """What one run of a part writes, and its last line as long as that is not complete."""

    name: str
    line: bytes = b""


class Supervisor:
    """Runs and restarts the parts added to it. Call `run()` after adding them; it ends at SIGINT or SIGTERM.

    Everything happens in one thread. A line that cannot be printed (the terminal is gone, the disk is full) is lost.
    """

    def __init__(self, stdout: TextIO, parent_pipe: ParentPipe) -> None:
        self._stdout = stdout
        self._parent_pipe = parent_pipe
        self._parts: list[Part] = []
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        wake, self._waker = os.pipe()
        self._selector.register(wake, selectors.EVENT_READ)

    def add(self, name: str, command: Sequence[str], environment: Mapping[str, str], *, grace: float) -> None:
        """Add a part that runs `command`; its lines are printed with its name."""

        def start() -> GuardedProcess:
            reading, writing = os.pipe()
            try:
                process = GuardedProcess(command, self._parent_pipe, environment, grace=grace, output=writing)
            except OSError:
                os.close(reading)
                raise
            finally:
                os.close(writing)
            self._selector.register(reading, selectors.EVENT_READ, _Output(name))
            return process

        self._parts.append(Part(name, start))

    def add_once(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Add a command that is not restarted. It writes to the terminal itself."""
        start = partial(GuardedProcess, command, self._parent_pipe, environment)
        self._parts.append(Part(name, start, start_again=False))

    def add_running(self, name: str, process: GuardedProcess, start: Start) -> None:
        """Add a part that runs already, with a separate parent pipe and log: whoever started it also stops it."""
        part = Part(name, start, ends_with_us=False)
        self._parts.append(part)
        self._watch(part, process)

    def stop(self, *_: object) -> None:
        """Ask every part to end, and start none again; a signal handler."""
        self._stopping = True
        self._parent_pipe.close()
        with contextlib.suppress(OSError):
            os.write(self._waker, b"\0")

    def run(self) -> None:
        """Return once `stop` was called and every part on our parent pipe has ended."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.stop)
        while not self._stopping or self._is_busy():
            if not self._stopping:
                self._start_what_is_due()
            for key, _events in self._selector.select(self._seconds_until_due()):
                if isinstance(key.data, Part):
                    self._read_report(key.data)
                elif isinstance(key.data, _Output):
                    self._read_output(key.fd, key.data)
                else:
                    os.read(key.fd, 100)

    def _is_busy(self) -> bool:
        """Whether a part that ends with us still runs, or has said something that is not printed yet."""
        writing = any(isinstance(key.data, _Output) for key in self._selector.get_map().values())
        return writing or any(part.ends_with_us and part.process is not None for part in self._parts)

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for part in self._parts:
            if part.process is None and part.due_at <= now:
                try:
                    self._watch(part, part.start())
                except OSError as error:  # no process, no file, no room left
                    part.started_at = now
                    self._plan_next_start(part, str(error.strerror))

    def _watch(self, part: Part, process: GuardedProcess) -> None:
        part.process, part.started_at = process, time.monotonic()
        self._selector.register(process.report, selectors.EVENT_READ, part)

    def _seconds_until_due(self) -> float | None:
        """How long nothing has to be started; None for ever."""
        due = [part.due_at for part in self._parts if part.process is None]
        if self._stopping or not due or min(due) == float("inf"):
            return None
        return max(0.0, min(due) - time.monotonic())

    def _read_report(self, part: Part) -> None:
        process = part.process
        if process is None or process.read_report():
            return
        self._selector.unregister(process.report)
        code = process.wait()
        part.process = None
        if self._stopping or not part.start_again:
            part.due_at = float("inf")
        else:
            self._plan_next_start(part, _words(code))

    def _plan_next_start(self, part: Part, how: str) -> None:
        now = time.monotonic()
        if now - part.started_at >= RAN_WELL:
            part.ended = 0
        pause = pause_after(part.ended)
        part.ended += 1
        part.due_at = now + pause
        self._print(f"{part.name} ended ({how}); starting it again in {pause:.0f} s")

    def _read_output(self, number: int, output: _Output) -> None:
        read = os.read(number, 65536)
        *lines, output.line = (output.line + read).split(b"\n")
        if not read:
            self._selector.unregister(number)
            os.close(number)
            lines = [output.line] if output.line else []
        for line in lines:
            words = line.decode(errors="replace").rstrip()
            self._print(f"{time.strftime('%H:%M:%S')} {output.name:<6} | {words}")

    def _print(self, line: str) -> None:
        with contextlib.suppress(OSError):
            print(line, file=self._stdout, flush=True)


def pause_after(ended: int) -> float:
    """Seconds before the next start of a part that ended so many times in a row before."""
    return min(LONGEST_PAUSE, 2.0 ** min(ended, 10))


def _words(code: int | None) -> str:
    if code is None:
        return "killed"
    return f"code {code}" if code >= 0 else f"signal {-code}"
