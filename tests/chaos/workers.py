"""The product's workers and its clock as real processes, to be killed and stopped."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tests.e2e.harness import ROOT, descendants, eventually

_CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "closedorders"]
PROCESSES_EACH = 2


class Workers:
    """`count` workers of two processes each, as `serve` starts them, and one beat. Use it in a `with` block.

    `killed` counts kills, `died` the sending processes that these ended, each of which may have had a mail in hand.
    """

    def __init__(self, count: int, environment: Mapping[str, str], folder: Path, seed: int) -> None:
        self._count, self._environment = count, environment
        self._log = folder / "workers.log"
        self._schedule = folder / "beat-schedule"
        self._random = random.Random(seed)
        self._running: list[subprocess.Popen[bytes]] = []
        self._groups: list[int] = []
        self._stopped: dict[int, subprocess.Popen[bytes]] = {}
        self.killed = self.died = self.paused = 0

    def __enter__(self) -> Workers:
        self._output: IO[bytes] = self._log.open("ab")
        self._start("beat", "--loglevel", "WARNING", "--schedule", str(self._schedule))
        self._running = [self._worker() for _ in range(self._count)]
        return self

    def __exit__(self, *_: object) -> None:
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self._output.close()

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def kill_one(self) -> None:
        """`kill -9`: one sending process, a worker with all its processes, or their parent alone."""
        worker = self._random.choice(self._not_stopped())
        children = sorted(descendants(worker.pid))
        how = self._random.choice(["child", "all", "parent"]) if children else "all"
        self.killed += 1
        if how == "child":
            self.died += 1
            _kill(self._random.choice(children))
            return
        self.died += len(children)
        if how == "all":
            os.killpg(worker.pid, signal.SIGKILL)
        else:
            worker.kill()
        worker.wait()
        self._running[self._running.index(worker)] = self._worker()

    def pause_one(self, seconds: float) -> None:
        """Stop one sending process in the middle of whatever it does, and let it go on after that time."""
        # One that was just started anew has no processes yet.
        assert eventually(lambda: any(descendants(worker.pid) for worker in self._not_stopped()))
        worker = self._random.choice([each for each in self._not_stopped() if descendants(each.pid)])
        child = self._random.choice(sorted(descendants(worker.pid)))
        os.kill(child, signal.SIGSTOP)
        self._stopped[child] = worker
        self.paused += 1
        threading.Timer(seconds, self._go_on, [child]).start()

    @property
    def is_one_paused(self) -> bool:
        return bool(self._stopped)

    def _go_on(self, child: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGCONT)
        del self._stopped[child]

    def _not_stopped(self) -> list[subprocess.Popen[bytes]]:
        return [worker for worker in self._running if worker not in self._stopped.values()]

    def _worker(self) -> subprocess.Popen[bytes]:
        return self._start(
            *("worker", "--concurrency", str(PROCESSES_EACH), "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle"),
        )

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*_CELERY, *words],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._groups.append(process.pid)
        return process


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
