"""The small program that runs between a child process and its parent and ends the child: see `guarded_process.py`.

Run as a script (`python guard.py PARENT_PIPE REPORT GRACE COMMAND …`), with nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

LEFTOVER_SECONDS = 5.0
"""How long processes that the child started and left behind may take to end."""


def run(parent_pipe: int, report: int, grace: float, command: list[str]) -> None:
    """Run `command` until it ends or nobody has the other end of `parent_pipe` open.

    Writes two lines to `report`: the child's process number, and once nothing of it is left its return code, which is
    negative where a signal ended it.
    """
    child = subprocess.Popen(command, start_new_session=True)
    # Only now: a child inherits what is ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _write(report, child.pid)
    cut = threading.Event()

    def watch() -> None:
        os.read(parent_pipe, 1)
        cut.set()
        # The child alone: its own processes are its to end.
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=grace)
        _signal_group(child.pid, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    if not cut.is_set() and _signal_group(child.pid, signal.SIGTERM):
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while _signal_group(child.pid, 0) and not cut.is_set() and time.monotonic() < deadline:
            time.sleep(0.05)
    _signal_group(child.pid, signal.SIGKILL)
    _write(report, code)


def _signal_group(group: int, number: int) -> bool:
    """Whether the group had a process left."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _write(report: int, number: int) -> None:
    with contextlib.suppress(OSError):  # Whoever would read it may have been killed.
        os.write(report, f"{number}\n".encode())


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
