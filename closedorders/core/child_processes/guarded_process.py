"""Child processes that end with the process that started them, however that one ends.

A guard (`guard.py`) is a small process between the two. It has one end of a pipe, the parent pipe, whose other end only
the starter has: when the starter closes it, or dies (``kill -9`` included), the guard ends the child.
A pipe, because the alternatives are Linux only (a parent death signal) or guess by process number.

This module has no Django import.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")


class ParentPipe:
    """A pipe from the parent process to one or more guarded processes, which all end when it is closed.

    `also_open` is a file that guards have open too until their child has ended, such as one that is locked.
    """

    def __init__(self, also_open: int | None = None) -> None:
        self.child_end, self._parent_end = os.pipe()
        self.inherited = (self.child_end,) if also_open is None else (self.child_end, also_open)
        self._is_closed = False

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            os.close(self._parent_end)


class GuardedProcess:
    """A command started under a guard. Raises OSError where no process can be started.

    `config` goes to its standard input. `output` is a file to write to, or None for where the starter writes.
    After the parent pipe is closed it has `grace` seconds to end by itself. `report` is a file that can be read when
    there is something for `read_report`. Its end comes once the child and every process that it left behind has ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        parent_pipe: ParentPipe,
        environment: Mapping[str, str],
        *,
        grace: float = 10.0,
        config: bytes = b"",
        output: int | None = None,
    ) -> None:
        self._said = b""
        self.report, report = os.pipe()
        try:
            # Isolated and without site-packages: modules beside the guard would hide those of the standard library.
            guard = [
                sys.executable,
                "-I",
                "-S",
                str(_GUARD),
                str(parent_pipe.child_end),
                str(report),
                str(grace),
            ]
            self._guard = subprocess.Popen(
                [*guard, *command],
                env=dict(environment),
                stdin=subprocess.PIPE if config else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                start_new_session=True,
                pass_fds=(*parent_pipe.inherited, report),
            )
        except OSError:
            os.close(self.report)
            raise
        finally:
            os.close(report)
        if self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self._guard.stdin as stdin:
                stdin.write(config)

    def is_running(self) -> bool:
        return self._guard.poll() is None

    def wait_until_ended(self) -> None:
        self._guard.wait()

    def read_report(self) -> bool:
        """Read what the guard has written to `report`, waiting for it if need be; false at its end."""
        more = os.read(self.report, 100)
        self._said += more
        return bool(more)

    def wait(self) -> int | None:
        """The child's return code, waited for; None where it never began or its guard was killed. Closes `report`."""
        while self.read_report():
            pass
        os.close(self.report)
        self._guard.wait()
        numbers = [int(line) for line in self._said.split()]
        if len(numbers) == 1:
            # The guard was killed, so nobody else ends the child.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(numbers[0], signal.SIGKILL)
        return numbers[1] if len(numbers) > 1 else None
