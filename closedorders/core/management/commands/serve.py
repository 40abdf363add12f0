"""`make run`: the whole product in one terminal, on this machine."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import shlex
import signal
import socket
import sys
import time
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import honcho.manager
import honcho.printer
from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import connections

from closedorders.core.broker import EmbeddedBroker
from closedorders.core.leash import LeashedProcess, Lifeline
from closedorders.core.leash import run as run_on_leash

# Longer than a web request or a batch of mails in a worker's hands should take; then they are ended.
WEB_GRACE, WORKER_GRACE = 8.0, 20.0
LEFTOVER_SECONDS = WORKER_GRACE + 5


class Lines(honcho.printer.Printer):  # type: ignore[misc]  # honcho is untyped
    """What the processes say, without the supervisor's own running commentary."""

    def write(self, message: Any) -> None:
        if message.name != honcho.manager.SYSTEM_PRINTER_NAME:
            super().write(message)
            self.output.flush()


class Household(honcho.manager.Manager):  # type: ignore[misc]  # honcho is untyped
    """Web, worker and beat: when one ends, or a person says stop, all end, each in its own time."""

    def __init__(self) -> None:
        super().__init__(Lines(sys.stdout))
        self.welcome = Lifeline()
        self.lifeline = Lifeline()
        self._ended: list[str] | None = None

    def add(self, name: str, command: str, environment: dict[str, str], *, grace: float) -> None:
        def leashed(cmd: str, **kwargs: Any) -> LeashedProcess:
            return LeashedProcess(cmd, lifeline=self.lifeline, grace=grace, **kwargs)

        self._process_ctor = leashed
        # `exec`, so that the shell does not stay between the leash and the program.
        self.add_process(name, f"exec {command}", env=environment)

    def terminate(self) -> None:
        if self._ended is None:
            # Afterwards it is our doing, also where a part that was still starting fails for it.
            self._ended = [name for name, process in self._processes.items() if process.get("returncode", 0)]
        self.welcome.cut()
        self.lifeline.cut()

    def kill(self) -> None:
        """Each leash ends what does not end by itself, after its own grace."""

    def ended_by_themselves(self) -> list[str]:
        """Names of processes that failed before anyone asked them to end."""
        return list(self._ended or [])


class Command(BaseCommand):
    help = "Run web, worker, beat and the embedded broker in this terminal until Ctrl-C."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            sys.exit("`serve` is for the embedded deployment; docs/production.md tells how to run each part.")
        host, port = os.environ.get("HOST") or "127.0.0.1", _port()
        if host not in {"127.0.0.1", "localhost", "::1"} and "ALLOWED_HOSTS" not in os.environ:
            sys.exit(
                f"HOST={host} opens the site to the network: set ALLOWED_HOSTS to the names it is reached by."
            )
        os.umask(0o077)  # Customers' names are in the database, the mailbox and the uploaded files.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop_before_the_loop)
        with _only_one(settings.DATA_DIR / "serve.pid"):
            _check_port_is_free(host, port)
            call_command("messages", compile=True)
            call_command("migrate", interactive=False, verbosity=0)
            connections.close_all()
            sys.exit(_serve(host, port))


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        sys.exit(f"PORT is {text!r}: set it to a number from 1 to 65535.")
    return int(text)


def _check_port_is_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As gunicorn does: connections of the last run that linger are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(
                f"Port {port} on {host} cannot be used ({error.strerror}): choose another, e.g. PORT={port + 1}."
            )


def _only_one(path: Path) -> TextIOWrapper:
    """Hold the data folder for this run.

    A lock, not the file's presence, so nothing goes stale. Leashes inherit it: after a `kill -9` it is free as soon
    as the last of them has ended its child, which is waited for.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="ascii")
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip()
            if _is_alive(owner) or time.monotonic() > deadline:
                sys.exit(
                    f"Closed Orders already runs on {path.parent} (process {owner}): stop that one first."
                )
            time.sleep(0.2)
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _is_alive(pid: str) -> bool:
    if not pid.isdecimal():
        return True  # The owner has the lock and is about to write its number.
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stop_before_the_loop(number: int, _frame: object) -> None:
    sys.exit(0)


def _serve(host: str, port: int) -> int:
    """Exit code: 0 after Ctrl-C or SIGTERM, 1 when a part ended by itself."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "closedorders.settings",
        "HOST": host,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        # In a container this may well run as root. The warning is about pickled tasks; ours are JSON.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
    household = Household()
    broker = None
    with ExitStack() as stack:
        if not os.environ.get("REDIS_URL"):
            broker = EmbeddedBroker(settings.DATA_DIR / "valkey")
            stack.callback(broker.stop)
            try:
                broker.start(needed=True)
            except RuntimeError as error:
                sys.exit(str(error))
            environment["REDIS_URL"] = broker.url
        _add_parts(household, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", environment)
        stack.callback(household.terminate)
        multiprocessing.Process(
            target=run_on_leash,
            args=(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), "welcome"],
                household.welcome,
                environment,
            ),
        ).start()
        household.loop()
        failed = household.ended_by_themselves()
        if broker is not None and not broker.is_running():
            failed.append("broker")
    if failed:
        print(f"Stopped, because a part ended by itself: {', '.join(failed)}.", file=sys.stderr)
        return 1
    print(f"Stopped. Everything is kept in {settings.DATA_DIR}.")
    return 0


def _add_parts(household: Household, address: str, environment: dict[str, str]) -> None:
    python = f"{shlex.quote(sys.executable)} -m"
    celery = f"{python} celery --quiet -A closedorders"
    household.add(
        "web",
        f"{python} gunicorn closedorders.wsgi --worker-class closedorders.core.web_worker.Worker"
        f" --bind {address} --workers 2 --threads 4 --preload --no-control-socket"
        # The address of a bulk edit has that of its list in it.
        " --limit-request-line 8190 --graceful-timeout 5 --log-level warning",
        environment,
        grace=WEB_GRACE,
    )
    household.add(
        "worker",
        f"{celery} worker --concurrency 2 --loglevel WARNING --without-gossip --without-mingle",
        environment,
        grace=WORKER_GRACE,
    )
    schedule = shlex.quote(settings.CELERY_BEAT_SCHEDULE_FILENAME)
    household.add(
        "beat", f"{celery} beat --loglevel WARNING --schedule {schedule}", environment, grace=WEB_GRACE
    )
