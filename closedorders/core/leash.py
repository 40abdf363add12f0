"""Child processes that end with the process that started them, however that one ends.

A leash is a small process between the two. It holds one end of a pipe, the lifeline, whose other end only the
starter has: when the starter cuts it, or dies (``kill -9`` included), the pipe closes and the leash ends the child.
A pipe, because the alternatives are Linux only (a parent death signal) or guess by process number.

This module has no Django import.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import honcho.process

_lifelines: list[Lifeline] = []


class Lifeline:
    """Made by the starter, handed to one or more leashes."""

    def __init__(self) -> None:
        self._far, self._near = multiprocessing.Pipe(duplex=False)
        _lifelines.append(self)

    def cut(self) -> None:
        self._near.close()

    def hold(self) -> None:
        """In the leash: let go of the ends that a fork copied, or no cut would ever be noticed."""
        for lifeline in [*_lifelines, self]:
            lifeline._near.close()

    def wait_for_cut(self) -> None:
        with contextlib.suppress(EOFError):
            self._far.poll(None)


def _end(child: subprocess.Popen[bytes], grace: float) -> None:
    """Ask the child alone, as its own helpers are its to end; after `grace` seconds end its whole group."""
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=grace)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def run(
    command: Sequence[str],
    lifeline: Lifeline,
    environment: Mapping[str, str],
    *,
    grace: float = 10.0,
    config: bytes | None = None,
    log: Path | None = None,
    needed: bool = False,
) -> None:
    """Run `command` until it ends or the lifeline is cut; the body of a leash process.

    `config` goes to its standard input. Without `log`, it writes where the starter writes. A `needed` command that
    ends by itself ends the starter too.
    """
    lifeline.hold()
    starter = os.getppid()
    with log.open("ab") if log else contextlib.nullcontext() as output:
        child = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE if config is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )
    # Only now: a child inherits what is ignored. A Ctrl-C reaches the whole terminal and is the starter's to answer.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if child.stdin is not None and config is not None:
        child.stdin.write(config)
        child.stdin.close()
    cut = threading.Event()

    def watch() -> None:
        lifeline.wait_for_cut()
        cut.set()
        _end(child, grace)

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    if cut.is_set():
        _end(child, 0)
    elif needed and os.getppid() == starter:
        os.kill(starter, signal.SIGTERM)
    os._exit(0 if code in (0, -signal.SIGTERM) else 1)


class LeashedProcess(honcho.process.Process):  # type: ignore[misc]  # honcho is untyped
    """A process for honcho's manager, on a lifeline."""

    def __init__(self, *args: Any, lifeline: Lifeline, grace: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lifeline = lifeline
        self.grace = grace

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        self.lifeline.hold()
        starter = os.getppid()

        def watch() -> None:
            self.lifeline.wait_for_cut()
            if os.getppid() != starter and events is not None:
                events.cancel_join_thread()  # Nobody reads the lines any more: do not wait for a reader at exit.
            while self._child is None:
                threading.Event().wait(0.05)
            _end(self._child, self.grace)

        threading.Thread(target=watch, daemon=True).start()
        super().run(events, ignore_signals)
