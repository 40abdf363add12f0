"""A database that is silent is noticed, and told from one that is slow or refuses."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg2
import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection, connections
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from closedorders.core.http import database_away, database_watch
from closedorders.core.http.database_watch import DatabaseWatch, PageConnection, Questioner

ROOT = Path(__file__).resolve().parents[3]
PAGE = "/account/sign-in/"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Where connections are accepted and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> DatabaseWatch:
    """The watch that pages look at, without its thread: the test asks."""
    own = DatabaseWatch()
    monkeypatch.setattr(database_watch, "watch", own)
    monkeypatch.setattr(database_away, "watch", own)
    monkeypatch.setattr("closedorders.core.http.middleware.watch", own)
    return own


class Answers:
    """A questioner whose answers the test gives."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)

    def is_answered(self, _seconds: float) -> bool:
        return self.answers.pop(0)


def _judge(watch: DatabaseWatch, answered: bool) -> None:
    watch.judge(Answers(answered))  # type: ignore[arg-type]  # at the border to the server


def test_a_server_that_says_nothing_does_not_answer(silent_port: int) -> None:
    questioner = Questioner({"host": "127.0.0.1", "port": silent_port, "dbname": "x", "user": "x"})
    assert not questioner.is_answered(0.2)
    assert not questioner.is_answered(0.2)


def test_a_server_that_refuses_is_not_silent() -> None:
    assert Questioner({"host": "127.0.0.1", "port": 1, "dbname": "x", "user": "x"}).is_answered(0.2)


def test_while_the_database_is_silent_every_page_is_503_at_once_and_asks_it_nothing(
    db: None, watch: DatabaseWatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    _judge(watch, answered=False)
    with django_assert_num_queries(0):
        for answer in (
            client.get(PAGE),
            client.get("/t/any/orders/", headers={"hx-request": "true"}),
            client.post(PAGE, {"login": "someone@example.com", "password": "x"}),
        ):
            assert answer.status_code == 503
            assert "The database does not answer" in answer.content.decode()
            assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("10", "no-store")
            assert "Content-Security-Policy" in answer.headers
        assert client.get("/live").status_code == 200
        ready = client.get("/ready")
    assert (ready.status_code, ready.content) == (503, b"database: no answer")
    _judge(watch, answered=True)
    assert client.get(PAGE, follow=True).status_code == 200


def test_the_503_page_has_the_language_and_theme_of_the_browser(watch: DatabaseWatch) -> None:
    _judge(watch, answered=False)
    client = Client()
    client.cookies["theme"] = "dark"
    page = client.get(PAGE, headers={"accept-language": "es"}).content.decode()
    assert '<html lang="es" data-theme="dark">' in page
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get(PAGE).content.decode()


def _database_error(kind: type[Exception], code: str | None) -> Exception:
    """As Django raises it: its own error, caused by psycopg2's, which has the server's code."""

    class Cause(psycopg2.Error):  # type: ignore[misc]  # psycopg2 is untyped
        pgcode = code

    error = kind("a test's own")
    error.__cause__ = Cause()
    return error


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (_database_error(OperationalError, None), True),
        (_database_error(OperationalError, "57P01"), True),
        (_database_error(OperationalError, "57014"), True),
        (_database_error(OperationalError, "53300"), True),
        (InterfaceError("connection already closed"), True),
        (_database_error(OperationalError, "40P01"), False),
        (_database_error(ProgrammingError, "42P01"), False),
        (ValueError("another fault"), False),
        (None, False),
    ],
    ids=repr,
)
@pytest.mark.services
def test_only_an_error_of_a_database_that_is_away_makes_a_503(error: Exception | None, away: bool) -> None:
    assert database_away.means_away(error) is away


@pytest.mark.services
def test_a_page_whose_database_goes_away_is_503_and_one_with_another_fault_500(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault: list[Exception] = []

    def broken(*_args: object, **_kwargs: object) -> None:
        raise fault[0]

    monkeypatch.setattr("closedorders.accounts.people.views.User.objects.exists", broken)
    client = Client(raise_request_exception=False)
    for fault[:], status in (
        ([_database_error(OperationalError, None)], 503),
        ([_database_error(OperationalError, "40P01")], 500),
        ([KeyError("x")], 500),
    ):
        assert client.get(PAGE).status_code == status


@pytest.fixture
def page_connection(watch: DatabaseWatch) -> Iterator[Callable[[], Any]]:
    """Opens connections like those of pages, to the database of the tests."""
    parameters = connections["default"].get_connection_params()
    opened: list[Any] = []

    def connect() -> Any:
        opened.append(psycopg2.connect(**{**parameters, "connection_factory": PageConnection}))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def _sleep(connection: Any, seconds: float, started: Event) -> str:
    with connection.cursor() as cursor:
        started.set()
        try:
            cursor.execute("SELECT pg_sleep(%s)", [seconds])
        except psycopg2.OperationalError as error:
            return str(error.pgcode)
    return "done"


@pytest.mark.services
def test_a_statement_that_waits_for_a_silent_server_fails_and_a_slow_one_does_not(
    db: None, watch: DatabaseWatch, page_connection: Callable[[], Any]
) -> None:
    waits, started = page_connection(), Event()
    backend = waits.get_backend_pid()
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(_sleep, waits, 0.5, started)
        assert started.wait(5)
        _judge(watch, answered=True)
        assert slow.result(timeout=5) == "done"

        started.clear()
        stuck = pool.submit(_sleep, waits, 30, started)
        assert started.wait(5)
        _judge(watch, answered=False)
        assert stuck.result(timeout=5) == "None"
    with connection.cursor() as cursor:  # The server sleeps on.
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


@pytest.mark.services
def test_no_connection_is_opened_to_a_silent_server_and_one_closed_is_left_alone(
    db: None, watch: DatabaseWatch, page_connection: Callable[[], Any]
) -> None:
    page_connection().close()
    _judge(watch, answered=False)
    with pytest.raises(psycopg2.OperationalError, match="does not answer"):
        page_connection()
    _judge(watch, answered=True)
    assert _sleep(page_connection(), 0, Event()) == "done"


@pytest.mark.services
def test_questions_are_answered_over_one_connection_which_is_made_anew_when_the_server_ends_it(
    db: None,
) -> None:
    parameters = connections["default"].get_connection_params()
    questioner = Questioner({n: v for n, v in parameters.items() if not n.endswith("_factory")})
    try:
        assert questioner.is_answered(5)
        first = questioner._connection
        assert questioner.is_answered(5)
        assert questioner._connection is first
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first.get_backend_pid()])
        assert questioner.is_answered(5)  # An error, which is an answer.
        assert questioner.is_answered(5)
        assert questioner._connection is not first
    finally:
        questioner.close()


_LIMITS = """
import os, django
from django.db import connection
{how}
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('statement_timeout'), current_setting('work_mem')")
    print(*cursor.fetchone(), connection.settings_dict["OPTIONS"]["tcp_user_timeout"])
os._exit(0)
"""


@pytest.mark.services
@pytest.mark.parametrize(
    ("how", "timeout"),
    [
        ("import closedorders.wsgi", "7s"),
        ("django.setup()", "0"),
        ("import closedorders.celery; django.setup()", "0"),
    ],
)
def test_only_pages_have_a_longest_statement_and_the_urls_own_options_count(
    tmp_path: Path, how: str, timeout: str
) -> None:
    server = urlsplit(os.environ["DATABASE_URL"])._replace(
        path="/postgres", query=urlencode({"options": "-c work_mem=5MB", "tcp_user_timeout": 9000})
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "closedorders.settings",
        "DATABASE_URL": urlunsplit(server),
        "DATA_DIR": str(tmp_path),
        "PAGE_STATEMENT_SECONDS": "7",
    }
    answer = subprocess.run(
        [sys.executable, "-c", _LIMITS.format(how=how)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.split() == [timeout, "5MB", "9000"], answer.stderr
