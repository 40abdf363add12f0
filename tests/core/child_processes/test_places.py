from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import pytest

from closedorders.core.child_processes.places import NoPlace, Place


def test_only_so_many_have_a_place_at_once_and_the_others_wait(tmp_path: Path) -> None:
    lock, now, most = Lock(), 0, 0

    def work(_number: int) -> None:
        nonlocal now, most
        place = Place(tmp_path, 2, wait_seconds=30)
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1
        place.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(10)))
    assert (most, now) == (2, 0)


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    place = Place(tmp_path, 1, wait_seconds=0)
    began = time.monotonic()
    with pytest.raises(NoPlace):
        Place(tmp_path, 1, wait_seconds=0.2)
    assert 0.2 <= time.monotonic() - began < 5
    place.close()
    Place(tmp_path, 1, wait_seconds=0).close()


def test_a_place_is_one_of_the_machine_and_free_again_when_its_process_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from closedorders.core.child_processes.places import Place; "
        "place = Place(Path(sys.argv[1]), 1, wait_seconds=0); print('has it', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "has it\n"
        with pytest.raises(NoPlace):
            Place(tmp_path, 1, wait_seconds=0)
        other.kill()
    Place(tmp_path, 1, wait_seconds=5).close()
