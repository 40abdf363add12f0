"""Parts that end are named and started again, by a supervisor in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from closedorders.core.child_processes.supervisor import pause_after
from tests.e2e.harness import descendants, eventually, still_running

_PROGRAM = """
import os, sys
from closedorders.core.child_processes import supervisor
from closedorders.core.child_processes.guarded_process import ParentPipe
supervisor.RAN_WELL = float(sys.argv[1])
household = supervisor.Supervisor(sys.stdout, ParentPipe())
for number, program in enumerate(sys.argv[2:]):
    household.add(f"part{number}", [sys.executable, "-c", program], os.environ, grace=5)
household.run()
print("Stopped.", flush=True)
"""

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start(program, …)` supervises these Python programs; what is printed goes to `tmp_path / "out"`."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(
        *programs: str, ran_well: float = 60.0, out: Path = tmp_path / "out"
    ) -> subprocess.Popen[bytes]:
        with out.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, str(ran_well), *programs],
                env={**os.environ, "FOLDER": str(tmp_path)},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


#: Leaves its process number in a file of each start, then goes on with what follows.
_NOTE = (
    "import os, sys, time, signal, subprocess, pathlib\n"
    "folder = pathlib.Path(os.environ['FOLDER'])\n"
    "(folder / f'pid-{time.monotonic_ns()}').write_text(str(os.getpid()))\n"
)


def _numbers(folder: Path) -> list[int]:
    return [int(each.read_text() or 0) for each in sorted(folder.glob("pid-*"))]


def _ended(tmp_path: Path) -> list[str]:
    return [line for line in (tmp_path / "out").read_text().splitlines() if " ended (" in line]


def test_pauses_grow_to_a_minute() -> None:
    assert [pause_after(ended) for ended in (0, 1, 2, 3, 4, 5, 6, 7, 5000)] == [
        1,
        2,
        4,
        8,
        16,
        32,
        60,
        60,
        60,
    ]


def test_a_part_that_ends_is_named_and_started_again_after_a_growing_pause(
    start: Start, tmp_path: Path
) -> None:
    start(_NOTE + "print('a last word'); sys.exit(3)", "import time; time.sleep(600)")

    assert eventually(lambda: len(_numbers(tmp_path)) == 3)

    assert _ended(tmp_path)[:2] == [
        "part0 ended (code 3); starting it again in 1 s",
        "part0 ended (code 3); starting it again in 2 s",
    ]
    assert "part0  | a last word" in (tmp_path / "out").read_text()


@pytest.mark.parametrize(
    ("end", "words"),
    [("sys.exit(0)", "code 0"), ("os.kill(os.getpid(), signal.SIGKILL)", "signal 9")],
)
def test_whatever_ends_a_part_it_is_started_again(start: Start, tmp_path: Path, end: str, words: str) -> None:
    start(_NOTE + end)
    assert eventually(lambda: len(_numbers(tmp_path)) == 2)
    assert _ended(tmp_path)[0] == f"part0 ended ({words}); starting it again in 1 s"


def test_a_part_that_ran_well_is_started_again_soon(start: Start, tmp_path: Path) -> None:
    start(_NOTE + "time.sleep(0.3); sys.exit(1)", ran_well=0.2)
    assert eventually(lambda: len(_numbers(tmp_path)) == 3)
    assert set(_ended(tmp_path)) == {"part0 ended (code 1); starting it again in 1 s"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_during_a_pause_ends_everything_and_starts_nothing(
    start: Start, tmp_path: Path, number: int
) -> None:
    process = start(_NOTE + "sys.exit(1)", "import time; time.sleep(600)")
    assert eventually(lambda: len(_ended(tmp_path)) == 1)
    children = descendants(process.pid)

    process.send_signal(number)

    assert process.wait(timeout=10) == 0
    assert still_running(children) == set()
    assert len(_numbers(tmp_path)) == 1
    assert (tmp_path / "out").read_text().splitlines()[-1] == "Stopped."


def test_nothing_that_an_ended_part_left_behind_runs_beside_its_next_start(
    start: Start, tmp_path: Path
) -> None:
    start(
        _NOTE
        + "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        + "(folder / f'child-{os.getpid()}').write_text(str(child.pid)); sys.exit(1)"
    )
    assert eventually(lambda: len(_numbers(tmp_path)) == 2)
    assert still_running({int((tmp_path / f"child-{_numbers(tmp_path)[0]}").read_text())}) == set()


def test_a_part_whose_guard_is_killed_ends_too_and_is_started_again(start: Start, tmp_path: Path) -> None:
    process = start(_NOTE + "time.sleep(600)")
    assert eventually(lambda: [] != _numbers(tmp_path) != [0])
    (child,) = _numbers(tmp_path)
    (guard,) = descendants(process.pid) - {child}

    os.kill(guard, signal.SIGKILL)

    assert eventually(lambda: len(_numbers(tmp_path)) == 2)
    assert still_running({child}) == set()
    assert _ended(tmp_path) == ["part0 ended (killed); starting it again in 1 s"]


def test_a_terminal_that_takes_no_line_ends_nothing(start: Start, tmp_path: Path) -> None:
    process = start(_NOTE + "print('a word'); sys.exit(1)", out=Path("/dev/full"))
    assert eventually(lambda: len(_numbers(tmp_path)) == 2)
    assert process.poll() is None


def test_a_killed_supervisor_leaves_nothing_running(start: Start, tmp_path: Path) -> None:
    process = start(_NOTE + "time.sleep(600)")
    assert eventually(lambda: _numbers(tmp_path) != [])
    children = descendants(process.pid)
    assert len(children) == 2

    process.kill()
    process.wait()

    assert eventually(lambda: still_running(children) == set())
