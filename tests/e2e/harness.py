"""The whole product as real processes, with a real mail server and a data folder (or databases) of its own."""

from __future__ import annotations

import hashlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from redis import Redis

from tests.migrated_database import copy_sqlite, postgresql_template
from tests.smtp_sink import SmtpSink

ROOT = Path(__file__).resolve().parents[2]
# Collected once for all products of this checkout.
STATIC_ROOT = (
    Path(tempfile.gettempdir()) / f"closedorders-static-{hashlib.sha256(bytes(ROOT)).hexdigest()[:12]}"
)
MANAGE = str(ROOT / "manage.py")
DEMO_PASSWORD = "a-password-for-tests"
STOP_SECONDS = 40.0
# Only so that what hangs ends, on a machine of any speed; the longest command loads 100,000 orders.
START_SECONDS = 300.0
COMMAND_SECONDS = 600.0
_OURS = {
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "DATA_DIR",
    "DEFAULT_FROM_EMAIL",
    "DEMO",
    "DEMO_PASSWORD",
    "DEPLOYMENT",
    "DJANGO_SETTINGS_MODULE",
    "EMAIL_URL",
    "HOST",
    "PORT",
    "REDIS_URL",
    "DOCUMENT_KEYS",
    "SECRET_KEY",
    "SITE_URL",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """This process's environment without what configures the product."""
    return {name: value for name, value in os.environ.items() if name not in _OURS}


@dataclass
class Product:
    """`start()` it, use it, `stop()` it; it may be started again on the same data."""

    folder: Path
    sink: SmtpSink
    demo: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def output(self) -> str:
        """Everything `serve` and its processes have printed so far."""
        return (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")

    @property
    def environment(self) -> dict[str, str]:
        return {
            **clean_environment(),
            "DATA_DIR": str(self.data_dir),
            "DEFAULT_FROM_EMAIL": "Closed Orders <hello@closedorders.example>",
            "DEMO": "1" if self.demo else "0",
            "DEMO_PASSWORD": DEMO_PASSWORD,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "PORT": str(self.port),
            "SITE_URL": self.base_url,
            "STATIC_ROOT": str(STATIC_ROOT),
            "SWEEP_SECONDS": "1",
            "PYTHONUNBUFFERED": "1",
            **self.extra,
        }

    def start(self) -> None:
        """Start and wait for the line with the address. Raises `RuntimeError` with the output when it fails."""
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        while f"Closed Orders is ready: {self.base_url}" not in self.output:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"The product did not start:\n{self.output}")
            time.sleep(0.1)

    def put_migrated_database(self) -> None:
        """Before the first start, so that it need not migrate; a PostgreSQL's comes from `services`."""
        if "DATABASE_URL" not in self.extra:
            copy_sqlite(self.data_dir / "closedorders.sqlite3")

    def launch(self) -> None:
        """Start without waiting."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "serve.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, MANAGE, "serve"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, number: int = signal.SIGINT) -> int:
        """Signal the whole group, as a terminal does with Ctrl-C; the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        return self.process.wait(timeout=STOP_SECONDS)

    def manage(self, *arguments: str, check: bool = True) -> str:
        """Run a management command on the product's data; what it printed."""
        answer = subprocess.run(
            [sys.executable, MANAGE, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )
        if check and answer.returncode != 0:
            raise RuntimeError(f"{arguments} failed:\n{answer.stdout}{answer.stderr}")
        return answer.stdout + answer.stderr

    def get(self, path: str, *, host: str = "") -> tuple[int, str]:
        """Status and body of one page, without following redirects."""
        return get(self.port, path, host=host)

    def descendants(self) -> set[int]:
        """Process numbers of everything `serve` has started that now runs."""
        return descendants(self.process.pid)


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it comes true within that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def get(port: int, path: str, *, host: str = "", headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("GET", path, headers={**({"Host": host} if host else {}), **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def descendants(pid: int) -> set[int]:
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in listing.splitlines()]
    found = {pid}
    while more := {child for child, parent in parents if parent in found} - found:
        found |= more
    return found - {pid}


def still_running(pids: set[int]) -> set[int]:
    listing = subprocess.run(["ps", "-eo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    running = {int(line.split()[0]) for line in listing.splitlines() if not line.split()[1].startswith("Z")}
    return pids & running


@contextmanager
def services(*, migrated: bool = False) -> Iterator[dict[str, str]]:
    """Environment of an own database and broker on the servers the tests were given; empty for the embedded.

    The database has no table yet, or all of them if it is to be `migrated`.
    """
    with _own_database(migrated=migrated) as database, _own_redis() as redis:
        yield {**database, **redis}


@contextmanager
def _own_database(*, migrated: bool) -> Iterator[dict[str, str]]:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres", "pgsql")):
        yield {}
        return
    name = f"closedorders_e2e_{secrets.token_hex(4)}"
    server = urlunsplit(urlsplit(url)._replace(scheme="postgresql", path="/postgres"))
    template = f" TEMPLATE {postgresql_template(url)}" if migrated else ""
    _execute(server, f"CREATE DATABASE {name}{template}")
    try:
        yield {"DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(server: str, statement: str) -> None:
    connection = psycopg2.connect(server)
    try:
        connection.autocommit = True  # CREATE DATABASE cannot run in a transaction.
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@contextmanager
def _own_redis() -> Iterator[dict[str, str]]:
    """One of the server's numbered databases that is empty and not the given one, claimed for the time being."""
    url = os.environ.get("REDIS_URL", "")
    if not url:
        yield {}
        return
    given = urlsplit(url).path.strip("/") or "0"
    for number in (str(n) for n in range(15, 0, -1)):
        if number == given:
            continue
        own = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
        with Redis.from_url(own) as client:
            if client.dbsize() == 0 and client.set("closedorders-e2e", os.getpid(), nx=True):
                try:
                    yield {"REDIS_URL": own}
                finally:
                    client.flushdb()
                return
    raise RuntimeError("No empty database is left on the Redis server that REDIS_URL names.")


def process_of(product: Product, part: str) -> int:
    """Process number of what runs as that part of `serve` (a word of its command); 0 while nothing does."""
    # Twice "w": else a command line is cut to the terminal's width wherever COLUMNS is set.
    command = ["ps", "-ww", "-eo", "pid=,ppid=,args="]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in listing.splitlines()]
    ours = product.descendants()
    guards = {pid for pid, _parent, words in rows if "guard.py" in words and part in words.split()}
    return next((int(pid) for pid, parent, _words in rows if parent in guards and int(pid) in ours), 0)
