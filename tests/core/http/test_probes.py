from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from closedorders.core.http.middleware import ProbesMiddleware
from tests.e2e.outages.relay import Relay

ROOT = Path(__file__).resolve().parents[3]


def _never(_request: HttpRequest) -> HttpResponse:
    raise AssertionError("a probe went past its middleware")


def test_live_asks_nothing_and_nobody() -> None:
    answer = Client().get("/live", headers={"host": "anything.example"})
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/live", "/ready", "/static/css/app.css"])
def test_probes_and_static_files_are_only_read(path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
        answer = Client().generic(method, path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD"), method


@pytest.mark.django_db(transaction=True)
def test_ready_names_a_missing_migration(rf: RequestFactory) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET app = 'gone' WHERE app = 'sessions'")
    try:
        answer = ProbesMiddleware(_never)(rf.get("/ready"))
        assert (answer.status_code, answer.content) == (503, b"migrations: not applied")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET app = 'sessions' WHERE app = 'gone'")


@pytest.mark.django_db(transaction=True)
def test_a_database_found_complete_is_not_asked_for_its_migrations_again(rf: RequestFactory) -> None:
    probes = ProbesMiddleware(_never)
    answer = probes(rf.get("/ready"))
    assert (answer.status_code, answer.content) == (200, b"ok")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET app = 'gone' WHERE app = 'sessions'")
    try:
        assert probes(rf.get("/ready")).status_code == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET app = 'sessions' WHERE app = 'gone'")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_ready_is_true_again_as_soon_as_a_silent_database_answers(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = connections["default"].settings_dict
    relay = Relay(f"postgres://{database['USER']}@{database['HOST']}:{database['PORT'] or 5432}/x")
    monkeypatch.setitem(database, "HOST", "127.0.0.1")
    monkeypatch.setitem(database, "PORT", str(relay.port))
    probes = ProbesMiddleware(_never)
    try:
        assert probes(rf.get("/ready")).content == b"ok"
        relay.silent = True
        assert probes(rf.get("/ready")).content == b"database: no answer"
        relay.silent = False
        assert probes(rf.get("/ready")).content == b"ok"
    finally:
        relay.cut()


_READY = """
import os, time, django
from django.test import Client
django.setup()
began = time.monotonic()
answer = Client().get("/ready", headers={"host": "anything.example"})
print(answer.status_code, answer.content.decode(), time.monotonic() - began < 2.6, sep="|")
os._exit(0)
"""


def _ready_with(database_url: str, folder: Path) -> str:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "closedorders.settings",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
    }
    answer = subprocess.run(
        [sys.executable, "-c", _READY], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def test_a_database_that_refuses_is_unreachable_and_its_password_stays_secret(tmp_path: Path) -> None:
    assert (
        _ready_with("postgres://someone:secret@127.0.0.1:1/none", tmp_path)
        == "503|database: unreachable|True"
    )


def test_a_database_that_never_answers_is_given_up_in_two_seconds(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgres://someone:secret@127.0.0.1:{silent.getsockname()[1]}/none"
        assert _ready_with(url, tmp_path) == "503|database: no answer|True"
