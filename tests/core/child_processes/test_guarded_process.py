from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis

from closedorders.core.task_queue.embedded_broker import EmbeddedBroker

_STARTER = """
import os, sys, time
from closedorders.core.child_processes.guarded_process import GuardedProcess, ParentPipe
for number, line in enumerate([ParentPipe(), ParentPipe()]):
    program = f"import os, time; open(r'{folder}/{{number}}', 'w').write(str(os.getpid())); time.sleep(60)"
    GuardedProcess([sys.executable, "-c", program], line, os.environ, grace=30)
time.sleep(60)
"""


def _wait(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _runs(pid: int) -> bool:
    answer = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() != "" and not answer.stdout.startswith("Z")


def test_children_end_when_their_starter_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", _STARTER.format(folder=tmp_path)], cwd=os.getcwd())
    files = [tmp_path / "0", tmp_path / "1"]
    assert _wait(lambda: all(file.exists() and file.read_text() for file in files))
    pids = [int(file.read_text()) for file in files]
    assert all(map(_runs, pids))

    starter.kill()
    starter.wait()

    assert _wait(lambda: not any(map(_runs, pids)))


def test_the_embedded_broker_keeps_what_is_queued_over_a_restart(tmp_path: Path) -> None:
    for expected in (None, b"kept"):
        with EmbeddedBroker(tmp_path) as broker, Redis.from_url(broker.url) as client:
            assert client.get("bell") == expected
            client.set("bell", "kept")
        assert not broker.is_running()
