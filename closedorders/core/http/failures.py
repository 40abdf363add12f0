"""`handler500`: the response to an unhandled error, by the kind of error."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from .database_away import database_away, means_away
from .no_room import means_no_room, no_room


def server_error(request: HttpRequest) -> HttpResponse:
    """Return 507 where a disk is full, 503 where the database is away, else Django's 500.

    Here and not in a middleware's `process_exception`, as a disk is as often full, or a database away, while the form
    is read or the session is saved, which are other middleware.
    """
    error = sys.exc_info()[1]
    # First: PostgreSQL's full disk is one of its errors of lacking resources, too.
    if means_no_room(error):
        return no_room(request)
    if means_away(error):
        return database_away(request)
    return defaults.server_error(request)
