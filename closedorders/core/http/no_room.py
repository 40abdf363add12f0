"""The 507 answer to a full disk, and which errors mean that a disk is full."""

from __future__ import annotations

import errno
import sqlite3

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from .bare_pages import bare_page, in_language_of

INSUFFICIENT_STORAGE = 507
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# The second and third: SQLite cannot make the file by which connections find each other's writes.
_FULL_SQLITE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP})
_FULL_POSTGRESQL = "53100"
_CHUNK = 1024 * 1024


def means_no_room(error: BaseException | None) -> bool:
    """Whether a full disk, or a used up quota, is what this error or one that led to it is about."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", None) in _FULL_SQLITE:
            return True
        if getattr(error, "pgcode", None) == _FULL_POSTGRESQL:
            return True
        error = error.__cause__ or error.__context__
    return False


def no_room(request: HttpRequest) -> HttpResponse:
    """Return the 507 page; one line of text for a part of a page that loads itself."""
    _read_the_rest(request)
    response = bare_page(request, "507.html", status=INSUFFICIENT_STORAGE)
    if request.headers.get("HX-Request"):
        with in_language_of(request):
            response.content = _("There is no room left on the server's disk.").encode()
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response


def _read_the_rest(request: HttpRequest) -> None:
    """Read an upload to its end: a browser that still sends would show a lost connection in place of the answer."""
    try:
        while request.read(_CHUNK):
            pass
    except Exception:  # noqa: BLE001, RUF100, S110 - the browser has gone, or the body was read before
        pass
