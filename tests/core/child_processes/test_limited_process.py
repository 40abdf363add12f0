"""A child process that parses hostile files: what it may take, what it knows, and that it never stays behind."""

from __future__ import annotations

import gc
import io
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from closedorders.core.child_processes.limited_process import (
    ChildFailed,
    LimitedProcess,
    Limits,
    OutOfMemory,
    OutOfTime,
)

LIMITS = Limits(memory=128 << 20, cpu_seconds=20, wait_seconds=60)


def started(name: str, content: bytes = b"", limits: Limits = LIMITS) -> LimitedProcess:
    return LimitedProcess(f"tests.core.child_processes.limited_functions:{name}", io.BytesIO(content), limits)


def runs(pid: int) -> bool:
    answer = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() != "" and not answer.stdout.startswith("Z")


def waited_for(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_requests_are_answered_about_a_file_in_memory() -> None:
    process = started("echo", "año".encode())
    process.send({"bytes": 1})
    assert process.receive() == {"request": {"bytes": 1}, "read": "a"}
    process.send({})
    assert process.receive()["read"] == "ño"
    process.close()


def test_two_children_read_one_open_file_each_at_its_own_position(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcdef")
    with (tmp_path / "file").open("rb") as file:
        file.read(3)
        first, second = (
            LimitedProcess("tests.core.child_processes.limited_functions:echo", file, LIMITS)
            for _ in range(2)
        )
        answers = []
        for process in (first, second, first, second):
            process.send({"bytes": 2})
            answers.append(process.receive()["read"])
        first.close()
        second.close()
        assert answers == ["ab", "ab", "cd", "cd"]
        assert file.read() == b"def"


def test_a_child_knows_no_secret_and_imports_neither_django_nor_celery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary-1")
    monkeypatch.setenv("DATABASE_URL", "postgres://canary-2")
    found = started("surroundings").receive()
    assert found["environment"].keys() <= {"MALLOC_ARENA_MAX", "LC_CTYPE", "LD_LIBRARY_PATH"}
    assert "canary" not in json.dumps(found["environment"])
    assert not {"django", "celery", "site"} & set(found["modules"])


def test_a_child_opens_no_file_and_no_socket_and_writes_nothing() -> None:
    assert started("attempts", b"content").receive() == []


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not enforce RLIMIT_AS")
def test_a_child_that_takes_too_much_memory_is_ended() -> None:
    process = started("grows")
    with pytest.raises(OutOfMemory):
        process.receive()
    assert not runs(process.pid)


def test_a_child_that_computes_for_too_long_is_ended() -> None:
    process = started("never_ends", limits=Limits(memory=LIMITS.memory, cpu_seconds=1))
    assert process.receive() == "begun"
    with pytest.raises(OutOfTime, match=f"ended with {-int(signal.SIGXCPU)}"):
        process.receive()
    assert not runs(process.pid)


def test_a_child_that_keeps_its_reader_waiting_is_ended() -> None:
    process = started("sleeps", limits=Limits(memory=LIMITS.memory, wait_seconds=2))
    assert process.receive() == "begun"
    with pytest.raises(OutOfTime):
        process.receive()
    assert not runs(process.pid)


def test_a_child_that_fails_says_where_and_nothing_of_the_file() -> None:
    process = started("fails", b"ana@example.com")
    process.send({})
    with pytest.raises(ChildFailed) as failed:
        process.receive()
    assert "ValueError in limited_functions.py:" in str(failed.value)
    assert "ana" not in str(failed.value)


def test_a_child_that_is_killed_from_outside_is_no_answer() -> None:
    process = started("sleeps")
    assert process.receive() == "begun"
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(OutOfMemory):  # Only the kernel does that, where there is no memory left.
        process.receive()


@pytest.mark.parametrize("name", ["ends", "talks_nonsense"])
def test_what_is_no_answer_is_not_taken_for_one(name: str) -> None:
    process = started(name)
    with pytest.raises(ChildFailed):
        process.receive()
    process.send({})
    with pytest.raises(ChildFailed):
        process.receive()


def test_an_answer_that_is_too_long_is_refused_before_it_is_in_memory() -> None:
    with pytest.raises(OutOfMemory):
        started("chatters", limits=Limits(memory=LIMITS.memory, answer_bytes=1 << 20)).receive()


def test_a_child_waits_for_its_reader() -> None:
    process = started("counts")
    assert process.receive() == 0
    # It has written what the pipe takes, and has far to go.
    assert waited_for(lambda: state_of(process.pid) == "S")
    assert [process.receive() for _ in range(199_999)] == list(range(1, 200_000))
    process.close()


def state_of(pid: int) -> str:
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return answer.stdout[:1]


def test_a_child_ends_when_it_is_closed_and_when_it_is_forgotten() -> None:
    closed, forgotten = started("sleeps"), started("sleeps")
    pids = closed.pid, forgotten.pid
    assert all(map(runs, pids))
    closed.close()
    closed.close()
    del forgotten
    gc.collect()
    assert not any(map(runs, pids))


_STARTER = """
import io, sys, time
from closedorders.core.child_processes.limited_process import LimitedProcess, Limits
names = ("never_ends", "sleeps", "echo")
limits = Limits(memory=128 << 20)
module = "tests.core.child_processes.limited_functions"
started = [LimitedProcess(f"{module}:{name}", io.BytesIO(), limits) for name in names]
started[0].receive(), started[1].receive()
print(*[each.pid for each in started], flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_children_end_with_a_process_that_is_killed_whatever_they_do(number: signal.Signals) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", _STARTER], stdout=subprocess.PIPE, env={"PYTHONPATH": os.getcwd()}
    )
    assert starter.stdout is not None
    with starter.stdout:
        pids = [int(each) for each in starter.stdout.readline().split()]
    assert len(pids) == 3
    assert all(map(runs, pids))
    starter.send_signal(number)
    starter.wait()
    assert waited_for(lambda: not any(map(runs, pids)))


def _echo_in(answers: multiprocessing.SimpleQueue[object]) -> None:
    process = started("echo", b"content")
    process.send({})
    answers.put(process.receive()["read"])
    process.close()


def test_a_worker_that_may_have_no_children_of_multiprocessing_can_start_one() -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    worker = context.Process(target=_echo_in, args=(answers,), daemon=True)
    worker.start()
    assert answers.get() == "content"
    worker.join()


def test_threads_start_children_at_the_same_time() -> None:
    def echoed(number: int) -> str:
        process = started("echo", str(number).encode())
        process.send({})
        read: str = process.receive()["read"]
        process.close()
        return read

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(echoed, range(24))) == [str(number) for number in range(24)]
