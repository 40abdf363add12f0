"""Small disks that a test can fill: file systems in memory, mounted by root."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_AS_ROOT = [] if os.getuid() == 0 else ["sudo", "-n"]
_FILLER = "filler"


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """`folder` is a disk of that size for the time being. Raises OSError or CalledProcessError where it may not be."""
    options = f"size={megabytes}m,uid={os.getuid()},gid={os.getgid()},mode=700"
    command = [*_AS_ROOT, "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        # Lazily: whatever still has a file of it open ends it with that.
        subprocess.run([*_AS_ROOT, "umount", "--lazy", str(folder)], check=True, capture_output=True)


def fill(folder: Path) -> None:
    """Leave no byte of the disk."""
    with contextlib.suppress(OSError), (folder / _FILLER).open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def make_room(folder: Path) -> None:
    (folder / _FILLER).unlink()


@cache
def can_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), 1):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False
