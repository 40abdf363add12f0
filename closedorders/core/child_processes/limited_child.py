"""The child's side of `limited_process`, which runs this file as a program. It imports as little as it can."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import queue
import resource
import sys
import threading
from typing import Any

#: The child's exit code where Python was refused memory.
NO_MEMORY = 86
_FILE = 3


class FileAtOwnPosition(io.RawIOBase):
    """A file whose descriptor is shared with other processes, and whose position is not."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._at
        elif whence == io.SEEK_END:
            offset += os.fstat(self._descriptor).st_size
        if offset < 0:
            raise OSError("before the file's beginning")
        self._at = offset
        return offset

    def readinto(self, buffer: Any) -> int:
        found = os.pread(self._descriptor, len(buffer), self._at)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def limit(kind: int, value: int, *, grace: int = 0) -> None:
    """Lower a limit for good. One that this system does not have is left as it is."""
    most = resource.getrlimit(kind)[1]
    most = value + grace if most == resource.RLIM_INFINITY else min(value + grace, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (min(value, most), most))


def read_requests(lines: io.BufferedReader, requests: queue.SimpleQueue[Any]) -> None:
    """Queue each request until standard input closes, then end the process: nobody waits for an answer any more."""
    for line in lines:
        requests.put(json.loads(line))
    os._exit(0)


def main(descriptor: int) -> None:
    setup = json.loads(sys.stdin.buffer.readline())
    limits = setup["limits"]
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_AS, limits["memory"])
    # One second more for the signal that can be told from being killed.
    limit(resource.RLIMIT_CPU, limits["cpu_seconds"], grace=1)
    sys.path[:] = setup["path"]
    module, name = setup["function"].split(":")
    function = getattr(importlib.import_module(module), name)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.stack_size(256 * 1024)
    threading.Thread(target=read_requests, args=(sys.stdin.buffer, requests), daemon=True).start()

    # The descriptors below the limit are all in use: none can be opened.
    if descriptor != _FILE:
        os.dup2(descriptor, _FILE)
        os.close(descriptor)
    limit(resource.RLIMIT_NOFILE, _FILE + 1)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_NPROC, 0)

    output = sys.stdout.buffer
    file = io.BufferedReader(FileAtOwnPosition(_FILE), 64 * 1024)
    for answer in function(file, iter(requests.get, None)):
        output.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        output.flush()


if __name__ == "__main__":
    code = 1
    try:
        main(int(sys.argv[1]))
        code = 0
    except MemoryError:
        code = NO_MEMORY
    except BrokenPipeError:
        pass
    except BaseException as error:
        # Where it happened, for whoever mends it; not what was in the file.
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
        with contextlib.suppress(OSError):
            os.write(1, f"{type(error).__name__} in {place}".encode())
    os._exit(code)
