"""`make run`: the whole product in one terminal, on this machine."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import time
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader

from closedorders.core.child_processes.guarded_process import ParentPipe
from closedorders.core.child_processes.supervisor import Supervisor
from closedorders.core.http.no_room import means_no_room
from closedorders.core.task_queue.embedded_broker import EmbeddedBroker

# Longer than a web request or a batch of mails in a worker's hands should take; then they are ended.
WEB_GRACE, WORKER_GRACE = 8.0, 20.0
LEFTOVER_SECONDS = WORKER_GRACE + 5


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
        try:
            with _only_one(settings.DATA_DIR / "serve.pid") as lock:
                _check_port_is_free(host, port)
                call_command("messages", compile=True)
                _refuse_another_versions_database()
                call_command("migrate", interactive=False, verbosity=0)
                connections.close_all()
                _serve(host, port, lock.fileno())
        except (OSError, DatabaseError) as error:
            if means_no_room(error):
                sys.exit(
                    f"There is no room left on the disk of {settings.DATA_DIR}: free some and start again."
                )
            raise


def _refuse_another_versions_database() -> None:
    """Stop where migrations were applied that this version does not have: that database cannot be brought up to it."""
    loader = MigrationLoader(connections["default"])
    if any(
        key not in loader.disk_migrations
        for key in loader.applied_migrations
        if key[0] in loader.migrated_apps
    ):
        folder = settings.DATA_DIR
        made = "was made by another version of Closed Orders, which this one cannot read"
        if connections["default"].vendor != "sqlite":
            sys.exit(f"The database of DATABASE_URL {made}: give it another name, and start again.")
        sys.exit(
            f"The data in {folder} {made}: keep it aside with `mv {folder} {folder}-kept`, or delete that folder, "
            "and start again."
        )


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
    """Lock the data folder for this run.

    A lock, not the file's presence, so nothing goes stale. The guards of the parts have it too: after a `kill -9` it is
    free as soon as the last of them has ended its child, which is waited for.
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


def _serve(host: str, port: int, lock: int) -> None:
    """Run every part until Ctrl-C or SIGTERM. `lock` is the locked file of `_only_one`."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "closedorders.settings",
        "HOST": host,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        # In a container this may well run as root. The warning is about pickled tasks; ours are JSON.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
    supervisor = Supervisor(sys.stdout, ParentPipe(lock))
    with ExitStack() as stack:
        if not os.environ.get("REDIS_URL"):
            broker = EmbeddedBroker(settings.DATA_DIR / "valkey", ParentPipe(lock))
            stack.callback(broker.stop)
            try:
                process = broker.start()
            except RuntimeError as error:
                sys.exit(str(error))
            supervisor.add_running("broker", process, broker.launch)
            environment["REDIS_URL"] = broker.url
        _add_parts(supervisor, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", environment)
        stack.callback(supervisor.stop)
        supervisor.run()
    print(f"Stopped. Everything is kept in {settings.DATA_DIR}.")


def _add_parts(supervisor: Supervisor, address: str, environment: dict[str, str]) -> None:
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "closedorders"]
    # First, as it waits for a sign of the worker's that is newer than itself.
    welcome = [sys.executable, str(settings.BASE_DIR / "manage.py"), "welcome"]
    supervisor.add_once("welcome", welcome, environment)
    supervisor.add(
        "web",
        [
            *(sys.executable, "-m", "gunicorn", "closedorders.wsgi", "--bind", address),
            *("--worker-class", "closedorders.core.http.web_worker.Worker"),
            *("--workers", "2", "--threads", "4", "--preload", "--no-control-socket"),
            # The address of a bulk edit has that of its list in it.
            *("--limit-request-line", "8190", "--graceful-timeout", "5", "--log-level", "warning"),
        ],
        environment,
        grace=WEB_GRACE,
    )
    supervisor.add(
        "worker",
        [
            *(*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle"),
        ],
        environment,
        grace=WORKER_GRACE,
    )
    supervisor.add(
        "beat",
        [*celery, "beat", "--loglevel", "WARNING", "--schedule", settings.CELERY_BEAT_SCHEDULE_FILENAME],
        environment,
        grace=WEB_GRACE,
    )
