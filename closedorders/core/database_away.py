"""What a page answers while the database does not: 503, in plain words, without asking the database for anything."""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views import defaults

from .database_watch import watch

# PostgreSQL's classes "connection exception", "insufficient resources" and "operator intervention"; the last has the
# server's shutdown and the end of `statement_timeout`.
_AWAY = ("08", "53", "57")
_THEMES = {"light", "dark"}


class DatabaseAwayMiddleware:
    """Answers 503 at once while the database is silent, so that no page waits for what others found out already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        watch.start()
        return database_away(request) if watch.silent else self.get_response(request)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: the 503 page where the error being handled says that the database is away, else Django's 500."""
    if means_away(sys.exc_info()[1]):
        return database_away(request)
    return defaults.server_error(request)


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
    """The page, in the language and the theme that the browser asks for: who the person is stands in the database."""
    theme = request.COOKIES.get("theme", "")
    with translation.override(translation.get_language_from_request(request)):
        html = render_to_string("503.html", {"theme": theme if theme in _THEMES else "auto"})
    return HttpResponse(html, status=503, headers={"Cache-Control": "no-store", "Retry-After": "10"})
