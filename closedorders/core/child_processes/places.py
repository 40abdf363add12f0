"""At most so many of something at once on this machine, whichever process or thread wants it.

A place is a lock on a file: the kernel gives it back when its holder ends, however that happens. No Django.
"""

from __future__ import annotations

import fcntl
import random
from pathlib import Path
from time import monotonic, sleep
from typing import IO

_PAUSE = 0.05


class NoPlace(Exception):
    """All places were taken as long as one waited."""


class Place:
    """One of `count` places, from its making to `close`. Waits for one; raises `NoPlace` after `wait_seconds`."""

    def __init__(self, folder: Path, count: int, *, wait_seconds: float) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        until = monotonic() + wait_seconds
        while True:
            # Not all of them at the first one: else they would all wait for the same holder.
            for number in random.sample(range(count), count):
                if self._take(folder / str(number)):
                    return
            if monotonic() >= until:
                raise NoPlace
            sleep(_PAUSE)

    def _take(self, path: Path) -> bool:
        file: IO[bytes] = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def close(self) -> None:
        self._file.close()
