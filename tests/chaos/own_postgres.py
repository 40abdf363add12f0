"""A PostgreSQL server of this run's own, that may crash without touching anybody else's databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.e2e.harness import free_port


class OwnPostgres:
    """`with OwnPostgres() as server:` runs one on a free port, reached by trust; `url` is its database `postgres`.

    Its settings are PostgreSQL's own, but for more connections. Raises `RuntimeError` where no PostgreSQL is installed.
    """

    def __init__(self) -> None:
        self._programs = _programs()
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> OwnPostgres:
        self._folder = Path(tempfile.mkdtemp(prefix="closedorders-chaos-postgres-"))
        if os.getuid() == 0:
            # PostgreSQL does not run as root.
            shutil.chown(self._folder, "postgres")
        try:
            self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale")
            self._control("start")
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self._folder)

    def crash_and_recover(self) -> None:
        """Every connection is cut at once, and what was committed is read again from the log."""
        self._control("restart", "-m", "immediate")

    def _control(self, *words: str) -> None:
        listen = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
        self._run("pg_ctl", "-w", "-s", "-l", str(self._folder / "server.log"), "-o", listen, *words)

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self._programs / program), "-D", str(self._folder / "data"), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user="postgres" if os.getuid() == 0 else None,
            timeout=120,
        )


def _programs() -> Path:
    """The folder with initdb and pg_ctl."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not installed:
        raise RuntimeError(
            "No PostgreSQL is installed here: initdb and pg_ctl are needed (Debian: apt install postgresql)."
        )
    return installed[-1]
