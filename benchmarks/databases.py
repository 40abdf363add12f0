"""PostgreSQL databases that a run makes for itself, on the server of `DATABASE_URL`, and drops when it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from django.core.management import call_command
from django.db import connection
from psycopg2 import sql

from closedorders.accounts.team_cache import clear_cache


def server_url() -> str:
    """The server the run may make databases on; refuses anything but PostgreSQL."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres://", "postgresql://")):
        raise SystemExit(
            "Set DATABASE_URL to a PostgreSQL server: make bench makes databases of its own there."
        )
    return url


def url_of(name: str) -> str:
    return urlunsplit(urlsplit(server_url())._replace(path=f"/{name}"))


def _on_server(statement: str, *names: str) -> None:
    server = psycopg2.connect(server_url())
    try:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
    finally:
        server.close()


def use(name: str) -> None:
    """From now on Django of this process speaks to this database."""
    connection.close()
    connection.settings_dict["NAME"] = name
    clear_cache()


class Databases:
    """The databases of one run: `make` them with the product's tables; all of them go with `drop_all`."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._made: list[str] = []

    def make(self, suffix: str) -> str:
        """A new database with every table of the product, empty but for what migrations seed."""
        name = f"{self._prefix}_{suffix}"
        template = f"{self._prefix}_empty"
        if template not in self._made:
            self._create(template, "template0")
            use(template)
            call_command("migrate", verbosity=0, interactive=False)
            connection.close()
        self._create(name, template)
        return name

    def _create(self, name: str, template: str) -> None:
        self._made.append(name)
        _on_server("CREATE DATABASE {} TEMPLATE {}", name, template)

    def drop(self, name: str) -> None:
        connection.close()
        _on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._made.remove(name)

    def drop_all(self) -> None:
        for name in list(self._made):
            self.drop(name)


@contextmanager
def databases() -> Iterator[Databases]:
    before: Any = connection.settings_dict["NAME"]
    made = Databases(f"closedorders_bench_{os.getpid()}")
    try:
        yield made
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # Broken off or not: what was made goes in peace.
        made.drop_all()
        use(before)
