"""A database to which every migration was applied, made once and copied: migrating takes longer than most tests."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

_ROOT = Path(__file__).parent.parent
_CHECKOUT = hashlib.sha256(bytes(_ROOT)).hexdigest()[:12]


def copy_sqlite(target: Path) -> None:
    """Put a migrated SQLite database where nothing is yet."""
    made = Path(tempfile.gettempdir()) / f"closedorders-migrated-{_CHECKOUT}-{_digest()}.sqlite3"
    with _one_at_a_time():
        if not made.exists():
            for old in made.parent.glob(f"closedorders-migrated-{_CHECKOUT}-*.sqlite3*"):
                old.unlink()
            half_made = made.with_suffix(".sqlite3-half")
            _migrate(f"sqlite:///{half_made}")
            half_made.rename(made)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made, target)


def postgresql_template(server_url: str) -> str:
    """Name of a migrated database on that server, to be named as the template of new ones."""
    name = f"closedorders_migrated_{_CHECKOUT}_{_digest()}"
    server = urlunsplit(urlsplit(server_url)._replace(scheme="postgresql", path="/postgres", query=""))
    with _one_at_a_time():
        connection = psycopg2.connect(server)
        try:
            connection.autocommit = True  # Databases are not made in a transaction.
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT datname FROM pg_database WHERE datname LIKE %s",
                    [f"closedorders\\_migrated\\_{_CHECKOUT}\\_%"],
                )
                found = {row[0] for row in cursor.fetchall()}
                if name not in found:
                    half_made = f"closedorders_migrated_{_CHECKOUT}_half"
                    for old in found:
                        cursor.execute(_statement("DROP DATABASE {} WITH (FORCE)", old))
                    cursor.execute(_statement("CREATE DATABASE {}", half_made))
                    _migrate(urlunsplit(urlsplit(server_url)._replace(path=f"/{half_made}")))
                    cursor.execute(_statement("ALTER DATABASE {} RENAME TO {}", half_made, name))
        finally:
            connection.close()
    return name


def _statement(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Processes that run tests side by side wait for the one that migrates."""
    with (Path(tempfile.gettempdir()) / f"closedorders-migrated-{_CHECKOUT}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest() -> str:
    """Changes with every migration, with what migrations call, and with the packages that bring some of their own."""
    ours = _ROOT / "closedorders"
    files = [*ours.glob("*/migrations/*.py"), *ours.glob("core/database/*.py"), _ROOT / "constraints.txt"]
    found = hashlib.sha256(platform.python_version().encode())
    for path in sorted([*files, _ROOT / "requirements.txt"]):
        found.update(f"{path.relative_to(_ROOT)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return found.hexdigest()[:12]


def _migrate(database_url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="closedorders-migrating-") as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "DATABASE_URL": database_url,
            "DATA_DIR": folder,
            "DEPLOYMENT": "embedded",
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
            cwd=_ROOT,
            env=environment,
            check=True,
        )
