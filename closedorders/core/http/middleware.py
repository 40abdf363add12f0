"""Middleware for probes, requests with NUL characters, methods not allowed and the compression of pages."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from threading import Lock
from typing import Any

import psycopg2
from django.core.exceptions import BadRequest
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from .database_watch import Questioner, question_parameters, watch
from .downloads import is_download
from .methods import READ, methods_of, refused_method

log = logging.getLogger(__name__)

DATABASE_SECONDS = 1.5
"""Leaves room for the answer itself: `/ready` promises one within two seconds."""

GetResponse = Callable[[HttpRequest], HttpResponse]


class PageCompressionMiddleware(GZipMiddleware):
    """Compress pages. Files to keep go out as they are, with their size; static files are compressed beforehand."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if is_download(response) else super().process_response(request, response)


class ProbesMiddleware:
    """Answers `/live` (this process runs) and `/ready` (it can serve pages).

    Plain words, no host check, no session, no sign-in, nothing secret. `/ready` is 503 with the failing part's name
    while the database does not answer within `DATABASE_SECONDS` or a migration is missing. A database found complete
    is not asked for its migrations again: they are only ever added.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._lock = Lock()
        self._asking: ThreadPoolExecutor | None = None
        self._pending: Future[bool] | None = None
        self._complete = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in {"/live", "/ready"} and request.method not in READ:
            return HttpResponseNotAllowed(READ)
        if request.path_info == "/live":
            return _words("ok")
        if request.path_info == "/ready":
            missing = self._missing()
            return _words(missing or "ok", status=503 if missing else 200)
        return self.get_response(request)

    def _missing(self) -> str:
        """The part that is not ready, or an empty string."""
        watch.start()
        if watch.silent:
            return "database: no answer"
        deadline = time.monotonic() + DATABASE_SECONDS
        try:
            if not _database_answers(DATABASE_SECONDS):
                return "database: no answer"
            if not self._is_complete(deadline):
                return "migrations: not applied"
        except TooSlow:
            return "database: no answer"
        except (DatabaseError, psycopg2.Error, OSError) as error:
            log.warning("the database is unreachable: %s", error)
            return "database: unreachable"
        return ""

    def _is_complete(self, deadline: float) -> bool:
        """Whether no migration is missing. Raises `TooSlow` or `DatabaseError` where the database cannot be asked.

        The question runs in one thread of its own: a database that falls silent meanwhile then costs that thread, not
        one request thread for each probe.
        """
        if self._complete:
            return True
        with self._lock:
            if self._pending is None or self._pending.done():
                self._asking = self._asking or ThreadPoolExecutor(max_workers=1, thread_name_prefix="ready")
                self._pending = self._asking.submit(_has_all_migrations)
            answer = self._pending
        self._complete = answer.result(timeout=max(deadline - time.monotonic(), 0))
        return self._complete


def _database_answers(seconds: float) -> bool:
    """Whether the database answers in that time. Raises psycopg2's or Django's error where it refuses.

    Each probe asks a question of its own over a connection of its own: one that was asked while the database was
    silent is answered too late, with an error that is no longer true.
    """
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    questioner = Questioner(question_parameters())
    try:
        return questioner.ask(seconds)
    finally:
        questioner.close()


def _has_all_migrations() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    finally:
        connection.close()


class TextMiddleware:
    """Answers 400 to a NUL in the path, the query or a cookie: PostgreSQL takes none, so each would be a 500."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = (part for pair in request.GET.lists() for part in (pair[0], *pair[1]))
        if "\0" in request.path_info or any("\0" in part for part in (*asked, *request.COOKIES.values())):
            raise BadRequest("A NUL in the path, the query or a cookie.")
        return self.get_response(request)


class RefusedMethodsMiddleware:
    """Lets `CsrfViewMiddleware` pass what the page refuses anyway: a method that it does not answer.

    No view runs then, and the 404, 403 or 405 that follows says more than a missing token would.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any) -> None:
        if request.method not in methods_of(view):
            request.csrf_processing_done = True  # type: ignore[attr-defined]  # what Django sets of a request it let pass


class MethodsMiddleware:
    """Answers 405 to a method that a page outside teams does not have; `team_page` does so for a team's.

    A person who opens an address that only takes a form gets a page, where Django's answer is empty: a sign-in, or
    another language, asked for from a page that came as the answer to a form leads there.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.method not in READ:
            return response
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = response.headers["Allow"]
        page.headers["Cache-Control"] = "no-store"
        return page

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        return None if hasattr(view, "roles") else refused_method(request, view)


def _words(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
