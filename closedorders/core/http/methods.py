"""Which HTTP methods a view answers: GET and HEAD, unless it is marked otherwise.

A view marked with none of the decorators below only reads, so a POST to it is answered 405 like PUT or TRACE, and a
form whose view was not marked fails at its first test. OPTIONS is 405 as well: nothing here is meant for other sites.

`MethodsMiddleware` checks the pages outside teams; `team_page` checks a team's, after it knows that the person may
enter: an outsider gets 404 whatever the method, and learns nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

READ: Final = ("GET", "HEAD")
READ_AND_POST: Final = (*READ, "POST")
POST: Final = ("POST",)

View = TypeVar("View", bound=Callable[..., Any])


def get_and_post(view: View) -> View:
    """Mark a page that also takes the form it shows."""
    view.methods = READ_AND_POST  # type: ignore[attr-defined]  # read by `methods_of`
    return view


def post_only(view: View) -> View:
    """Mark an address that only takes a form; a person who opens it gets a page that says so."""
    view.methods = POST  # type: ignore[attr-defined]  # read by `methods_of`
    return view


def methods_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """The methods that a view answers."""
    found: tuple[str, ...] = getattr(view, "methods", READ)
    return found


def refused_method(request: HttpRequest, view: Callable[..., Any]) -> HttpResponse | None:
    """A 405 that names the methods of the view, or None where the request's method is one of them."""
    methods = methods_of(view)
    return None if request.method in methods else HttpResponseNotAllowed(methods)
