"""The 503 answer of every page while the database is away, made without a query."""

from __future__ import annotations

from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse

from .bare_pages import bare_page
from .database_watch import watch

# PostgreSQL's classes "connection exception", "insufficient resources" and "operator intervention"; the last has the
# server's shutdown and the end of `statement_timeout`.
_AWAY = ("08", "53", "57")


class DatabaseAwayMiddleware:
    """Answers 503 at once while the database is silent, so that no page waits for what others found out already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        watch.start()
        return database_away(request) if watch.silent else self.get_response(request)


def means_away(error: BaseException | None) -> bool:
    """Whether PostgreSQL is away, shuts down or took too long; not whether a statement was wrong."""
    if connection.vendor != "postgresql":
        return False
    if isinstance(error, OperationalError):
        # Without a code the error is not the server's: there was no connection, or it broke.
        code = getattr(error.__cause__, "pgcode", None)
        return code is None or code.startswith(_AWAY)
    return isinstance(error, InterfaceError)


def database_away(request: HttpRequest) -> HttpResponse:
    """Return the 503 page. It needs no query, not even for the person's language or theme."""
    response = bare_page(request, "503.html", status=503)
    response.headers["Retry-After"] = "10"
    return response
